#include "../prim/random.h"

#include "../prim/err.h"
#include "bind.h"

/* random.hex(count) -> 2 * count hex digits of random bytes | nil, message, kind */
static int random_bind_hex(lua_State *L) {
    lua_Integer count = luaL_checkinteger(L, 1);
    char out[2 * RANDOM_BYTES_MAX + 1];
    struct err err;

    luaL_argcheck(L, count >= 1 && count <= RANDOM_BYTES_MAX, 1, "no count from 1 to 64");
    if (random_hex(out, (size_t)count, &err) < 0)
        return bind_fail(L, &err);
    lua_pushstring(L, out);
    return 1;
}

static const luaL_Reg functions[] = {
    {"hex", random_bind_hex},
    {NULL, NULL},
};

int bind_random_open(lua_State *L) {
    luaL_newlib(L, functions);
    return 1;
}
