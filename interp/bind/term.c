#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "bind.h"

static const char *const streams[] = {"out", "err", NULL};
static const int descriptors[] = {STDOUT_FILENO, STDERR_FILENO};

/* term.write("out"|"err", bytes) -> true | nil, message: unbuffered, so that streams keep their order */
static int term_bind_write(lua_State *L) {
    int fd = descriptors[luaL_checkoption(L, 1, NULL, streams)];
    size_t length;
    const char *bytes = luaL_checklstring(L, 2, &length);

    while (length > 0) {
        ssize_t n = write(fd, bytes, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            lua_pushnil(L);
            lua_pushstring(L, strerror(n < 0 ? errno : EIO));
            return 2;
        }
        bytes += n;
        length -= (size_t)n;
    }
    lua_pushboolean(L, 1);
    return 1;
}

/* term.is_terminal("out"|"err") -> boolean */
static int term_bind_is_terminal(lua_State *L) {
    lua_pushboolean(L, isatty(descriptors[luaL_checkoption(L, 1, NULL, streams)]));
    return 1;
}

/* term.columns("out"|"err") -> integer | nil when unknown */
static int term_bind_columns(lua_State *L) {
    struct winsize size;
    int fd = descriptors[luaL_checkoption(L, 1, NULL, streams)];
    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        lua_pushinteger(L, size.ws_col);
    else
        lua_pushnil(L);
    return 1;
}

static const luaL_Reg functions[] = {
    {"columns", term_bind_columns},
    {"is_terminal", term_bind_is_terminal},
    {"write", term_bind_write},
    {NULL, NULL},
};

int bind_term_open(lua_State *L) {
    luaL_newlib(L, functions);
    return 1;
}
