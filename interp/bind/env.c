/*
 * The environment, without its secrets: a name that looks like a credential is
 * never handed to Lua, so no later code can print, log or plan it.
 */
#include "../prim/secret.h"

#include <stdlib.h>

#include "bind.h"

/* env.get(name) -> value | nil; raises for a name that looks like a credential */
static int env_bind_get(lua_State *L) {
    const char *name = bind_check_path(L, 1);
    const char *value;
    luaL_argcheck(L, !secret_is_name(name), 1, "names a secret, which never reaches Lua");
    value = getenv(name);
    if (value == NULL)
        lua_pushnil(L);
    else
        lua_pushstring(L, value);
    return 1;
}

/* env.has(name) -> boolean: is it set and not empty; allowed for every name */
static int env_bind_has(lua_State *L) {
    const char *value = getenv(bind_check_path(L, 1));
    lua_pushboolean(L, value != NULL && *value != '\0');
    return 1;
}

static const luaL_Reg functions[] = {
    {"get", env_bind_get},
    {"has", env_bind_has},
    {NULL, NULL},
};

int bind_env_open(lua_State *L) {
    luaL_newlib(L, functions);
    return 1;
}
