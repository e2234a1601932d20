#include "http_request.h"

#include <stdlib.h>
#include <string.h>

#include "../prim/http.h"
#include "bind.h"

#define FIELDS_MAX 32

struct credential **http_request_credential(lua_State *L, int index) {
    return luaL_checkudata(L, index, HTTP_REQUEST_CREDENTIAL);
}

/* Where the strings of all requests are kept alive: the caller's tables may change while a progress function runs. */
struct reading {
    lua_State *L;
    int index; /* of the request's table */
    int keep;  /* of the table that keeps */
};

/* Moves the value on top of the stack into what is kept. */
static void keep(const struct reading *reading) {
    lua_rawseti(reading->L, reading->keep, (lua_Integer)lua_rawlen(reading->L, reading->keep) + 1);
}

static const char *text(const struct reading *reading, const char *key) {
    const char *value = bind_option_text(reading->L, reading->index, key, NULL);
    if (value) {
        lua_getfield(reading->L, reading->index, key);
        keep(reading);
    }
    return value;
}

static lua_Integer natural(const struct reading *reading, int index, const char *key, lua_Integer most) {
    lua_Integer value = bind_option_integer(reading->L, index, key, 0);
    if (value < 0 || value > most)
        luaL_error(reading->L, "option '%s': out of range", key);
    return value;
}

struct field {
    const char *name, *value;
};

static int by_name(const void *a, const void *b) {
    return strcasecmp(((const struct field *)a)->name, ((const struct field *)b)->name);
}

static const char *field_text(const struct reading *reading, int index) {
    lua_State *L = reading->L;
    size_t length;
    const char *value;

    if (lua_type(L, index) != LUA_TSTRING)
        luaL_error(L, "option 'headers': names and values are strings");
    value = lua_tolstring(L, index, &length);
    if (strlen(value) != length)
        luaL_error(L, "option 'headers': holds a NUL byte");
    lua_pushvalue(L, index);
    keep(reading);
    return value;
}

static const char **read_fields(const struct reading *reading) {
    lua_State *L = reading->L;
    struct field fields[FIELDS_MAX];
    const char **vector;
    size_t n = 0, i;

    if (lua_getfield(L, reading->index, "headers") == LUA_TNIL) {
        lua_pop(L, 1);
        return NULL;
    }
    luaL_checktype(L, -1, LUA_TTABLE);
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1), n++) {
        if (n == FIELDS_MAX)
            luaL_error(L, "option 'headers': more than %d", FIELDS_MAX);
        fields[n].name = field_text(reading, lua_gettop(L) - 1);
        fields[n].value = field_text(reading, lua_gettop(L));
        if (!fields_is_name(fields[n].name) || !fields_is_value(fields[n].value))
            luaL_error(L, "option 'headers': '%s' is no name, or its value has bytes that are not allowed",
                       fields[n].name);
        if (!http_field_is_allowed(fields[n].name))
            luaL_error(L, "option 'headers': '%s' is not the caller's; a credential gives what identifies",
                       fields[n].name);
    }
    lua_pop(L, 1);
    qsort(fields, n, sizeof *fields, by_name); /* a table has no order, what is sent has one */
    vector = lua_newuserdatauv(L, (2 * n + 1) * sizeof *vector, 0);
    for (i = 0; i < n; i++) {
        if (i > 0 && by_name(&fields[i - 1], &fields[i]) == 0)
            luaL_error(L, "option 'headers': '%s' stands twice", fields[i].name);
        vector[2 * i] = fields[i].name;
        vector[2 * i + 1] = fields[i].value;
    }
    vector[2 * n] = NULL;
    keep(reading);
    return vector;
}

static struct credential *const *read_credentials(const struct reading *reading) {
    lua_State *L = reading->L;
    struct credential **vector;
    lua_Integer n = 1, i;
    int type = lua_getfield(L, reading->index, "credential"), list = lua_gettop(L);

    if (type == LUA_TNIL) {
        lua_pop(L, 1);
        return NULL;
    }
    if (type == LUA_TTABLE)
        n = luaL_len(L, list);
    vector = lua_newuserdatauv(L, (size_t)(n + 1) * sizeof *vector, 0);
    for (i = 0; i < n; i++) {
        if (type == LUA_TTABLE)
            lua_rawgeti(L, list, i + 1);
        else
            lua_pushvalue(L, list);
        vector[i] = *http_request_credential(L, lua_gettop(L));
        keep(reading);
    }
    vector[n] = NULL;
    keep(reading);
    lua_pop(L, 1);
    return vector;
}

static void read_upload(const struct reading *reading, struct http_request *r) {
    static const char *const keys[] = {"path", "size", NULL};
    lua_State *L = reading->L;
    struct reading inner = *reading;

    r->upload_size = -1;
    if (lua_getfield(L, reading->index, "upload") != LUA_TNIL) {
        inner.index = lua_gettop(L);
        bind_check_keys(L, inner.index, keys);
        r->upload = text(&inner, "path");
        r->upload_size = bind_option_integer(L, inner.index, "size", -1);
        if (r->upload == NULL)
            luaL_error(L, "option 'upload': 'path' is missing");
    }
    lua_pop(L, 1);
}

static void read_body(const struct reading *reading, struct http_request *r) {
    lua_State *L = reading->L;
    int type = lua_getfield(L, reading->index, "body");

    if (type == LUA_TNIL) {
        lua_pop(L, 1);
        return;
    }
    if (type != LUA_TSTRING)
        luaL_error(L, "option 'body': string expected, got %s", lua_typename(L, type));
    r->body = lua_tolstring(L, -1, &r->body_length);
    keep(reading);
}

static const char *read_method(const struct reading *reading) {
    static const char *const methods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", NULL};
    const char *method = bind_option_text(reading->L, reading->index, "method", "GET");
    const char *const *each;
    for (each = methods; *each; each++)
        if (strcmp(*each, method) == 0)
            return *each;
    luaL_error(reading->L, "option 'method': '%s' is none of GET, HEAD, POST, PUT, PATCH, DELETE", method);
    return NULL;
}

void http_request_read(struct http_request *r, lua_State *L, int index, int kept, int alone) {
    static const char *const keys[] = {"method", "url",        "headers", "body",      "upload",  "credential", "max",
                                       "sink",   "timeout_ms", "idle_ms", "redirects", "ca_file", "gap_ms",
                                       "progress", NULL};
    struct reading own = {L, index, kept};
    const struct reading *reading = &own;

    memset(r, 0, sizeof *r);
    bind_check_keys(L, index, keys);
    if (!alone && lua_getfield(L, index, "progress") != LUA_TNIL)
        luaL_error(L, "option 'progress': of all requests together, so it stands beside the list");
    lua_settop(L, alone ? lua_gettop(L) : lua_gettop(L) - 1);
    r->method = read_method(reading);
    r->url = text(reading, "url");
    r->fields = read_fields(reading);
    read_body(reading, r);
    read_upload(reading, r);
    r->credentials = read_credentials(reading);
    r->sink = text(reading, "sink");
    r->max = (unsigned long long)natural(reading, reading->index, "max", (lua_Integer)1 << 50);
    r->timeout_ms = (unsigned)natural(reading, reading->index, "timeout_ms", 1 << 30);
    r->idle_ms = (unsigned)natural(reading, reading->index, "idle_ms", 1 << 30);
    r->gap_ms = (unsigned)natural(reading, reading->index, "gap_ms", 1 << 30);
    r->redirects = (int)bind_option_integer(L, reading->index, "redirects", HTTP_REDIRECTS_MAX);
    r->ca_file = text(reading, "ca_file");
    if (r->url == NULL)
        luaL_error(L, "option 'url' is missing");
    if (r->redirects < 0 || r->redirects > HTTP_REDIRECTS_MAX)
        luaL_error(L, "option 'redirects': 0 to %d", HTTP_REDIRECTS_MAX);
    if (r->redirects == 0)
        r->redirects = -1;
    if ((r->body || r->upload) && (strcmp(r->method, "GET") == 0 || strcmp(r->method, "HEAD") == 0))
        luaL_error(L, "a %s has no body", r->method);
    if (r->body && r->upload)
        luaL_error(L, "'body' and 'upload' exclude each other");
}
