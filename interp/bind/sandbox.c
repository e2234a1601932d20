#include "../sandbox/sandbox.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "../prim/buf.h"
#include "../prim/err.h"
#include "../sandbox/limits.h"
#include "../sandbox/value.h"
#include "bind.h"

#define SPEC_TYPE "relrun.spec"
#define BEGUN_TYPE "relrun.spec_begun"
#define TEXT_MAX ((size_t)1 << 20)
#define STEPS_DEFAULT 10000000

/* What to do about a limit. */
#define ADVICE                                                                                     \
    "; a spec only describes: look for an endless loop, a pattern that backtracks or needless data"

struct spec {
    struct sandbox *sandbox; /* NULL: closed */
    char name[200];
};

/* What a spec userdata keeps in its user values. */
enum { STATEMENTS = 1, WORDS, KEPT = WORDS };

static struct spec *check_spec(lua_State *L) {
    struct spec *spec = luaL_checkudata(L, 1, SPEC_TYPE);
    luaL_argcheck(L, spec->sandbox != NULL, 1, "is closed");
    return spec;
}

/*
 * nil, "name: text", kind (name may be NULL). The text may come from a hostile process, so control
 * bytes are escaped.
 */
static int fail(lua_State *L, const char *name, const char *text, const char *kind) {
    luaL_Buffer b;
    const char *at;

    lua_pushnil(L);
    at = name ? lua_pushfstring(L, "%s: %s", name, text) : text;
    luaL_buffinit(L, &b);
    for (; *at; at++) {
        if ((unsigned char)*at >= ' ' && *at != 127)
            luaL_addchar(&b, *at);
        else {
            char escape[8];
            snprintf(escape, sizeof escape, *at == '\n' ? "\\n" : "\\x%02X", (unsigned char)*at);
            luaL_addstring(&b, escape);
        }
    }
    luaL_pushresult(&b);
    if (name)
        lua_remove(L, -2);
    lua_pushstring(L, kind);
    return 3;
}

/* The failures of the process itself. */
static int fail_err(lua_State *L, const struct spec *spec, const struct err *err) {
    int spent = err->kind == ERR_LIMIT || err->kind == ERR_TIMEOUT;
    lua_pushfstring(L, "%s%s", err->text, spent ? ADVICE : "");
    return fail(L, spec->name, lua_tostring(L, -1), err_name(err->kind));
}

/* An answer "- kind message". */
static int fail_answer(lua_State *L, const struct spec *spec, const struct buf *reply) {
    char kind = reply->length > 1 ? reply->bytes[1] : 's';
    const char *text = reply->length > 2 ? reply->bytes + 2 : "its process says nothing";

    lua_pushfstring(L, "%s%s", text, kind == 'l' ? ADVICE : "");
    text = lua_tostring(L, -1);
    if (kind == 'f' || kind == 'l')
        return fail(L, NULL, text, kind == 'f' ? "format" : "limit");
    return fail(L, spec->name, text, "system");
}

/* Pushes the values of the answer "+ value..."; a negative result is a failure in ${err}. */
static int push_values(lua_State *L, const struct buf *reply, int words, struct err *err) {
    struct value_reader reader = {.bytes = (const unsigned char *)reply->bytes,
                                  .length = reply->length,
                                  .at = 1,
                                  .words = words,
                                  .callbacks = words != 0};
    int n = 0;
    while (!value_at_end(&reader)) {
        int rc = value_read(&reader, L, err);
        if (rc == 0 && ++n > 16)
            rc = err_set(err, ERR_FORMAT, "too many values");
        if (rc < 0) {
            char reason[200];
            snprintf(reason, sizeof reason, "%.199s", err->text);
            return err_set(err, ERR_SYSTEM, "its process answers nonsense (%s)", reason);
        }
    }
    return n;
}

/* One of the limits, which are positive. */
static lua_Integer limit(lua_State *L, int index, const char *key, lua_Integer fallback,
                         lua_Integer max) {
    lua_Integer value = bind_option_integer(L, index, key, fallback);
    if (value < 1 || value > max)
        luaL_error(L, "option '%s': from 1 to %d", key, (int)max);
    return value;
}

/* Fills ${limits} and pushes the steps, from option `limits` of the table at 1. */
static lua_Integer read_limits(lua_State *L, struct sandbox_limits *limits) {
    static const char *const keys[] = {"cpu_s", "wall_ms", "memory", "steps", NULL};
    lua_Integer steps;
    int index;

    if (lua_getfield(L, 1, "limits") == LUA_TNIL) {
        lua_pop(L, 1);
        lua_newtable(L);
    }
    index = lua_gettop(L);
    bind_check_keys(L, index, keys);
    limits->cpu_s = (unsigned)limit(L, index, "cpu_s", 2, 3600);
    limits->wall_ms = (unsigned)limit(L, index, "wall_ms", 10000, 3600000);
    limits->memory = (size_t)limit(L, index, "memory", 64 << 20, 1 << 30);
    steps = limit(L, index, "steps", STEPS_DEFAULT, 1000000000);
    lua_pop(L, 1);
    return steps;
}

/* Text that Lua may read: no bytecode, no NUL, not too long. NULL: it is. */
static const char *text_problem(const char *text, size_t length, size_t *line) {
    const char *nul = memchr(text, '\0', length), *at;
    *line = 1;
    if (length > TEXT_MAX)
        return "larger than 1 MiB";
    if (length && text[0] == '\x1b')
        return "compiled Lua; a spec is text";
    for (at = text; nul && at < nul; at++)
        *line += *at == '\n';
    return nul ? "a NUL byte; a spec is UTF-8 text" : NULL;
}

/* Pushes the request table of an evaluation. */
static void push_request(lua_State *L, const char *name, size_t memory, lua_Integer steps) {
    static const char *const keys[] = {"text", "words", "specs", NULL};
    const char *const *key;

    lua_createtable(L, 0, 6);
    lua_pushstring(L, name);
    lua_setfield(L, -2, "name");
    for (key = keys; *key; key++) {
        if (lua_getfield(L, 1, *key) == LUA_TNIL && strcmp(*key, "specs") == 0) {
            lua_pop(L, 1);
            lua_newtable(L);
        }
        lua_setfield(L, -2, *key);
    }
    lua_pushinteger(L, (lua_Integer)memory);
    lua_setfield(L, -2, "memory");
    lua_pushinteger(L, steps);
    lua_setfield(L, -2, "steps");
}

/* 1 when the value at ${index} has the metatable ${mark}. */
static int has_mark(lua_State *L, int index, const char *mark) {
    int same = 0;
    if (lua_getmetatable(L, index)) {
        luaL_getmetatable(L, mark);
        same = lua_rawequal(L, -1, -2);
        lua_pop(L, 2);
    }
    return same;
}

/* 1 when the value on top of the stack is a list of nodes and nothing else. */
static int is_statements(lua_State *L) {
    lua_Integer i, n, keys = 0;
    if (!lua_istable(L, -1) || has_mark(L, -1, VALUE_NODE) || has_mark(L, -1, VALUE_CALLBACK))
        return 0;
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1))
        keys++;
    n = (lua_Integer)lua_rawlen(L, -1);
    for (i = 1; i <= n; i++) {
        int node;
        lua_rawgeti(L, -1, i);
        node = has_mark(L, -1, VALUE_NODE);
        lua_pop(L, 1);
        if (!node)
            return 0;
    }
    return keys == n;
}

/* Lua does not see how much a buffer holds, so the question is given back at once. */
static int ask(struct buf *reply, struct spec *spec, struct buf *request, struct err *err) {
    int rc = sandbox_ask(reply, spec->sandbox, request, err);
    buf_release(request);
    return rc;
}

/* Evaluates the request on top of the stack; the statements or nil, message, kind. */
static int evaluate(lua_State *L, struct spec *spec, int userdata) {
    struct buf *request = bind_new_buf(L), *reply = bind_new_buf(L);
    struct value_writer writer = {.out = request};
    struct err err;

    request->cap = SANDBOX_REQUEST_MAX;
    if (buf_append_byte(request, 'E') < 0)
        return bind_no_memory(L);
    if (value_write(&writer, L, -3, &err) < 0)
        return err.kind == ERR_MEMORY ? bind_no_memory(L)
                                      : luaL_error(L, "the request is no data: %s", err.text);
    if (ask(reply, spec, request, &err) < 0)
        return fail_err(L, spec, &err);
    if (reply->length == 0 || reply->bytes[0] != '+')
        return fail_answer(L, spec, reply);
    lua_getiuservalue(L, userdata, WORDS);
    switch (push_values(L, reply, lua_gettop(L), &err)) {
    case 1:
        if (is_statements(L))
            break;
        /* fall through */
    case 0: err_set(&err, ERR_SYSTEM, "its process answers something else than statements");
        /* fall through */
    default: return fail_err(L, spec, &err);
    }
    lua_setiuservalue(L, userdata, STATEMENTS);
    buf_release(reply);
    return 0;
}

/* The process that an earlier sandbox.begin started, when the table at 1 has one; else NULL. It is taken once. */
static struct sandbox *take_begun(lua_State *L) {
    struct sandbox **begun, *taken = NULL;
    if (lua_getfield(L, 1, "begun") != LUA_TNIL) {
        begun = luaL_checkudata(L, -1, BEGUN_TYPE);
        taken = *begun;
        *begun = NULL;
    }
    lua_pop(L, 1);
    return taken;
}

/* Starts the process of a spec, or waits for the one that was begun. */
static int start(lua_State *L, struct spec *spec, const struct sandbox_limits *limits, struct err *err) {
    spec->sandbox = take_begun(L);
    return spec->sandbox ? sandbox_ready(spec->sandbox, err) : sandbox_start(&spec->sandbox, limits, err);
}

/* sandbox.begin() -> begun | nil, message, kind: starts the process of a spec with the usual limits, for sandbox.open
 *   to wait for; what nobody opens is killed */
static int sandbox_bind_begin(lua_State *L) {
    static const struct sandbox_limits usual = {0, 0, 0};
    struct sandbox **begun = lua_newuserdatauv(L, sizeof(struct sandbox *), 0);
    struct err err;

    *begun = NULL;
    luaL_setmetatable(L, BEGUN_TYPE);
    if (sandbox_begin(begun, &usual, &err) < 0)
        return bind_fail(L, &err);
    return 1;
}

static int free_begun(lua_State *L) {
    struct sandbox **begun = luaL_checkudata(L, 1, BEGUN_TYPE);
    sandbox_free(*begun);
    *begun = NULL;
    return 0;
}

/* sandbox.open{name =, text =, words = {NAME = {kind =}}, specs = {NAME = text},
 *              limits = {cpu_s =, wall_ms =, memory =, steps =} | begun = process} -> spec | nil, message, kind
 * kind: "format" (the spec is wrong), "limit", "timeout", "system" (the process cannot) */
static int sandbox_bind_open(lua_State *L) {
    static const char *const keys[] = {"name", "text", "words", "specs", "limits", "begun", NULL};
    struct sandbox_limits limits;
    const char *name, *text, *problem;
    lua_Integer steps;
    struct spec *spec;
    struct err err;
    size_t length, line;
    int rc, userdata;

    lua_settop(L, 1);
    bind_check_keys(L, 1, keys);
    name = bind_option_text(L, 1, "name", "release.lua");
    if (lua_getfield(L, 1, "limits") != LUA_TNIL && lua_getfield(L, 1, "begun") != LUA_TNIL)
        return luaL_error(L, "options 'limits' and 'begun': the process that was begun has its limits");
    lua_settop(L, 1);
    steps = read_limits(L, &limits);
    lua_getfield(L, 1, "words");
    luaL_checktype(L, -1, LUA_TTABLE);
    lua_getfield(L, 1, "text");
    text = luaL_checklstring(L, -1, &length);
    problem = text_problem(text, length, &line);
    if (problem) {
        char where[220];
        snprintf(where, sizeof where, "%.200s:%zu", name, line);
        return fail(L, where, problem, "format");
    }
    spec = lua_newuserdatauv(L, sizeof *spec, KEPT);
    spec->sandbox = NULL;
    snprintf(spec->name, sizeof spec->name, "%s", name);
    luaL_setmetatable(L, SPEC_TYPE);
    userdata = lua_gettop(L);
    lua_getfield(L, 1, "words");
    lua_setiuservalue(L, userdata, WORDS);
    push_request(L, name, limits.memory, steps);
    if (start(L, spec, &limits, &err) < 0)
        return fail_err(L, spec, &err);
    rc = evaluate(L, spec, userdata);
    if (rc > 0) {
        sandbox_free(spec->sandbox);
        spec->sandbox = NULL;
        return rc;
    }
    lua_settop(L, userdata);
    return 1;
}

/* spec:statements() -> {node, ...}: a node is {word =, line =, args = {...}, source = name of a
 * ready-made spec | nil} with the metatable sandbox.node */
static int spec_statements(lua_State *L) {
    luaL_checkudata(L, 1, SPEC_TYPE);
    lua_getiuservalue(L, 1, STATEMENTS);
    return 1;
}

/* spec:call(callback, argument...) -> {n =, result...} | nil, message, kind
 * The arguments and the results are data. */
static int spec_call(lua_State *L) {
    struct spec *spec = check_spec(L);
    int last = lua_gettop(L), index, n;
    struct buf *request, *reply;
    struct value_writer writer;
    struct err err;

    luaL_argcheck(L, has_mark(L, 2, VALUE_CALLBACK), 2, "a function of the spec expected");
    lua_getfield(L, 2, "function");
    lua_replace(L, 2);
    request = bind_new_buf(L);
    reply = bind_new_buf(L);
    memset(&writer, 0, sizeof writer);
    writer.out = request;
    request->cap = SANDBOX_REQUEST_MAX;
    if (buf_append_byte(request, 'C') < 0)
        return bind_no_memory(L);
    for (index = 2; index <= last; index++)
        if (value_write(&writer, L, index, &err) < 0)
            return err.kind == ERR_MEMORY
                       ? bind_no_memory(L)
                       : luaL_error(L, "argument #%d is no data: %s", index - 2, err.text);
    if (ask(reply, spec, request, &err) < 0)
        return fail_err(L, spec, &err);
    if (reply->length == 0 || reply->bytes[0] != '+')
        return fail_answer(L, spec, reply);
    lua_settop(L, last + 2);
    n = push_values(L, reply, 0, &err);
    buf_release(reply);
    if (n < 0)
        return fail_err(L, spec, &err);
    lua_createtable(L, n, 1);
    lua_insert(L, last + 3);
    lua_pushinteger(L, n);
    lua_setfield(L, last + 3, "n");
    for (index = n; index >= 1; index--)
        lua_rawseti(L, last + 3, index);
    return 1;
}

/* spec:close(): ends the process; the statements stay. */
static int spec_close(lua_State *L) {
    struct spec *spec = luaL_checkudata(L, 1, SPEC_TYPE);
    sandbox_free(spec->sandbox);
    spec->sandbox = NULL;
    return 0;
}

/* sandbox.features() -> {memory = bool, syscalls = bool} | nil, message, kind: the limits that hold
 * here besides the process itself */
static int sandbox_bind_features(lua_State *L) {
    struct sandbox_limits limits = {0, 0, 0};
    struct sandbox *sandbox;
    unsigned features;
    struct err err;

    if (sandbox_start(&sandbox, &limits, &err) < 0)
        return bind_fail(L, &err);
    features = sandbox_features(sandbox);
    sandbox_free(sandbox);
    lua_createtable(L, 0, 2);
    lua_pushboolean(L, (features & LIMITS_MEMORY) != 0);
    lua_setfield(L, -2, "memory");
    lua_pushboolean(L, (features & LIMITS_SYSCALLS) != 0);
    lua_setfield(L, -2, "syscalls");
    return 1;
}

/* sandbox.is_node(value) -> boolean: decided by what the process sent, never by its data */
static int sandbox_bind_is_node(lua_State *L) {
    luaL_checkany(L, 1);
    lua_pushboolean(L, has_mark(L, 1, VALUE_NODE));
    return 1;
}

/* sandbox.is_callback(value) -> boolean: one is {["function"] = id, line =}, for spec:call */
static int sandbox_bind_is_callback(lua_State *L) {
    luaL_checkany(L, 1);
    lua_pushboolean(L, has_mark(L, 1, VALUE_CALLBACK));
    return 1;
}

static const luaL_Reg methods[] = {
    {"call", spec_call}, {"close", spec_close},           {"statements", spec_statements},
    {"__gc", spec_close}, {"__close", spec_close}, {NULL, NULL},
};

static const luaL_Reg functions[] = {
    {"begin", sandbox_bind_begin},
    {"features", sandbox_bind_features},
    {"is_callback", sandbox_bind_is_callback},
    {"is_node", sandbox_bind_is_node},
    {"open", sandbox_bind_open},
    {NULL, NULL},
};

int bind_sandbox_open(lua_State *L) {
    luaL_newmetatable(L, SPEC_TYPE);
    luaL_setfuncs(L, methods, 0);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
    luaL_newmetatable(L, BEGUN_TYPE);
    lua_pushcfunction(L, free_begun);
    lua_setfield(L, -2, "__gc");
    value_open(L);
    luaL_newlib(L, functions);
    luaL_getmetatable(L, VALUE_NODE);
    lua_setfield(L, -2, "node");
    luaL_getmetatable(L, VALUE_CALLBACK);
    lua_setfield(L, -2, "callback");
    return 1;
}
