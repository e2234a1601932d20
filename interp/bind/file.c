#include "../prim/file.h"

#include <string.h>

#include "../prim/buf.h"
#include "../prim/err.h"
#include "bind.h"

/* file.read(path [, {max = bytes, follow = bool, special = bool}]) -> bytes | nil, message, kind */
static int file_bind_read(lua_State *L) {
    static const char *const keys[] = {"max", "follow", "special", NULL};
    const char *path = bind_check_path(L, 1);
    struct file_read_options options = {0, 0, 0};
    struct buf *bytes;
    struct err err;

    if (!lua_isnoneornil(L, 2)) {
        bind_check_keys(L, 2, keys);
        options.max = (size_t)bind_option_integer(L, 2, "max", 0);
        options.follow = bind_option_flag(L, 2, "follow");
        options.special = bind_option_flag(L, 2, "special");
    }
    bytes = bind_new_buf(L);
    if (file_read(bytes, path, &options, &err) < 0)
        return bind_fail(L, &err);
    lua_pushlstring(L, buf_text(bytes), bytes->length);
    buf_release(bytes);
    return 1;
}

/* file.write(path, bytes [, {mode = permission bits}]) -> true | nil, message, kind */
static int file_bind_write(lua_State *L) {
    static const char *const keys[] = {"mode", NULL};
    const char *path = bind_check_path(L, 1);
    size_t length;
    const char *bytes = luaL_checklstring(L, 2, &length);
    unsigned mode = 0;
    struct err err;

    if (!lua_isnoneornil(L, 3)) {
        bind_check_keys(L, 3, keys);
        mode = (unsigned)bind_option_integer(L, 3, "mode", 0);
    }
    if (file_write(path, bytes, length, mode, &err) < 0)
        return bind_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

/* file.append(path, bytes) -> true | nil, message, kind: one write, synced */
static int file_bind_append(lua_State *L) {
    const char *path = bind_check_path(L, 1);
    size_t length;
    const char *bytes = luaL_checklstring(L, 2, &length);
    struct err err;

    if (file_append(path, bytes, length, &err) < 0)
        return bind_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

/* file.stat(path) -> {type = "file"|"directory"|"link"|"other", size =, mode =} | nil, message, kind */
static int file_bind_stat(lua_State *L) {
    static const char *const types[] = {"file", "directory", "link", "other"};
    const char *path = bind_check_path(L, 1);
    struct file_info info;
    struct err err;

    if (file_stat(&info, path, &err) < 0)
        return bind_fail(L, &err);
    lua_createtable(L, 0, 3);
    lua_pushstring(L, types[info.type]);
    lua_setfield(L, -2, "type");
    lua_pushinteger(L, (lua_Integer)info.size);
    lua_setfield(L, -2, "size");
    lua_pushinteger(L, (lua_Integer)info.mode);
    lua_setfield(L, -2, "mode");
    return 1;
}

/* file.mkdir(path) -> true | nil, message, kind: with its parents; present is success */
static int file_bind_mkdir(lua_State *L) {
    const char *path = bind_check_path(L, 1);
    struct err err;
    if (file_make_directory(path, &err) < 0)
        return bind_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

/* file.list(path) -> {name, ...} sorted by bytes | nil, message, kind */
static int file_bind_list(lua_State *L) {
    const char *path = bind_check_path(L, 1);
    struct buf *names = bind_new_buf(L);
    struct err err;
    size_t at = 0;
    lua_Integer n = 0;

    if (file_list(names, path, &err) < 0)
        return bind_fail(L, &err);
    lua_newtable(L);
    while (at < names->length) {
        const char *name = names->bytes + at;
        lua_pushstring(L, name);
        lua_rawseti(L, -2, ++n);
        at += strlen(name) + 1;
    }
    buf_release(names);
    return 1;
}

/* file.remove(path [, {recursive = bool}]) -> true | nil, message, kind */
static int file_bind_remove(lua_State *L) {
    static const char *const keys[] = {"recursive", NULL};
    const char *path = bind_check_path(L, 1);
    int recursive = 0;
    struct err err;

    if (!lua_isnoneornil(L, 2)) {
        bind_check_keys(L, 2, keys);
        recursive = bind_option_flag(L, 2, "recursive");
    }
    if (file_remove(path, recursive, &err) < 0)
        return bind_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

/* file.temporary_directory() -> path | nil, message, kind; the caller removes it */
static int file_bind_temporary_directory(lua_State *L) {
    struct buf *path = bind_new_buf(L);
    struct err err;
    if (file_temporary_directory(path, &err) < 0)
        return bind_fail(L, &err);
    lua_pushstring(L, buf_text(path));
    return 1;
}

/* file.rename(from, to) -> true | nil, message, kind: within one file system, synced; a file or an empty
 * directory at `to` is replaced, a directory with something in it is "exists" */
static int file_bind_rename(lua_State *L) {
    const char *from = bind_check_path(L, 1), *to = bind_check_path(L, 2);
    struct err err;

    if (file_rename(from, to, &err) < 0)
        return bind_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

/* file.copy(from, to|nil [, {max = bytes}]) -> {size =, sha256 =} | nil, message, kind: of a regular file,
 * into a new one; without `to` it only measures and hashes */
static int file_bind_copy(lua_State *L) {
    static const char *const keys[] = {"max", NULL};
    const char *from = bind_check_path(L, 1);
    const char *to = lua_isnil(L, 2) ? NULL : bind_check_path(L, 2);
    lua_Integer max = LUA_MAXINTEGER;
    struct file_copied copied;
    struct err err;

    if (!lua_isnoneornil(L, 3)) {
        bind_check_keys(L, 3, keys);
        max = bind_option_integer(L, 3, "max", LUA_MAXINTEGER);
        luaL_argcheck(L, max >= 0, 3, "'max' is negative");
    }
    if (file_copy(&copied, from, to, (unsigned long long)max, &err) < 0)
        return bind_fail(L, &err);
    lua_createtable(L, 0, 2);
    lua_pushinteger(L, (lua_Integer)copied.size);
    lua_setfield(L, -2, "size");
    lua_pushstring(L, copied.sha256);
    lua_setfield(L, -2, "sha256");
    return 1;
}

#define LOCK_TYPE "relrun.file_lock"
#define LOCK_WAIT_MS_MAX 86400000

/* file.lock(path [, {wait_ms = number}]) -> lock | nil, message, kind ("conflict": another process holds it,
 * still after wait_ms); the lock ends with lock:release(), with the object or with the process */
static int file_bind_lock(lua_State *L) {
    static const char *const keys[] = {"wait_ms", NULL};
    const char *path = bind_check_path(L, 1);
    unsigned wait_ms = 0;
    struct err err;
    int *fd;

    if (!lua_isnoneornil(L, 2)) {
        lua_Integer wait;
        bind_check_keys(L, 2, keys);
        wait = bind_option_integer(L, 2, "wait_ms", 0);
        luaL_argcheck(L, wait >= 0 && wait <= LOCK_WAIT_MS_MAX, 2, "'wait_ms' is no time between 0 and one day");
        wait_ms = (unsigned)wait;
    }
    fd = lua_newuserdatauv(L, sizeof *fd, 0);
    *fd = -1;
    luaL_setmetatable(L, LOCK_TYPE);
    if (file_lock(fd, path, wait_ms, &err) < 0)
        return bind_fail(L, &err);
    return 1;
}

/* lock:release(): harmless when released already */
static int file_bind_release(lua_State *L) {
    int *fd = luaL_checkudata(L, 1, LOCK_TYPE);
    if (*fd >= 0)
        file_unlock(*fd);
    *fd = -1;
    return 0;
}

static const luaL_Reg lock_methods[] = {
    {"__gc", file_bind_release},
    {"release", file_bind_release},
    {NULL, NULL},
};

/* file.resolve(path) -> absolute path without links | nil, message, kind */
static int file_bind_resolve(lua_State *L) {
    const char *path = bind_check_path(L, 1);
    struct buf *resolved = bind_new_buf(L);
    struct err err;
    if (file_resolve(resolved, path, &err) < 0)
        return bind_fail(L, &err);
    lua_pushstring(L, buf_text(resolved));
    return 1;
}

static const luaL_Reg functions[] = {
    {"append", file_bind_append},
    {"copy", file_bind_copy},
    {"list", file_bind_list},
    {"lock", file_bind_lock},
    {"mkdir", file_bind_mkdir},
    {"read", file_bind_read},
    {"remove", file_bind_remove},
    {"rename", file_bind_rename},
    {"resolve", file_bind_resolve},
    {"stat", file_bind_stat},
    {"temporary_directory", file_bind_temporary_directory},
    {"write", file_bind_write},
    {NULL, NULL},
};

int bind_file_open(lua_State *L) {
    luaL_newmetatable(L, LOCK_TYPE);
    luaL_setfuncs(L, lock_methods, 0);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
    luaL_newlib(L, functions);
    return 1;
}
