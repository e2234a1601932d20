/*
 * The environment, without its secrets: a name that looks like a credential is
 * never handed to Lua, so no later code can print, log or plan it. And who runs
 * this, and where, which the system is asked when the environment does not say.
 */
#include "../prim/secret.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <unistd.h>

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

#define ENTRY_START 1024    /* bytes of an entry of the system's list of users: most have fewer */
#define ENTRY_MAX (1 << 20) /* what is longer is taken for none */

/* Pushes the value of the first of ${names} (NULL-terminated) that is set and not empty; says whether there is one. */
static int push_first(lua_State *L, const char *const *names) {
    for (; *names; names++) {
        const char *value = getenv(*names);
        if (value != NULL && *value != '\0') {
            lua_pushstring(L, value);
            return 1;
        }
    }
    return 0;
}

/*
 * env.user() -> name | nil: the user of this process: $USER, $LOGNAME, or the system's name for the effective user;
 * nil when none of them says (a container that was started with a bare number)
 */
static int env_bind_user(lua_State *L) {
    static const char *const names[] = {"USER", "LOGNAME", NULL};
    struct passwd entry, *found;
    size_t size;
    int refused = ERANGE;

    if (push_first(L, names))
        return 1;
    /* Lua frees the entry's bytes, whatever is raised meanwhile. */
    for (size = ENTRY_START; refused == ERANGE && size <= ENTRY_MAX; size *= 2) {
        char *bytes = lua_newuserdatauv(L, size, 0);
        do {
            found = NULL;
            refused = getpwuid_r(geteuid(), &entry, bytes, size, &found);
        } while (refused == EINTR);
        if (refused == 0 && found != NULL && *entry.pw_name != '\0') {
            lua_pushstring(L, entry.pw_name);
            return 1;
        }
        lua_pop(L, 1);
    }
    lua_pushnil(L);
    return 1;
}

/* env.host() -> name | nil: this machine: $HOSTNAME, which not every shell exports, or the system's name for it */
static int env_bind_host(lua_State *L) {
    static const char *const names[] = {"HOSTNAME", NULL};
    struct utsname system;

    if (push_first(L, names))
        return 1;
    if (uname(&system) == 0 && *system.nodename != '\0')
        lua_pushstring(L, system.nodename);
    else
        lua_pushnil(L);
    return 1;
}

static const luaL_Reg functions[] = {
    {"get", env_bind_get},
    {"has", env_bind_has},
    {"host", env_bind_host},
    {"user", env_bind_user},
    {NULL, NULL},
};

int bind_env_open(lua_State *L) {
    luaL_newlib(L, functions);
    return 1;
}
