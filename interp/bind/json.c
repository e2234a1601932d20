#include "../prim/json.h"

#include <stdlib.h>
#include <string.h>

#include "../prim/buf.h"
#include "../prim/err.h"
#include "bind.h"

#define ARRAY_TYPE "relrun.json_array"
#define TREE_TYPE "relrun.json_tree"

static const char null_key = 0; /* its address is json.null */

static void push_null(lua_State *L) {
    lua_pushlightuserdata(L, (void *)&null_key);
}

static int is_array(lua_State *L, int index) {
    int same;
    if (!lua_istable(L, index) || !lua_getmetatable(L, index))
        return 0;
    luaL_getmetatable(L, ARRAY_TYPE);
    same = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return same;
}

/* ---- decoding: the tree that the primitive parsed becomes tables ---- */

static int free_tree(lua_State *L) {
    struct json **tree = luaL_checkudata(L, 1, TREE_TYPE);
    json_free(*tree);
    *tree = NULL;
    return 0;
}

/* A place for a tree, which Lua frees: pushed before there is one. */
static struct json **new_tree(lua_State *L) {
    struct json **tree = lua_newuserdatauv(L, sizeof *tree, 0);
    *tree = NULL;
    luaL_setmetatable(L, TREE_TYPE);
    return tree;
}

/* Recursion goes no deeper than the gate lets a text be: JSON_DEPTH_MAX. */
static void push_value(lua_State *L, const struct json *json) {
    const struct json *item;
    lua_Integer n = 0;

    switch (json_type(json)) {
    case JSON_NULL: push_null(L); break;
    case JSON_FALSE: lua_pushboolean(L, 0); break;
    case JSON_TRUE: lua_pushboolean(L, 1); break;
    case JSON_FLOAT: lua_pushnumber(L, json_float(json)); break;
    case JSON_INTEGER: lua_pushinteger(L, json_integer(json)); break;
    case JSON_STRING: lua_pushstring(L, json_text(json)); break;
    case JSON_ARRAY:
        lua_createtable(L, (int)json_count(json), 0);
        for (item = json_first(json); item; item = json_next(item)) {
            push_value(L, item);
            lua_rawseti(L, -2, ++n);
        }
        luaL_setmetatable(L, ARRAY_TYPE);
        break;
    case JSON_OBJECT:
        lua_createtable(L, 0, (int)json_count(json));
        for (item = json_first(json); item; item = json_next(item)) {
            lua_pushstring(L, json_key(item));
            push_value(L, item);
            lua_rawset(L, -3);
        }
        break;
    }
}

/* json.decode(text [, {max = bytes, floats = bool}]) -> value | nil, message, kind
 * With floats, numbers that are no integers are Lua floats; without, they are refused.
 * The message says "line L, column C: what". null is json.null; arrays carry the mark of json.array. */
static int json_bind_decode(lua_State *L) {
    static const char *const keys[] = {"max", "floats", NULL};
    size_t length;
    const char *text = luaL_checklstring(L, 1, &length);
    lua_Integer max = (lua_Integer)JSON_MAX_DEFAULT;
    struct json_options options = {0, 0};
    struct json **tree;
    struct err err;

    lua_settop(L, 2);
    if (!lua_isnil(L, 2)) {
        bind_check_keys(L, 2, keys);
        max = bind_option_integer(L, 2, "max", max);
        luaL_argcheck(L, max > 0, 2, "'max' is not positive");
        options.floats = bind_option_flag(L, 2, "floats");
    }
    options.max = (size_t)max;
    /* A key and its value for each level, beside what is there. */
    bind_check_stack(L, 2 * JSON_DEPTH_MAX + 8);
    tree = new_tree(L);
    if (json_parse(tree, text, length, &options, &err) < 0)
        return bind_fail(L, &err);
    push_value(L, *tree);
    json_free(*tree); /* now rather than at the next collection: it is larger than the text */
    *tree = NULL;
    return 1;
}

/* ---- encoding: tables become canonical bytes ---- */

/* One level of the walk; the path in a message is made of these. */
struct level {
    const void *table;
    const char *key; /* NULL: an element of an array */
    size_t key_length;
    lua_Integer index;
};

struct key {
    const char *text;
    size_t length;
};

struct encoder {
    lua_State *L;
    struct buf *out;
    struct buf *keys; /* struct key, a stack: every open object owns the part above its parent's */
    int pretty;
    int depth;
    struct level levels[JSON_DEPTH_MAX];
    struct err err;
};

static void encode_value(struct encoder *e);

static int is_name(const char *key, size_t length) {
    size_t i;
    for (i = 0; i < length; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789", key[i]) || !key[i])
            return 0;
    return length > 0 && length <= 64;
}

/* Adds ["key"] with every byte that is not plain ASCII escaped: a key is outside data. */
static void add_quoted(luaL_Buffer *b, const char *key, size_t length) {
    static const char digits[] = "0123456789abcdef";
    size_t shown = length > 64 ? 64 : length, i;

    luaL_addstring(b, "[\"");
    for (i = 0; i < shown; i++) {
        unsigned char byte = (unsigned char)key[i];
        if (byte < 0x20 || byte > 0x7E || byte == '"' || byte == '\\') {
            luaL_addstring(b, "\\x");
            luaL_addchar(b, digits[byte >> 4]);
            luaL_addchar(b, digits[byte & 15]);
        } else
            luaL_addchar(b, (char)byte);
    }
    luaL_addstring(b, shown < length ? "...\"]" : "\"]");
}

/* Pushes where the walk stands, such as ops[3].args.path; "the value" at the top. */
static const char *push_path(struct encoder *e) {
    luaL_Buffer b;
    int i;

    if (e->depth == 0)
        return lua_pushliteral(e->L, "the value");
    luaL_buffinit(e->L, &b);
    for (i = 0; i < e->depth; i++) {
        const struct level *level = &e->levels[i];
        if (level->key == NULL) {
            lua_pushfstring(e->L, "[%I]", (LUAI_UACINT)level->index);
            luaL_addvalue(&b);
        } else if (is_name(level->key, level->key_length)) {
            if (i > 0)
                luaL_addchar(&b, '.');
            luaL_addlstring(&b, level->key, level->key_length);
        } else
            add_quoted(&b, level->key, level->key_length);
    }
    luaL_pushresult(&b);
    return lua_tostring(e->L, -1);
}

static void refuse(struct encoder *e, const char *what) {
    luaL_error(e->L, "%s: %s", push_path(e), what);
}

/* What stands in e->err. */
static void refuse_writing(struct encoder *e) {
    if (e->err.kind == ERR_MEMORY)
        bind_no_memory(e->L);
    refuse(e, e->err.text);
}

static void add(struct encoder *e, const char *bytes, size_t length) {
    int rc = buf_append(e->out, bytes, length);
    if (rc == ERR_MEMORY)
        bind_no_memory(e->L);
    if (rc < 0)
        refuse(e, "no room for its JSON");
}

/* In pretty output: a new line, indented for ${depth} levels. */
static void add_line(struct encoder *e, int depth) {
    int i;
    if (!e->pretty)
        return;
    add(e, "\n", 1);
    for (i = 0; i < depth; i++)
        add(e, "  ", 2);
}

static void add_text(struct encoder *e, const char *text, size_t length) {
    if (json_write_text(e->out, text, length, &e->err) < 0)
        refuse_writing(e);
}

static void add_number(struct encoder *e) {
    int whole;
    lua_Integer value = lua_tointegerx(e->L, -1, &whole);
    if (!whole)
        refuse(e, "a number that is not an integer within 2^53-1");
    if (json_write_integer(e->out, value, &e->err) < 0)
        refuse_writing(e);
}

/* The number of entries of the table on top; whether its keys are 1 to that number, or all strings. */
static size_t survey(lua_State *L, int *sequence, int *strings) {
    size_t n = 0;
    lua_Integer largest = 0;

    *sequence = *strings = 1;
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        lua_Integer at = lua_isinteger(L, -2) ? lua_tointeger(L, -2) : 0;
        n++;
        if (at < 1)
            *sequence = 0;
        if (at > largest)
            largest = at;
        if (lua_type(L, -2) != LUA_TSTRING)
            *strings = 0;
    }
    if ((lua_Unsigned)largest != n) /* keys differ, so n of them from 1 to n leave no hole */
        *sequence = 0;
    return n;
}

static struct level *enter(struct encoder *e) {
    const void *table = lua_topointer(e->L, -1);
    int i;

    for (i = 0; i < e->depth; i++)
        if (e->levels[i].table == table)
            refuse(e, "a table that holds itself");
    if (e->depth == JSON_DEPTH_MAX)
        luaL_error(e->L, "%s: more than %d levels deep", push_path(e), JSON_DEPTH_MAX);
    e->levels[e->depth].table = table;
    return &e->levels[e->depth];
}

static void encode_array(struct encoder *e, size_t n) {
    struct level *level = enter(e);
    lua_Integer i;

    add(e, "[", 1);
    e->depth++;
    level->key = NULL;
    for (i = 1; i <= (lua_Integer)n; i++) {
        if (i > 1)
            add(e, ",", 1);
        add_line(e, e->depth);
        level->index = i;
        lua_rawgeti(e->L, -1, i);
        encode_value(e);
        lua_pop(e->L, 1);
    }
    e->depth--;
    if (n > 0)
        add_line(e, e->depth);
    add(e, "]", 1);
}

static int by_units(const void *left, const void *right) {
    const struct key *a = left, *b = right;
    return json_compare_keys(a->text, a->length, b->text, b->length);
}

/* Collects the keys of the table on top, sorted, on the stack of keys. The table keeps them alive. */
static void collect_keys(struct encoder *e) {
    size_t from = e->keys->length;

    for (lua_pushnil(e->L); lua_next(e->L, -2); lua_pop(e->L, 1)) {
        struct key key;
        key.text = lua_tolstring(e->L, -2, &key.length);
        if (buf_append(e->keys, &key, sizeof key) < 0)
            bind_no_memory(e->L);
    }
    if (e->keys->length > from)
        qsort(e->keys->bytes + from, (e->keys->length - from) / sizeof(struct key), sizeof(struct key),
              by_units);
}

static void encode_object(struct encoder *e, size_t n) {
    struct level *level = enter(e);
    size_t from = e->keys->length, i;

    collect_keys(e);
    add(e, "{", 1);
    e->depth++;
    for (i = 0; i < n; i++) {
        struct key key; /* a copy: the stack moves when an inner object grows it */
        memcpy(&key, e->keys->bytes + from + i * sizeof key, sizeof key);
        level->key = key.text;
        level->key_length = key.length;
        if (i > 0)
            add(e, ",", 1);
        add_line(e, e->depth);
        add_text(e, key.text, key.length);
        add(e, ": ", e->pretty ? 2 : 1);
        lua_pushlstring(e->L, key.text, key.length);
        lua_rawget(e->L, -2);
        encode_value(e);
        lua_pop(e->L, 1);
    }
    e->depth--;
    e->keys->length = from;
    if (n > 0)
        add_line(e, e->depth);
    add(e, "}", 1);
}

static void encode_table(struct encoder *e) {
    int array = is_array(e->L, -1), sequence, strings;
    size_t n;

    /* The walk is raw, so what a metatable would answer would be lost without a word. */
    if (!array && lua_getmetatable(e->L, -1))
        refuse(e, "a table with a metatable");
    n = survey(e->L, &sequence, &strings);
    if (array && !sequence)
        refuse(e, "an array whose keys are not 1 to n");
    if (array || (n > 0 && sequence))
        encode_array(e, n);
    else if (strings)
        encode_object(e, n);
    else
        refuse(e, "a table whose keys are neither 1 to n nor all strings");
}

/* Appends the value on top, which stays. The primitive's depth cap bounds the recursion. */
static void encode_value(struct encoder *e) {
    lua_State *L = e->L;
    size_t length;
    const char *text;

    switch (lua_type(L, -1)) {
    case LUA_TBOOLEAN:
        text = lua_toboolean(L, -1) ? "true" : "false";
        add(e, text, strlen(text));
        return;
    case LUA_TNUMBER: add_number(e); return;
    case LUA_TSTRING:
        text = lua_tolstring(L, -1, &length);
        add_text(e, text, length);
        return;
    case LUA_TTABLE: encode_table(e); return;
    case LUA_TLIGHTUSERDATA:
        if (lua_touserdata(L, -1) == (void *)&null_key) {
            add(e, "null", 4);
            return;
        }
    }
    text = luaL_typename(L, -1);
    luaL_error(L, "%s: JSON has no %s", push_path(e), text);
}

static int encode(lua_State *L, int pretty) {
    struct encoder e = {.L = L, .pretty = pretty};

    luaL_checkany(L, 1);
    lua_settop(L, 1);
    /* A table, its key and value for each level, and room for a message. */
    bind_check_stack(L, 3 * JSON_DEPTH_MAX + 16);
    e.out = bind_new_buf(L);
    e.keys = bind_new_buf(L);
    lua_pushvalue(L, 1);
    encode_value(&e);
    lua_pushlstring(L, buf_text(e.out), e.out->length);
    buf_release(e.keys);
    buf_release(e.out);
    return 1;
}

/* json.encode(value) -> canonical bytes (RFC 8785); raises "PATH: what" for what is no such value */
static int json_bind_encode(lua_State *L) {
    return encode(L, 0);
}

/* json.pretty(value) -> the same, indented by 2 for people, without a newline at the end */
static int json_bind_pretty(lua_State *L) {
    return encode(L, 1);
}

/* json.array(table) -> the table, marked: it encodes as an array, also when it is empty */
static int json_bind_array(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    if (!is_array(L, 1)) {
        luaL_argcheck(L, !lua_getmetatable(L, 1), 1, "has a metatable");
        luaL_setmetatable(L, ARRAY_TYPE);
    }
    return 1;
}

/* json.is_array(value) -> boolean: does it carry the mark, from json.array or json.decode */
static int json_bind_is_array(lua_State *L) {
    luaL_checkany(L, 1);
    lua_pushboolean(L, is_array(L, 1));
    return 1;
}

/* json.null: what stands for null, since a table holds no nil */
static const luaL_Reg functions[] = {
    {"array", json_bind_array},
    {"decode", json_bind_decode},
    {"encode", json_bind_encode},
    {"is_array", json_bind_is_array},
    {"pretty", json_bind_pretty},
    {NULL, NULL},
};

int bind_json_open(lua_State *L) {
    luaL_newmetatable(L, ARRAY_TYPE);
    if (luaL_newmetatable(L, TREE_TYPE)) {
        lua_pushcfunction(L, free_tree);
        lua_setfield(L, -2, "__gc");
    }
    luaL_newlib(L, functions);
    push_null(L);
    lua_setfield(L, -2, "null");
    return 1;
}
