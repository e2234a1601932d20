/*
 * The environment, without its secrets: a name that looks like a credential is
 * never handed to Lua, so no later code can print, log or plan it.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "bind.h"

static int is_secret(const char *name) {
    static const char *const marks[] = {"TOKEN", "SECRET",     "PASSWORD",      "PASSWD", "PASSPHRASE",
                                        "CREDENTIAL", "AUTHORIZATION", "APIKEY", "API_KEY",
                                        "PRIVATE_KEY", "EXTRAHEADER", "GIT_CONFIG_VALUE", NULL};
    const char *at;
    char upper[256];
    size_t i, n = strlen(name);

    if (n >= sizeof upper)
        return 1; /* too long to judge is too long to hand out */
    for (i = 0; i <= n; i++)
        upper[i] = (char)toupper((unsigned char)name[i]);
    for (i = 0; marks[i]; i++)
        if (strstr(upper, marks[i]))
            return 1;
    /* A personal access token is a PAT as a word of its own: GITHUB_EVENT_PATH is none. */
    for (at = strstr(upper, "PAT"); at != NULL; at = strstr(at + 1, "PAT"))
        if ((at == upper || at[-1] == '_') && !isalpha((unsigned char)at[3]))
            return 1;
    return 0;
}

/* env.get(name) -> value | nil; raises for a name that looks like a credential */
static int env_bind_get(lua_State *L) {
    const char *name = bind_check_path(L, 1);
    const char *value;
    luaL_argcheck(L, !is_secret(name), 1, "names a secret, which never reaches Lua");
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
