#include "../prim/http.h"

#include <string.h>

#include "../prim/credential.h"
#include "../prim/url.h"
#include "bind.h"
#include "http_request.h"

/* ---- credentials ---- */

static int free_credential(lua_State *L) {
    struct credential **credential = http_request_credential(L, 1);
    credential_free(*credential);
    *credential = NULL;
    return 0;
}

static int name_credential(lua_State *L) {
    lua_pushfstring(L, "credential for %s", credential_origin(*http_request_credential(L, 1)));
    return 1;
}

/* The list of strings as a NULL-terminated vector, a userdata that stays on the stack; the list keeps the strings. */
static const char **read_names(lua_State *L, int index, const char *key) {
    const char **vector;
    lua_Integer n, i;

    if (lua_getfield(L, index, key) != LUA_TTABLE)
        luaL_error(L, "option '%s': a list of strings expected", key);
    n = luaL_len(L, -1);
    if (n < 1 || n > 16)
        luaL_error(L, "option '%s': 1 to 16 names expected", key);
    vector = lua_newuserdatauv(L, (size_t)(n + 1) * sizeof *vector, 0);
    for (i = 1; i <= n; i++) {
        if (lua_rawgeti(L, -2, i) != LUA_TSTRING)
            luaL_error(L, "option '%s': item %d is a %s", key, (int)i, luaL_typename(L, -1));
        vector[i - 1] = lua_tostring(L, -1);
        lua_pop(L, 1);
    }
    vector[n] = NULL;
    return vector;
}

/* http.credential{names = {"GITHUB_TOKEN", ...} | token = bytes, origin = "https://host", scheme = "Bearer",
 *                 header = "Authorization"}
 *   -> credential | nil (none of the names is set) | nil, message, kind
 * A token is what a server gives to anybody, such as a registry's for anonymous readers; a secret comes by its name.
 * A header other than Authorization carries the secret without a scheme. Nothing gives the secret back. */
static int http_bind_credential(lua_State *L) {
    static const char *const keys[] = {"names", "token", "origin", "scheme", "header", NULL};
    struct credential_options options = {0};
    struct credential **credential;
    struct err err;
    int rc;

    lua_settop(L, 1);
    bind_check_keys(L, 1, keys);
    options.token = bind_option_text(L, 1, "token", NULL);
    if (options.token && lua_getfield(L, 1, "names") != LUA_TNIL)
        luaL_error(L, "'names' and 'token' exclude each other");
    if (options.token == NULL)
        options.names = read_names(L, 1, "names");
    options.origin = bind_option_text(L, 1, "origin", NULL);
    options.scheme = bind_option_text(L, 1, "scheme", NULL);
    options.field = bind_option_text(L, 1, "header", NULL);
    luaL_argcheck(L, options.origin != NULL, 1, "'origin' is missing");
    credential = lua_newuserdatauv(L, sizeof *credential, 0);
    *credential = NULL;
    luaL_setmetatable(L, HTTP_REQUEST_CREDENTIAL);
    rc = credential_read(credential, &options, &err);
    if (rc < 0)
        return bind_fail(L, &err);
    if (rc == 0)
        lua_pushnil(L);
    return 1;
}

/* ---- sending ---- */

/* The answers, in a userdata: whatever raises later, they are given back. */
struct answers {
    size_t count;
    struct http_answer list[];
};

static int free_answers(lua_State *L) {
    struct answers *answers = lua_touserdata(L, 1);
    while (answers->count > 0)
        http_answer_release(&answers->list[--answers->count]);
    return 0;
}

static struct answers *new_answers(lua_State *L, size_t count) {
    struct answers *answers = lua_newuserdatauv(L, sizeof *answers + count * sizeof answers->list[0], 0);
    memset(answers, 0, sizeof *answers + count * sizeof answers->list[0]);
    answers->count = count;
    if (luaL_newmetatable(L, "relrun.http_answers")) {
        lua_pushcfunction(L, free_answers);
        lua_setfield(L, -2, "__gc");
    }
    lua_setmetatable(L, -2);
    return answers;
}

struct reporter {
    lua_State *L;
    int function; /* its index */
    int raised;
};

/* Between the steps of a transfer: an error waits on the stack until all is put away. */
static int report(void *context, unsigned long long done, unsigned long long total) {
    struct reporter *reporter = context;
    lua_State *L = reporter->L;

    lua_pushvalue(L, reporter->function);
    lua_pushinteger(L, (lua_Integer)done);
    if (total)
        lua_pushinteger(L, (lua_Integer)total);
    else
        lua_pushnil(L);
    reporter->raised = lua_pcall(L, 2, 0, 0) != LUA_OK;
    return reporter->raised;
}

/* Sends what was read; ${table} is the index of the one that may have `progress`, 0 for none. */
static struct answers *send(lua_State *L, const struct http_request *requests, size_t count, int table,
                            unsigned at_most) {
    struct answers *answers = new_answers(L, count);
    struct reporter reporter = {L, 0, 0};
    struct http_options options = {at_most, NULL, &reporter};

    bind_check_stack(L, 8);
    if (table && lua_getfield(L, table, "progress") != LUA_TNIL) {
        luaL_checktype(L, -1, LUA_TFUNCTION);
        reporter.function = lua_gettop(L);
        options.progress = report;
    }
    http_send(answers->list, requests, count, &options);
    if (reporter.raised)
        lua_error(L);
    return answers;
}

static void push_fields(lua_State *L, const struct fields *fields) {
    const char *name, *value;
    size_t at = 0;

    lua_newtable(L);
    while (fields_next(&name, &value, fields, &at)) {
        if (lua_getfield(L, -1, name) == LUA_TSTRING) {
            lua_pushfstring(L, "%s, %s", lua_tostring(L, -1), value);
            lua_remove(L, -2);
        } else {
            lua_pop(L, 1);
            lua_pushstring(L, value);
        }
        lua_setfield(L, -2, name);
    }
}

static void push_answer(lua_State *L, struct http_answer *answer) {
    lua_createtable(L, 0, 8);
    lua_pushinteger(L, answer->status);
    lua_setfield(L, -2, "status");
    push_fields(L, &answer->fields);
    lua_setfield(L, -2, "headers");
    lua_pushinteger(L, (lua_Integer)answer->size);
    lua_setfield(L, -2, "size");
    if (answer->in_file)
        lua_pushstring(L, answer->sha256);
    else
        lua_pushlstring(L, buf_text(&answer->body), answer->body.length);
    lua_setfield(L, -2, answer->in_file ? "sha256" : "body");
    if (answer->upload_sha256[0]) {
        lua_pushstring(L, answer->upload_sha256);
        lua_setfield(L, -2, "upload_sha256");
    }
    lua_pushlstring(L, buf_text(&answer->url), answer->url.length);
    lua_setfield(L, -2, "url");
    lua_pushboolean(L, answer->redirected);
    lua_setfield(L, -2, "redirected");
    http_answer_release(answer); /* now rather than at the next collection */
}

/*
 * http.request{method = "GET"|"HEAD"|"POST"|"PUT"|"PATCH"|"DELETE", url =, headers = {[name] = value}, body = bytes,
 *              upload = {path =, size = bytes}, credential = credential | {credential, ...}, max = bytes, sink = path,
 *              timeout_ms =, idle_ms =, gap_ms =, redirects = 0..5, ca_file = path,
 *              progress = function (done, total | nil)}
 *   -> {status =, headers = {[lower-case name] = value}, size = bytes, body = bytes | sha256 = hex (of what went to the
 *       sink), upload_sha256 = hex, url =, redirected = bool} | nil, message, kind
 * The kinds are http.h's. A credential that is held stands nowhere in an answer or a message: "***" does; size is that
 * of what came. The sink receives answers with status 2xx and is not made for others, which have a body.
 */
static int http_bind_request(lua_State *L) {
    struct http_request request;
    struct answers *answers;

    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lua_newtable(L);
    http_request_read(&request, L, 1, 2, 1);
    answers = send(L, &request, 1, 1, 1);
    if (answers->list[0].rc < 0)
        return bind_fail(L, &answers->list[0].err);
    push_answer(L, &answers->list[0]);
    return 1;
}

/* http.parallel({request, ...} [, {at_most = 1..6, progress = function (done, total | nil)}])
 *   -> {{answer =} | {message =, kind =}, ...} in the order of the requests */
static int http_bind_parallel(lua_State *L) {
    static const char *const keys[] = {"at_most", "progress", NULL};
    struct http_request *requests;
    struct answers *answers;
    lua_Integer count, i;
    unsigned at_most = 0;

    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 2);
    lua_newtable(L);
    if (!lua_isnil(L, 2)) {
        bind_check_keys(L, 2, keys);
        at_most = (unsigned)bind_option_integer(L, 2, "at_most", HTTP_PARALLEL_MAX);
        luaL_argcheck(L, at_most >= 1 && at_most <= HTTP_PARALLEL_MAX, 2, "'at_most' is not 1 to 6");
    }
    count = luaL_len(L, 1);
    luaL_argcheck(L, count <= 10000, 1, "more than 10000 requests");
    requests = lua_newuserdatauv(L, (size_t)(count + 1) * sizeof *requests, 0);
    for (i = 0; i < count; i++) {
        luaL_argcheck(L, lua_rawgeti(L, 1, i + 1) == LUA_TTABLE, 1, "is no list of requests");
        http_request_read(&requests[i], L, lua_gettop(L), 3, 0);
        lua_pop(L, 1);
    }
    answers = send(L, requests, (size_t)count, lua_isnil(L, 2) ? 0 : 2, at_most);
    lua_createtable(L, (int)count, 0);
    for (i = 0; i < count; i++) {
        struct http_answer *answer = &answers->list[i];
        lua_createtable(L, 0, 2);
        if (answer->rc < 0) {
            lua_pushstring(L, answer->err.text);
            lua_setfield(L, -2, "message");
            lua_pushstring(L, err_name(answer->rc));
            lua_setfield(L, -2, "kind");
        } else {
            push_answer(L, answer);
            lua_setfield(L, -2, "answer");
        }
        lua_rawseti(L, -2, i + 1);
    }
    return 1;
}

/* http.origin(url) -> "https://host[:port]" | nil, message, kind: an address that is refused has none */
static int http_bind_origin(lua_State *L) {
    struct url *url = lua_newuserdatauv(L, sizeof *url, 0);
    char origin[URL_ORIGIN_MAX];
    struct err err;
    if (url_parse(url, bind_check_path(L, 1), &err) < 0)
        return bind_fail(L, &err);
    url_origin(origin, url);
    lua_pushstring(L, origin);
    return 1;
}

static int close_connections(lua_State *L) {
    (void)L;
    http_close();
    return 0;
}

static const luaL_Reg functions[] = {
    {"credential", http_bind_credential},
    {"origin", http_bind_origin},
    {"parallel", http_bind_parallel},
    {"request", http_bind_request},
    {NULL, NULL},
};

static const luaL_Reg credential_methods[] = {
    {"__gc", free_credential},
    {"__tostring", name_credential},
    {NULL, NULL},
};

int bind_http_open(lua_State *L) {
    luaL_newmetatable(L, HTTP_REQUEST_CREDENTIAL);
    luaL_setfuncs(L, credential_methods, 0);
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    /* Kept connections are closed with the state: a userdata whose end is theirs. */
    lua_newuserdatauv(L, 1, 0);
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, close_connections);
    lua_setfield(L, -2, "__gc");
    lua_setmetatable(L, -2);
    lua_setfield(L, LUA_REGISTRYINDEX, "relrun.http_connections");
    luaL_newlib(L, functions);
    return 1;
}
