#include "bind.h"

#include <string.h>

#include "../prim/buf.h"
#include "../prim/err.h"

#define BUF_TYPE "relrun.buf"

static const luaL_Reg openers[] = {
    {"host.clock", bind_clock_open},   /* clock.c: the time, for observe only */
    {"host.digest", bind_digest_open}, /* digest.c: SHA-256 and SHA-1 */
    {"host.env", bind_env_open},       /* env.c: environment names that are not secrets; user, machine */
    {"host.file", bind_file_open},     /* file.c: whole files, durable writes */
    {"host.history", bind_history_open}, /* history.c: what is unreleased, and the whole log */
    {"host.http", bind_http_open},     /* http.c: requests and credentials */
    {"host.json", bind_json_open},     /* json.c: strict JSON, canonical bytes */
    {"host.message", bind_message_open}, /* message.c: commit messages */
    {"host.proc", bind_proc_open},     /* proc.c: child processes */
    {"host.random", bind_random_open}, /* random.c: bytes that nobody can guess */
    {"host.repo", bind_repo_open},     /* repo.c: git objects and refs of one repository */
    {"host.sandbox", bind_sandbox_open}, /* sandbox.c: the spec's own process */
    {"host.term", bind_term_open},     /* term.c: standard streams */
    {NULL, NULL},
};

void bind_open_all(lua_State *L) {
    const luaL_Reg *entry;
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    for (entry = openers; entry->name; entry++) {
        lua_pushcfunction(L, entry->func);
        lua_setfield(L, -2, entry->name);
    }
    lua_pop(L, 1);
}

int bind_no_memory(lua_State *L) {
    lua_pushliteral(L, "not enough memory");
    return lua_error(L);
}

void bind_check_stack(lua_State *L, int count) {
    if (!lua_checkstack(L, count))
        bind_no_memory(L);
}

int bind_fail(lua_State *L, const struct err *err) {
    lua_pushnil(L);
    lua_pushstring(L, err->text);
    lua_pushstring(L, err_name(err->kind));
    return 3;
}

static int free_buf(lua_State *L) {
    buf_release(luaL_checkudata(L, 1, BUF_TYPE));
    return 0;
}

struct buf *bind_new_buf(lua_State *L) {
    struct buf *buf = lua_newuserdatauv(L, sizeof *buf, 0);
    memset(buf, 0, sizeof *buf);
    if (luaL_newmetatable(L, BUF_TYPE)) {
        lua_pushcfunction(L, free_buf);
        lua_setfield(L, -2, "__gc");
    }
    lua_setmetatable(L, -2);
    return buf;
}

void bind_check_keys(lua_State *L, int index, const char *const *keys) {
    luaL_checktype(L, index, LUA_TTABLE);
    lua_pushnil(L);
    while (lua_next(L, index)) {
        const char *const *key = keys;
        const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : NULL;
        while (name && *key && strcmp(*key, name) != 0)
            key++;
        if (name == NULL || *key == NULL)
            luaL_error(L, "unknown option '%s'", name ? name : luaL_typename(L, -2));
        lua_pop(L, 1);
    }
}

/* Pushes the option and says whether it is there and of ${type}. */
static int option(lua_State *L, int index, const char *key, int type) {
    int got = lua_getfield(L, index, key);
    if (got != LUA_TNIL && got != type)
        luaL_error(L, "option '%s': %s expected, got %s", key, lua_typename(L, type),
                   lua_typename(L, got));
    return got == type;
}

const char *bind_option_text(lua_State *L, int index, const char *key, const char *fallback) {
    const char *text = fallback;
    if (option(L, index, key, LUA_TSTRING)) {
        size_t length;
        text = lua_tolstring(L, -1, &length);
        if (strlen(text) != length)
            luaL_error(L, "option '%s': holds a NUL byte", key);
    }
    lua_pop(L, 1);
    return text;
}

lua_Integer bind_option_integer(lua_State *L, int index, const char *key, lua_Integer fallback) {
    lua_Integer value = fallback;
    if (option(L, index, key, LUA_TNUMBER)) {
        int whole;
        value = lua_tointegerx(L, -1, &whole);
        if (!whole)
            luaL_error(L, "option '%s': an integer expected", key);
    }
    lua_pop(L, 1);
    return value;
}

int bind_option_flag(lua_State *L, int index, const char *key) {
    int flag = option(L, index, key, LUA_TBOOLEAN) && lua_toboolean(L, -1);
    lua_pop(L, 1);
    return flag;
}

const char *bind_check_path(lua_State *L, int index) {
    size_t length;
    const char *path = luaL_checklstring(L, index, &length);
    luaL_argcheck(L, strlen(path) == length, index, "holds a NUL byte");
    luaL_argcheck(L, length > 0, index, "is empty");
    return path;
}
