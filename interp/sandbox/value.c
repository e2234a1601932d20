#include "value.h"

#include <stdint.h>
#include <string.h>

#include <lauxlib.h>

#include "../prim/err.h"

#include "../prim/banned.h"

void value_open(lua_State *L) {
    luaL_newmetatable(L, VALUE_NODE);
    luaL_newmetatable(L, VALUE_CALLBACK);
    lua_pop(L, 2);
}

int value_at_end(const struct value_reader *r) {
    return r->at == r->length;
}

static int malformed(const struct value_reader *r, struct err *err, const char *what) {
    return err_set(err, ERR_FORMAT, "byte %zu: %s", r->at, what);
}

static size_t left(const struct value_reader *r) {
    return r->length - r->at;
}

static int read_u32(uint32_t *out, struct value_reader *r, struct err *err) {
    const unsigned char *b = r->bytes + r->at;
    if (left(r) < 4)
        return malformed(r, err, "cut short");
    *out = b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
    r->at += 4;
    return 0;
}

/* A count of things that follow, each of at least one byte: it is charged at once, so that
 * nested announcements cannot make us reserve more than VALUE_COUNT_MAX places in all. */
static int read_count(uint32_t *out, struct value_reader *r, struct err *err) {
    int rc = read_u32(out, r, err);
    if (rc < 0)
        return rc;
    if (*out > left(r))
        return malformed(r, err, "announces more than is there");
    if (*out > VALUE_COUNT_MAX - r->count)
        return err_set(err, ERR_LIMIT, "more than %zu values", VALUE_COUNT_MAX);
    r->count += *out;
    return 0;
}

static int read_line(lua_Integer *out, struct value_reader *r, struct err *err) {
    uint32_t line = 0;
    int rc = read_u32(&line, r, err);
    if (rc == 0 && line > INT32_MAX)
        return malformed(r, err, "no line number");
    *out = line;
    return rc;
}

static int read_text(const char **text, size_t *length, struct value_reader *r, struct err *err) {
    uint32_t n = 0;
    int rc = read_u32(&n, r, err);
    if (rc < 0)
        return rc;
    if (n > left(r))
        return malformed(r, err, "cut short");
    *text = (const char *)r->bytes + r->at;
    *length = n;
    r->at += n;
    return 0;
}

static int read_integer(struct value_reader *r, lua_State *L, struct err *err) {
    uint64_t number = 0;
    int i;
    if (left(r) < 8)
        return malformed(r, err, "cut short");
    for (i = 7; i >= 0; i--)
        number = number << 8 | r->bytes[r->at + (size_t)i];
    r->at += 8;
    lua_pushinteger(L, (lua_Integer)number);
    return 0;
}

static int read_value(struct value_reader *r, lua_State *L, int depth, struct err *err);

static int is_after(const char *a, size_t a_length, const char *b, size_t b_length) {
    int order = memcmp(a, b, a_length < b_length ? a_length : b_length);
    return order > 0 || (order == 0 && a_length > b_length);
}

/* Reads ${n} values into the sequence on top of the stack. */
static int read_items(uint32_t n, struct value_reader *r, lua_State *L, int depth,
                      struct err *err) {
    uint32_t i;
    for (i = 1; i <= n; i++) {
        int rc = read_value(r, L, depth, err);
        if (rc < 0)
            return rc;
        if (lua_isnil(L, -1))
            return malformed(r, err, "nil inside a table");
        lua_rawseti(L, -2, i);
    }
    return 0;
}

static int read_table(struct value_reader *r, lua_State *L, int depth, struct err *err) {
    const char *key = NULL, *previous = NULL;
    size_t length = 0, previous_length = 0;
    uint32_t items = 0, keys = 0, i;
    int rc;

    if ((rc = read_count(&items, r, err)) < 0 || (rc = read_count(&keys, r, err)) < 0)
        return rc;
    lua_createtable(L, (int)items, (int)keys);
    if ((rc = read_items(items, r, L, depth, err)) < 0)
        return rc;
    for (i = 0; i < keys; i++) {
        if ((rc = read_text(&key, &length, r, err)) < 0)
            return rc;
        if (previous && !is_after(key, length, previous, previous_length))
            return malformed(r, err, "keys out of order");
        lua_pushlstring(L, key, length);
        if ((rc = read_value(r, L, depth, err)) < 0)
            return rc;
        if (lua_isnil(L, -1))
            return malformed(r, err, "nil inside a table");
        lua_rawset(L, -3);
        previous = key;
        previous_length = length;
    }
    return 0;
}

static int read_node(struct value_reader *r, lua_State *L, int depth, struct err *err) {
    const char *word = NULL, *source = NULL;
    size_t word_length = 0, source_length = 0;
    lua_Integer line = 0;
    uint32_t count = 0;
    int rc;

    if (!r->words)
        return malformed(r, err, "a word where data should be");
    if ((rc = read_text(&word, &word_length, r, err)) < 0 ||
        (rc = read_text(&source, &source_length, r, err)) < 0 ||
        (rc = read_line(&line, r, err)) < 0 || (rc = read_count(&count, r, err)) < 0)
        return rc;
    lua_createtable(L, 0, 4);
    lua_pushlstring(L, word, word_length);
    lua_pushvalue(L, -1);
    if (lua_rawget(L, r->words) == LUA_TNIL)
        return malformed(r, err, "a word outside the vocabulary");
    lua_pop(L, 1);
    lua_setfield(L, -2, "word");
    lua_pushinteger(L, line);
    lua_setfield(L, -2, "line");
    if (source_length) {
        lua_pushlstring(L, source, source_length);
        lua_setfield(L, -2, "source");
    }
    lua_createtable(L, (int)count, 0);
    if ((rc = read_items(count, r, L, depth, err)) < 0)
        return rc;
    lua_setfield(L, -2, "args");
    luaL_setmetatable(L, VALUE_NODE);
    return 0;
}

static int read_callback(struct value_reader *r, lua_State *L, struct err *err) {
    lua_Integer line = 0;
    uint32_t id = 0;
    int rc;

    if (!r->callbacks)
        return malformed(r, err, "a function where data should be");
    if ((rc = read_u32(&id, r, err)) < 0 || (rc = read_line(&line, r, err)) < 0)
        return rc;
    lua_createtable(L, 0, 2);
    lua_pushinteger(L, id);
    lua_setfield(L, -2, "function");
    lua_pushinteger(L, line);
    lua_setfield(L, -2, "line");
    luaL_setmetatable(L, VALUE_CALLBACK);
    return 0;
}

static int read_value(struct value_reader *r, lua_State *L, int depth, struct err *err) {
    const char *text = NULL;
    size_t length = 0;
    int rc;

    if (left(r) == 0)
        return malformed(r, err, "cut short");
    if (!lua_checkstack(L, 8))
        return err_set(err, ERR_MEMORY, "no memory for the values");
    switch (r->bytes[r->at++]) {
    case 'N': lua_pushnil(L); return 0;
    case 't': lua_pushboolean(L, 1); return 0;
    case 'f': lua_pushboolean(L, 0); return 0;
    case 'I': return read_integer(r, L, err);
    case 'S':
        if ((rc = read_text(&text, &length, r, err)) == 0)
            lua_pushlstring(L, text, length);
        return rc;
    case 'T':
    case 'W':
        if (depth >= VALUE_DEPTH_MAX)
            return err_set(err, ERR_LIMIT, "nested deeper than %d tables", VALUE_DEPTH_MAX);
        return r->bytes[r->at - 1] == 'T' ? read_table(r, L, depth + 1, err)
                                          : read_node(r, L, depth + 1, err);
    case 'C': return read_callback(r, L, err);
    default: r->at--; return malformed(r, err, "no value begins like this");
    }
}

int value_read(struct value_reader *r, lua_State *L, struct err *err) {
    int top = lua_gettop(L), rc;
    if (r->count >= VALUE_COUNT_MAX)
        return err_set(err, ERR_LIMIT, "more than %zu values", VALUE_COUNT_MAX);
    r->count++;
    rc = read_value(r, L, 0, err);
    if (rc < 0)
        lua_settop(L, top);
    return rc;
}
