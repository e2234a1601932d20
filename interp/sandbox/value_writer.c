#include "value.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>

#include "../prim/buf.h"
#include "../prim/err.h"

#include "../prim/banned.h"

/*
 * Where the writer stands: a chain from the value inwards out, kept on the C
 * stack. It finds cycles and names the path of what is refused:
 * lane "rc".gates[2].
 */
struct place {
    const struct place *outer;
    const void *table; /* identity, for cycles */
    const char *word;  /* a node: its word, its first argument if a string, its position */
    const char *title;
    const char *source;
    lua_Integer line;
    const char *key; /* or the step from the outer place to here: .key or [index] */
    lua_Integer index;
};

static void add(char *text, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void add(char *text, size_t size, const char *format, ...) {
    size_t length = strlen(text);
    va_list args;
    va_start(args, format);
    vsnprintf(text + length, size - length, format, args);
    va_end(args);
}

static int is_name(const char *key) {
    if (!isalpha((unsigned char)*key) && *key != '_')
        return 0;
    while (isalnum((unsigned char)*key) || *key == '_')
        key++;
    return *key == '\0';
}

static void add_path(char *text, size_t size, const struct place *at) {
    if (at == NULL)
        return;
    add_path(text, size, at->outer);
    if (at->word && text[0] == '\0') {
        add(text, size, "%s", at->word);
        if (at->title)
            add(text, size, " \"%.40s\"", at->title);
    } else if (at->key)
        add(text, size, is_name(at->key) ? ".%.40s" : "[\"%.40s\"]", at->key);
    else if (at->index)
        add(text, size, "[%lld]", (long long)at->index);
}

static int refuse(const struct value_writer *w, const struct place *at, struct err *err, int kind,
                  const char *reason) {
    const struct place *node = at;
    char path[256] = "", position[256] = "";

    while (node && node->word == NULL)
        node = node->outer;
    if (w->name && node && node->source)
        add(position, sizeof position, "specs/%.200s.lua:%lld: ", node->source,
            (long long)node->line);
    else if (w->name && node)
        add(position, sizeof position, "%.200s:%lld: ", w->name, (long long)node->line);
    else if (w->name)
        add(position, sizeof position, "%.200s: ", w->name);
    add_path(path, sizeof path, at);
    return err_set(err, kind, "%s%s%s %s", position,
                   isalpha((unsigned char)path[0]) ? "" : "the value", path, reason);
}

static int put(struct value_writer *w, const void *bytes, size_t length, struct err *err) {
    int rc = buf_append(w->out, bytes, length);
    if (rc == ERR_LIMIT)
        return err_set(err, rc, "%s%smore than %zu bytes of data", w->name ? w->name : "",
                       w->name ? ": " : "", w->out->cap ? w->out->cap : BUF_CAP_DEFAULT);
    if (rc < 0)
        return err_set(err, rc, "no memory for the data");
    return 0;
}

static int put_tag(struct value_writer *w, char tag, struct err *err) {
    return put(w, &tag, 1, err);
}

static int put_u32(struct value_writer *w, lua_Integer number, struct err *err) {
    unsigned char b[4] = {(unsigned char)number, (unsigned char)(number >> 8),
                          (unsigned char)(number >> 16), (unsigned char)(number >> 24)};
    return put(w, b, sizeof b, err);
}

static int put_text(struct value_writer *w, const char *text, size_t length, struct err *err) {
    int rc = put_u32(w, (lua_Integer)length, err);
    return rc < 0 ? rc : put(w, text, length, err);
}

static int put_integer(struct value_writer *w, lua_Integer integer, struct err *err) {
    uint64_t number = (uint64_t)integer;
    unsigned char b[9] = {'I'};
    int i;
    for (i = 1; i < 9; i++, number >>= 8)
        b[i] = (unsigned char)number;
    return put(w, b, sizeof b, err);
}

static int write_value(struct value_writer *w, lua_State *L, int index, const struct place *at,
                       int depth, struct err *err);

static int write_number(struct value_writer *w, lua_State *L, int index, const struct place *at,
                        struct err *err) {
    int whole;
    lua_Integer integer = lua_tointegerx(L, index, &whole);
    char reason[80] = "";
    if (whole)
        return put_integer(w, integer, err);
    add(reason, sizeof reason, "is %.14g; only whole numbers are data, write others as text",
        lua_tonumber(L, index));
    return refuse(w, at, err, ERR_FORMAT, reason);
}

struct key {
    const char *text;
    size_t length;
};

static int compare_keys(const void *a, const void *b) {
    const struct key *x = a, *y = b;
    int order = memcmp(x->text, y->text, x->length < y->length ? x->length : y->length);
    return order ? order : (x->length > y->length) - (x->length < y->length);
}

/* Counts the parts of the table at ${index}: a sequence without holes, and string keys. */
static int measure(lua_Integer *items, lua_Integer *keys, const struct value_writer *w,
                   lua_State *L, int index, const struct place *at, struct err *err) {
    lua_Integer last = 0;
    *items = *keys = 0;
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        if (lua_type(L, -2) == LUA_TSTRING)
            ++*keys;
        else if (!lua_isinteger(L, -2))
            return refuse(w, at, err, ERR_FORMAT, "has a key that is no string");
        else {
            lua_Integer key = lua_tointeger(L, -2);
            if (key < 1)
                return refuse(w, at, err, ERR_FORMAT, "is a list and has an index below 1");
            last = key > last ? key : last;
            ++*items;
        }
    }
    if (last != *items)
        return refuse(w, at, err, ERR_FORMAT, "is a list with a hole: nil stands inside");
    return 0;
}

static int write_keys(struct value_writer *w, lua_State *L, int index, size_t n,
                      const struct place *at, int depth, struct err *err) {
    struct key *keys = lua_newuserdatauv(L, n * sizeof *keys, 0);
    size_t i = 0;
    int rc;

    /* The table holds the strings, so their bytes stay where they are. */
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1))
        if (lua_type(L, -2) == LUA_TSTRING)
            keys[i].text = lua_tolstring(L, -2, &keys[i].length), i++;
    qsort(keys, n, sizeof *keys, compare_keys);
    for (i = 0; i < n; i++) {
        struct place inner = {.outer = at, .key = keys[i].text};
        if ((rc = put_text(w, keys[i].text, keys[i].length, err)) < 0)
            return rc;
        lua_pushlstring(L, keys[i].text, keys[i].length);
        lua_rawget(L, index);
        if ((rc = write_value(w, L, lua_gettop(L), &inner, depth, err)) < 0)
            return rc;
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return 0;
}

static int write_items(struct value_writer *w, lua_State *L, int index, lua_Integer n,
                       const struct place *at, int depth, struct err *err) {
    lua_Integer i;
    for (i = 1; i <= n; i++) {
        struct place inner = {.outer = at, .index = i};
        int rc;
        lua_rawgeti(L, index, i);
        if ((rc = write_value(w, L, lua_gettop(L), &inner, depth, err)) < 0)
            return rc;
        lua_pop(L, 1);
    }
    return 0;
}

static int charge(struct value_writer *w, lua_Integer more, const struct place *at,
                  struct err *err) {
    if ((size_t)more > VALUE_COUNT_MAX - w->count)
        return refuse(w, at, err, ERR_LIMIT, "is too much: more than 1000000 values");
    w->count += (size_t)more;
    return 0;
}

static int write_table(struct value_writer *w, lua_State *L, int index, struct place *at,
                       int depth, struct err *err) {
    lua_Integer items, keys;
    int rc;

    if ((rc = measure(&items, &keys, w, L, index, at, err)) < 0 ||
        (rc = charge(w, items + keys, at, err)) < 0 || (rc = put_tag(w, 'T', err)) < 0 ||
        (rc = put_u32(w, items, err)) < 0 || (rc = put_u32(w, keys, err)) < 0 ||
        (rc = write_items(w, L, index, items, at, depth, err)) < 0)
        return rc;
    return keys ? write_keys(w, L, index, (size_t)keys, at, depth, err) : 0;
}

static const char *field(lua_State *L, int record, const char *name, size_t *length) {
    const char *text = "";
    *length = 0;
    lua_pushstring(L, name);
    if (lua_rawget(L, record) == LUA_TSTRING)
        text = lua_tolstring(L, -1, length);
    lua_pop(L, 1); /* the record holds the string */
    return text;
}

static lua_Integer line_field(lua_State *L, int record) {
    lua_Integer line;
    lua_pushliteral(L, "line");
    lua_rawget(L, record);
    line = lua_tointeger(L, -1);
    lua_pop(L, 1);
    return line > 0 && line <= INT32_MAX ? line : 0;
}

/* The node at ${index} is a record, or a userdata that holds one. */
static int write_node(struct value_writer *w, lua_State *L, int index, struct place *at, int depth,
                      struct err *err) {
    size_t word_length, source_length;
    const char *word, *source;
    lua_Integer count;
    int record, args, rc;

    if (lua_type(L, index) == LUA_TUSERDATA)
        lua_getiuservalue(L, index, 1);
    else
        lua_pushvalue(L, index);
    record = lua_gettop(L);
    word = field(L, record, "word", &word_length);
    source = field(L, record, "source", &source_length);
    lua_pushliteral(L, "args");
    lua_rawget(L, record);
    args = record + 1;
    count = (lua_Integer)lua_rawlen(L, args);
    if (count && lua_rawgeti(L, args, 1) == LUA_TSTRING)
        at->title = lua_tostring(L, -1);
    lua_settop(L, args);
    at->word = word;
    at->source = source_length ? source : NULL;
    at->line = line_field(L, record);
    if (!w->nodes)
        return refuse(w, at, err, ERR_FORMAT, "is a word where data should be");
    if ((rc = charge(w, count, at, err)) < 0 || (rc = put_tag(w, 'W', err)) < 0 ||
        (rc = put_text(w, word, word_length, err)) < 0 ||
        (rc = put_text(w, source, source_length, err)) < 0 ||
        (rc = put_u32(w, at->line, err)) < 0 || (rc = put_u32(w, count, err)) < 0)
        return rc;
    /* Arguments have no step of their own in a path: lane "rc".gates, not lane "rc"[2].gates. */
    for (lua_Integer i = 1; i <= count; i++) {
        struct place inner = {.outer = at};
        lua_rawgeti(L, args, i);
        if ((rc = write_value(w, L, lua_gettop(L), &inner, depth, err)) < 0)
            return rc;
        lua_pop(L, 1);
    }
    lua_settop(L, record - 1);
    return 0;
}

/* A function stays here, under a number; the same function keeps its number. */
static int write_function(struct value_writer *w, lua_State *L, int index, const struct place *at,
                          struct err *err) {
    lua_Debug ar;
    lua_Integer id;
    int rc;

    if (!w->callbacks)
        return refuse(w, at, err, ERR_FORMAT, "is a function where data should be");
    lua_pushvalue(L, index);
    if (lua_rawget(L, w->callbacks) == LUA_TNIL) {
        id = (lua_Integer)lua_rawlen(L, w->callbacks) + 1;
        lua_pushvalue(L, index);
        lua_rawseti(L, w->callbacks, id);
        lua_pushvalue(L, index);
        lua_pushinteger(L, id);
        lua_rawset(L, w->callbacks);
    } else
        id = lua_tointeger(L, -1);
    lua_pop(L, 1);
    lua_pushvalue(L, index);
    lua_getinfo(L, ">S", &ar);
    if ((rc = put_tag(w, 'C', err)) < 0 || (rc = put_u32(w, id, err)) < 0)
        return rc;
    return put_u32(w, ar.linedefined > 0 ? ar.linedefined : 0, err);
}

static int has_mark(lua_State *L, int index, const char *mark) {
    int same;
    if (!lua_getmetatable(L, index))
        return 0;
    luaL_getmetatable(L, mark);
    same = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return same;
}

/* A function of the other side, spelled as it came. */
static int write_callback(struct value_writer *w, lua_State *L, int index, const struct place *at,
                          struct err *err) {
    lua_Integer id;
    int rc;
    if (!w->callbacks)
        return refuse(w, at, err, ERR_FORMAT, "is a function where data should be");
    lua_pushliteral(L, "function");
    lua_rawget(L, index);
    id = lua_tointeger(L, -1);
    lua_pop(L, 1);
    if ((rc = put_tag(w, 'C', err)) < 0 || (rc = put_u32(w, id, err)) < 0)
        return rc;
    return put_u32(w, line_field(L, index), err);
}

static int write_nested(struct value_writer *w, lua_State *L, int index, const struct place *at,
                        int depth, struct err *err) {
    struct place here = *at;
    const struct place *outer;
    int top = lua_gettop(L), rc;

    here.table = lua_topointer(L, index);
    for (outer = at->outer; outer; outer = outer->outer)
        if (outer->table == here.table)
            return refuse(w, at, err, ERR_FORMAT, "holds itself");
    if (depth >= VALUE_DEPTH_MAX)
        return refuse(w, at, err, ERR_LIMIT, "is nested deeper than 64 tables");
    if (has_mark(L, index, VALUE_NODE))
        rc = write_node(w, L, index, &here, depth + 1, err);
    else if (lua_type(L, index) == LUA_TUSERDATA)
        rc = refuse(w, at, err, ERR_FORMAT, "is no data");
    else if (has_mark(L, index, VALUE_CALLBACK))
        rc = write_callback(w, L, index, at, err);
    else
        rc = write_table(w, L, index, &here, depth + 1, err);
    lua_settop(L, top);
    return rc;
}

static int write_value(struct value_writer *w, lua_State *L, int index, const struct place *at,
                       int depth, struct err *err) {
    const char *text;
    size_t length;
    int rc;

    if (!lua_checkstack(L, 12))
        return refuse(w, at, err, ERR_LIMIT, "is nested too deep");
    switch (lua_type(L, index)) {
    case LUA_TNIL: return put_tag(w, 'N', err);
    case LUA_TBOOLEAN: return put_tag(w, lua_toboolean(L, index) ? 't' : 'f', err);
    case LUA_TNUMBER: return write_number(w, L, index, at, err);
    case LUA_TSTRING:
        text = lua_tolstring(L, index, &length);
        if ((rc = put_tag(w, 'S', err)) < 0)
            return rc;
        return put_text(w, text, length, err);
    case LUA_TFUNCTION: return write_function(w, L, index, at, err);
    case LUA_TTABLE:
    case LUA_TUSERDATA: return write_nested(w, L, index, at, depth, err);
    default: return refuse(w, at, err, ERR_FORMAT, "is no data");
    }
}

int value_write(struct value_writer *w, lua_State *L, int index, struct err *err) {
    struct place root = {.outer = NULL};
    int rc = charge(w, 1, NULL, err);
    return rc < 0 ? rc : write_value(w, L, lua_absindex(L, index), &root, 0, err);
}
