#include "../prim/digest.h"

#include "../prim/err.h"
#include "bind.h"

static int hex(lua_State *L, enum digest_kind kind) {
    size_t length;
    const char *bytes = luaL_checklstring(L, 1, &length);
    char out[DIGEST_HEX_MAX];
    struct err err;
    int rc = digest_hex(out, kind, bytes, length, &err);
    if (rc == ERR_MEMORY) /* nobody asks whether there is a digest */
        return bind_no_memory(L);
    if (rc < 0)
        return bind_fail(L, &err);
    lua_pushstring(L, out);
    return 1;
}

/* digest.sha256(bytes) -> 64 hex digits | nil, message, kind; raises when there is no memory */
static int digest_bind_sha256(lua_State *L) {
    return hex(L, DIGEST_SHA256);
}

/* digest.sha1(bytes) -> 40 hex digits | nil, message, kind */
static int digest_bind_sha1(lua_State *L) {
    return hex(L, DIGEST_SHA1);
}

static const luaL_Reg functions[] = {
    {"sha1", digest_bind_sha1},
    {"sha256", digest_bind_sha256},
    {NULL, NULL},
};

int bind_digest_open(lua_State *L) {
    luaL_newlib(L, functions);
    return 1;
}
