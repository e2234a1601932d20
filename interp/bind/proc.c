#include "../prim/proc.h"

#include <signal.h>
#include <string.h>

#include "../prim/err.h"
#include "bind.h"

#define PROC_TYPE "relrun.proc"
#define BEGUN_TYPE "relrun.proc_begun"

/*
 * Copies option ${key}, a sequence of strings, into a NULL-terminated vector
 * that lives in a userdata on the stack. The strings stay owned by the table.
 */
static const char **read_vector(lua_State *L, int index, const char *key) {
    const char **vector;
    lua_Integer n, i;

    if (lua_getfield(L, index, key) != LUA_TTABLE)
        luaL_error(L, "option '%s': a list of strings expected", key);
    n = luaL_len(L, -1);
    vector = lua_newuserdatauv(L, (size_t)(n + 1) * sizeof *vector, 0);
    for (i = 1; i <= n; i++) {
        size_t length;
        if (lua_rawgeti(L, -2, i) != LUA_TSTRING)
            luaL_error(L, "option '%s': item %d is a %s", key, (int)i, luaL_typename(L, -1));
        vector[i - 1] = lua_tolstring(L, -1, &length);
        if (strlen(vector[i - 1]) != length)
            luaL_error(L, "option '%s': item %d holds a NUL byte", key, (int)i);
        lua_pop(L, 1);
    }
    vector[n] = NULL;
    return vector; /* the list and the userdata stay on the stack */
}

/* The env option {NAME = value | false} as "NAME=value" or "NAME"; strings kept in a table. */
static const char **read_env(lua_State *L, int index) {
    const char **vector;
    size_t n = 0;

    if (lua_getfield(L, index, "env") == LUA_TNIL) {
        lua_pop(L, 1);
        return NULL;
    }
    luaL_checktype(L, -1, LUA_TTABLE);
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1))
        n++;
    vector = lua_newuserdatauv(L, (n + 1) * sizeof *vector, 0);
    lua_newtable(L); /* keeps the strings alive */
    n = 0;
    for (lua_pushnil(L); lua_next(L, -4); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING)
            luaL_error(L, "option 'env': names are strings");
        lua_pushvalue(L, -2);
        if (lua_type(L, -2) == LUA_TSTRING) {
            lua_pushliteral(L, "=");
            lua_pushvalue(L, -3);
            lua_concat(L, 3);
        } else if (lua_toboolean(L, -2))
            luaL_error(L, "option 'env': a value is a string or false");
        if (strlen(lua_tostring(L, -1)) != lua_rawlen(L, -1))
            luaL_error(L, "option 'env': holds a NUL byte");
        vector[n] = lua_tostring(L, -1);
        lua_rawseti(L, -4, (lua_Integer)++n);
    }
    vector[n] = NULL;
    return vector;
}

static void read_options(lua_State *L, struct proc_options *o) {
    static const char *const keys[] = {"argv",       "cwd",    "env",    "input",  "max_output",
                                       "timeout_ms", "redact", "stdout", "stderr", NULL};
    memset(o, 0, sizeof *o);
    lua_settop(L, 1);
    bind_check_keys(L, 1, keys);
    o->argv = read_vector(L, 1, "argv");
    luaL_argcheck(L, o->argv[0] != NULL, 1, "'argv' is empty");
    o->env = read_env(L, 1);
    o->cwd = bind_option_text(L, 1, "cwd", NULL);
    o->timeout_ms = (unsigned)bind_option_integer(L, 1, "timeout_ms", 0);
    o->max_output = (size_t)bind_option_integer(L, 1, "max_output", 0);
    o->redact = bind_option_flag(L, 1, "redact");
    o->stdout_path = bind_option_text(L, 1, "stdout", NULL);
    o->stderr_path = bind_option_text(L, 1, "stderr", NULL);
    if (lua_getfield(L, 1, "input") != LUA_TNIL)
        o->input = luaL_checklstring(L, -1, &o->input_length);
}

static int free_result(lua_State *L) {
    proc_result_release(lua_touserdata(L, 1));
    return 0;
}

static struct proc_result *new_result(lua_State *L) {
    struct proc_result *result = lua_newuserdatauv(L, sizeof *result, 0);
    memset(result, 0, sizeof *result);
    if (luaL_newmetatable(L, "relrun.proc_result")) {
        lua_pushcfunction(L, free_result);
        lua_setfield(L, -2, "__gc");
    }
    lua_setmetatable(L, -2);
    return result;
}

static int push_result(lua_State *L, struct proc_result *result) {
    lua_createtable(L, 0, 5);
    lua_pushinteger(L, result->code);
    lua_setfield(L, -2, "code");
    lua_pushinteger(L, result->signal);
    lua_setfield(L, -2, "signal");
    lua_pushboolean(L, result->timed_out);
    lua_setfield(L, -2, "timed_out");
    lua_pushlstring(L, buf_text(&result->output), result->output.length);
    lua_setfield(L, -2, "stdout");
    lua_pushlstring(L, buf_text(&result->errors), result->errors.length);
    lua_setfield(L, -2, "stderr");
    proc_result_release(result);
    return 1;
}

/* proc.run{argv = {...}, cwd =, env = {NAME = value|false}, input = bytes, timeout_ms =,
 *          max_output = bytes, redact = bool}
 *   -> {code =, signal =, stdout =, stderr =, timed_out = bool} | nil, message, kind */
static int proc_bind_run(lua_State *L) {
    struct proc_options options;
    struct proc_result *result;
    struct err err;

    read_options(L, &options);
    result = new_result(L);
    if (proc_run(result, &options, &err) < 0)
        return bind_fail(L, &err);
    return push_result(L, result);
}

/* proc.begin{as proc.run}: the same in two steps. With input = "" its standard input stays open for finish.
 *   -> begun | nil, message, kind; what is never finished is killed */
static int proc_bind_begin(lua_State *L) {
    struct proc_options options;
    struct proc_begun **begun;
    struct err err;

    read_options(L, &options);
    begun = lua_newuserdatauv(L, sizeof(struct proc_begun *), 0);
    *begun = NULL;
    luaL_setmetatable(L, BEGUN_TYPE);
    if (proc_begin(begun, &options, &err) < 0)
        return bind_fail(L, &err);
    return 1;
}

/* begun:finish([input = bytes]) -> as proc.run; once */
static int proc_bind_finish(lua_State *L) {
    struct proc_begun **slot = luaL_checkudata(L, 1, BEGUN_TYPE), *begun = *slot;
    size_t length;
    const char *input = luaL_optlstring(L, 2, "", &length);
    struct proc_result *result;
    struct err err;

    luaL_argcheck(L, begun != NULL, 1, "is finished");
    result = new_result(L);
    *slot = NULL;
    if (proc_finish(result, begun, input, length, &err) < 0)
        return bind_fail(L, &err);
    return push_result(L, result);
}

static int proc_bind_abandon(lua_State *L) {
    struct proc_begun **begun = luaL_checkudata(L, 1, BEGUN_TYPE);
    proc_abandon(*begun);
    *begun = NULL;
    return 0;
}

static struct proc **check_proc(lua_State *L) {
    struct proc **proc = luaL_checkudata(L, 1, PROC_TYPE);
    luaL_argcheck(L, *proc != NULL, 1, "is closed");
    return proc;
}

/* proc.start{argv =, cwd =, env =, stdout = path, stderr = path} -> process | nil, message, kind */
static int proc_bind_start(lua_State *L) {
    struct proc_options options;
    struct proc **proc;
    struct err err;

    read_options(L, &options);
    proc = lua_newuserdatauv(L, sizeof(struct proc *), 0);
    *proc = NULL;
    luaL_setmetatable(L, PROC_TYPE);
    if (proc_start(proc, &options, &err) < 0)
        return bind_fail(L, &err);
    return 1;
}

/* process:id() -> integer */
static int proc_bind_id(lua_State *L) {
    lua_pushinteger(L, proc_id(*check_proc(L)));
    return 1;
}

/* process:kill([signal = "TERM"|"KILL"|"INT"|"STOP"|"CONT"]) -> true | nil, message, kind: the whole group */
static int proc_bind_kill(lua_State *L) {
    static const char *const names[] = {"TERM", "KILL", "INT", "STOP", "CONT", NULL};
    static const int signals[] = {SIGTERM, SIGKILL, SIGINT, SIGSTOP, SIGCONT};
    struct proc **proc = check_proc(L);
    int signal = signals[luaL_checkoption(L, 2, "TERM", names)];
    struct err err;
    if (proc_kill(*proc, signal, &err) < 0)
        return bind_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

/* process:wait([timeout_ms]) -> {code =, signal =} | false (still running) | nil, message, kind */
static int proc_bind_wait(lua_State *L) {
    struct proc **proc = check_proc(L);
    int timeout = (int)luaL_optinteger(L, 2, -1), code, signal;
    struct err err;
    int rc = proc_wait(*proc, timeout, &code, &signal, &err);

    if (rc < 0)
        return bind_fail(L, &err);
    if (rc == 0) {
        lua_pushboolean(L, 0);
        return 1;
    }
    lua_createtable(L, 0, 2);
    lua_pushinteger(L, code);
    lua_setfield(L, -2, "code");
    lua_pushinteger(L, signal);
    lua_setfield(L, -2, "signal");
    return 1;
}

static int proc_bind_gc(lua_State *L) {
    struct proc **proc = luaL_checkudata(L, 1, PROC_TYPE);
    proc_free(*proc);
    *proc = NULL;
    return 0;
}

static const luaL_Reg methods[] = {
    {"id", proc_bind_id},
    {"kill", proc_bind_kill},
    {"wait", proc_bind_wait},
    {"__gc", proc_bind_gc},
    {NULL, NULL},
};

static const luaL_Reg begun_methods[] = {
    {"finish", proc_bind_finish},
    {"__gc", proc_bind_abandon},
    {NULL, NULL},
};

static const luaL_Reg functions[] = {
    {"begin", proc_bind_begin},
    {"run", proc_bind_run},
    {"start", proc_bind_start},
    {NULL, NULL},
};

int bind_proc_open(lua_State *L) {
    luaL_newmetatable(L, PROC_TYPE);
    luaL_setfuncs(L, methods, 0);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
    luaL_newmetatable(L, BEGUN_TYPE);
    luaL_setfuncs(L, begun_methods, 0);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
    luaL_newlib(L, functions);
    return 1;
}
