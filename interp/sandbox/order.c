#include "order.h"

#include <string.h>

#include <lauxlib.h>

#include "budget.h"

#include "../prim/banned.h"

/* Compares the two values on top of the stack. */
typedef int (*less_function)(lua_State *L);

static int rank(int type) {
    return type == LUA_TBOOLEAN ? 0 : type == LUA_TNUMBER ? 1 : 2;
}

static int key_less(lua_State *L) {
    int a = lua_type(L, -2), b = lua_type(L, -1);
    if (a != b)
        return rank(a) < rank(b);
    if (a == LUA_TBOOLEAN)
        return lua_toboolean(L, -2) < lua_toboolean(L, -1);
    if (a == LUA_TSTRING) {
        size_t x_length, y_length;
        const char *x = lua_tolstring(L, -2, &x_length), *y = lua_tolstring(L, -1, &y_length);
        int order = memcmp(x, y, x_length < y_length ? x_length : y_length);
        return order ? order < 0 : x_length < y_length;
    }
    return lua_compare(L, -2, -1, LUA_OPLT);
}

static int natural_less(lua_State *L) {
    return lua_compare(L, -2, -1, LUA_OPLT);
}

/* The function at stack index 2 decides. */
static int given_less(lua_State *L) {
    int less;
    lua_pushvalue(L, 2);
    lua_pushvalue(L, -3);
    lua_pushvalue(L, -3);
    lua_call(L, 2, 1);
    less = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return less;
}

/* Merges the runs [low, middle) and [middle, high) of the list at ${from} into that at ${to}. */
static void merge(lua_State *L, int from, int to, lua_Integer low, lua_Integer middle,
                  lua_Integer high, less_function less) {
    lua_Integer left = low, right = middle, at;
    for (at = low; at < high; at++) {
        int take_right = left >= middle;
        if (!take_right && right < high) {
            lua_rawgeti(L, from, right);
            lua_rawgeti(L, from, left);
            take_right = less(L); /* only what is truly smaller overtakes: stable */
            lua_pop(L, 2);
        }
        lua_rawgeti(L, from, take_right ? right++ : left++);
        lua_rawseti(L, to, at);
    }
}

/* Sorts the list of ${n} at index ${from}; returns the index of the sorted one, ${from} or
 * ${spare}. */
static int merge_sort(lua_State *L, int from, int spare, lua_Integer n, less_function less) {
    lua_Integer width, low;
    for (width = 1; width < n; width *= 2) {
        int swap = from;
        budget_charge(L, n);
        for (low = 1; low <= n; low += 2 * width) {
            lua_Integer middle = low + width, high = middle + width;
            merge(L, from, spare, low, middle > n + 1 ? n + 1 : middle, high > n + 1 ? n + 1 : high,
                  less);
        }
        from = spare;
        spare = swap;
    }
    return from;
}

int order_sort(lua_State *L) {
    lua_Integer n, i;
    int sorted, custom = !lua_isnoneornil(L, 2);

    luaL_checktype(L, 1, LUA_TTABLE);
    if (custom)
        luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_settop(L, 2);
    n = (lua_Integer)lua_rawlen(L, 1);
    lua_createtable(L, (int)n, 0);
    lua_createtable(L, (int)n, 0);
    for (i = 1; i <= n; i++) {
        lua_rawgeti(L, 1, i);
        lua_rawseti(L, 3, i);
    }
    sorted = merge_sort(L, 3, 4, n, custom ? given_less : natural_less);
    for (i = 1; i <= n; i++) {
        lua_rawgeti(L, sorted, i);
        lua_rawseti(L, 1, i);
    }
    return 0;
}

/* Upvalues: the table, its keys in order, how many were walked. */
static int next_pair(lua_State *L) {
    lua_Integer at = lua_tointeger(L, lua_upvalueindex(3));
    for (;;) {
        lua_settop(L, 0);
        if (lua_rawgeti(L, lua_upvalueindex(2), ++at) == LUA_TNIL)
            return 1;
        lua_pushvalue(L, 1);
        if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) {
            lua_pushinteger(L, at);
            lua_replace(L, lua_upvalueindex(3));
            return 2;
        }
    }
}

int order_pairs(lua_State *L) {
    lua_Integer n = 0;

    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lua_newtable(L);
    for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1)) {
        int type = lua_type(L, -2);
        if (type != LUA_TBOOLEAN && type != LUA_TNUMBER && type != LUA_TSTRING)
            return luaL_error(L, "pairs: a key is a %s, which has no order", lua_typename(L, type));
        lua_pushvalue(L, -2);
        lua_rawseti(L, 2, ++n);
    }
    budget_charge(L, n);
    lua_createtable(L, (int)n, 0);
    lua_insert(L, 2);
    lua_pushvalue(L, 1);
    lua_pushvalue(L, merge_sort(L, 3, 2, n, key_less));
    lua_pushinteger(L, 0);
    lua_pushcclosure(L, next_pair, 3);
    return 1;
}
