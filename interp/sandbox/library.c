#include "library.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <lauxlib.h>
#include <lualib.h>

#include "budget.h"
#include "order.h"
#include "value.h"

#include "../prim/banned.h"

/* Pushes the value as text without any address: what has no text of its own shows its type. */
static void push_text(lua_State *L, int index) {
    switch (lua_type(L, index)) {
    case LUA_TNUMBER:
        if (lua_tonumber(L, index) != lua_tonumber(L, index))
            lua_pushliteral(L, "nan"); /* its sign differs between machines */
        else
            luaL_tolstring(L, index, NULL);
        break;
    case LUA_TSTRING:
    case LUA_TBOOLEAN:
    case LUA_TNIL: luaL_tolstring(L, index, NULL); break;
    case LUA_TUSERDATA: /* a node: the prelude knows its text */
        if (luaL_getmetafield(L, index, "text") != LUA_TNIL) {
            lua_pushvalue(L, index);
            lua_call(L, 1, 1);
            break;
        }
        /* fall through */
    default: lua_pushstring(L, luaL_typename(L, index));
    }
}

/* tostring(value) -> text */
static int to_string(lua_State *L) {
    luaL_checkany(L, 1);
    push_text(L, 1);
    return 1;
}

/* type(value) -> name; a word of relrun has the type "word" */
static int type_name(lua_State *L) {
    luaL_checkany(L, 1);
    lua_pushstring(L, lua_type(L, 1) == LUA_TUSERDATA ? "word" : luaL_typename(L, 1));
    return 1;
}

/* Calls the function in upvalue 1 with all arguments. */
static int call_original(lua_State *L) {
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
    return lua_gettop(L);
}

/* string.format, without %p; tables and functions show their type. */
static int format(lua_State *L) {
    const char *at = luaL_checkstring(L, 1);
    int argument = 1, top = lua_gettop(L);

    while ((at = strchr(at, '%')) != NULL) {
        at++;
        if (*at == '%') {
            at++;
            continue;
        }
        at += strspn(at, "-+ #0123456789.");
        argument++;
        if (*at == 'p')
            return luaL_error(L, "format: '%%p' would show an address");
        if (argument > top)
            break;
        if (*at == 's' && lua_type(L, argument) != LUA_TSTRING) {
            push_text(L, argument);
            lua_replace(L, argument);
        } else if (lua_type(L, argument) == LUA_TNUMBER &&
                   lua_tonumber(L, argument) != lua_tonumber(L, argument)) {
            lua_pushnumber(L, (lua_Number)NAN);
            lua_replace(L, argument);
        }
    }
    return call_original(L);
}

/* string.rep: nothing, many times, is nothing at once. */
static int repeat(lua_State *L) {
    size_t length, separator = 0;
    luaL_checklstring(L, 1, &length);
    luaL_optlstring(L, 3, "", &separator);
    if (length + separator == 0) {
        luaL_checkinteger(L, 2);
        lua_pushliteral(L, "");
        return 1;
    }
    return call_original(L);
}

/* table.insert and table.remove inside a list move the rest of it. */
static int shift(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    budget_charge(L, lua_isinteger(L, 2) ? (lua_Integer)lua_rawlen(L, 1) - lua_tointeger(L, 2) : 0);
    return call_original(L);
}

/* table.move(from, first, last, to): as many steps as items */
static int move(lua_State *L) {
    lua_Integer first = luaL_checkinteger(L, 2), last = luaL_checkinteger(L, 3);
    if (last >= first)
        budget_charge(L, first < 0 && last > LUA_MAXINTEGER + first ? LUA_MAXINTEGER
                                                                    : last - first);
    return call_original(L);
}

/* table.concat(list, separator, first, last) */
static int concat(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    budget_charge(L, (lua_Integer)lua_rawlen(L, 1));
    return call_original(L);
}

static int refuse_change(lua_State *L) {
    return luaL_error(L, "the library cannot be changed");
}

/* Replaces functions of the library table on top of the stack by guards around them. */
static void guard(lua_State *L, const luaL_Reg *guards) {
    for (; guards->name; guards++) {
        lua_getfield(L, -1, guards->name);
        lua_pushcclosure(L, guards->func, 1);
        lua_setfield(L, -2, guards->name);
    }
}

/* Pushes a new table with the named functions of the library that ${open} makes. */
static void push_library(lua_State *L, lua_CFunction open, const char *const *names,
                         const luaL_Reg *guards) {
    lua_newtable(L);
    lua_pushcfunction(L, open);
    lua_call(L, 0, 1);
    for (; *names; names++) {
        lua_getfield(L, -1, *names);
        lua_setfield(L, -3, *names);
    }
    lua_pop(L, 1);
    guard(L, guards);
}

/* Replaces the table on top of the stack by a window on it through which nothing can be set. */
static void make_read_only(lua_State *L) {
    lua_newtable(L);
    lua_createtable(L, 0, 3);
    lua_pushvalue(L, -3);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, refuse_change);
    lua_setfield(L, -2, "__newindex");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    lua_remove(L, -2);
}

static void push_basics(lua_State *L) {
    static const char *const names[] = {"assert", "error", "ipairs", "select", "tonumber", NULL};
    static const luaL_Reg own[] = {{"pairs", order_pairs},
                                   {"pcall", budget_pcall},
                                   {"tostring", to_string},
                                   {"type", type_name},
                                   {NULL, NULL}};
    const char *const *name;

    lua_newtable(L);
    lua_pushcfunction(L, luaopen_base);
    lua_call(L, 0, 1);
    for (name = names; *name; name++) {
        lua_getfield(L, -1, *name);
        lua_setfield(L, -3, *name);
    }
    /* The base library opens onto the global table, which no spec may see. */
    lua_pop(L, 1);
    lua_newtable(L);
    lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    luaL_setfuncs(L, own, 0);
}

/* Methods of strings come from the guarded table, and nobody gets at their metatable. */
static void set_string_methods(lua_State *L, int library) {
    lua_pushliteral(L, "");
    if (lua_getmetatable(L, -1)) {
        lua_pushvalue(L, library);
        lua_setfield(L, -2, "__index");
        lua_pushboolean(L, 0);
        lua_setfield(L, -2, "__metatable");
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

void library_push(lua_State *L) {
    static const char *const strings[] = {"byte",  "char",    "find",  "format", "gmatch",
                                          "gsub",  "len",     "lower", "match",  "rep",
                                          "reverse", "sub",   "upper", NULL};
    static const char *const tables[] = {"concat", "insert", "move", "pack",
                                         "remove", "sort",   "unpack", NULL};
    static const char *const numbers[] = {"abs",        "ceil",       "floor", "fmod", "huge",
                                          "max",        "maxinteger", "min",   "mininteger",
                                          "modf",       "pi",         "sqrt",  "tointeger",
                                          "type",       "ult",        NULL};
    static const char *const codes[] = {"char",  "charpattern", "codepoint", "codes",
                                        "len",   "offset",      NULL};
    static const luaL_Reg string_guards[] = {{"format", format}, {"rep", repeat}, {NULL, NULL}};
    static const luaL_Reg table_guards[] = {{"concat", concat}, {"insert", shift},
                                            {"move", move},     {"remove", shift},
                                            {"sort", order_sort}, {NULL, NULL}};
    static const luaL_Reg none[] = {{NULL, NULL}};

    push_basics(L);
    push_library(L, luaopen_string, strings, string_guards);
    set_string_methods(L, lua_gettop(L));
    make_read_only(L);
    lua_setfield(L, -2, "string");
    push_library(L, luaopen_table, tables, table_guards);
    make_read_only(L);
    lua_setfield(L, -2, "table");
    push_library(L, luaopen_math, numbers, none);
    make_read_only(L);
    lua_setfield(L, -2, "math");
    push_library(L, luaopen_utf8, codes, none);
    make_read_only(L);
    lua_setfield(L, -2, "utf8");
}
