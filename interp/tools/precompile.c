/*
 * precompile FILE.lua: prints the file's bytecode, with all that error messages need, as host.c loads
 * it from the binary. It runs during the build only.
 */
#include <stdio.h>

#include <lauxlib.h>
#include <lua.h>

static int print_piece(lua_State *L, const void *bytes, size_t length, void *stream) {
    (void)L;
    return fwrite(bytes, 1, length, stream) != length;
}

int main(int argc, char **argv) {
    lua_State *L = luaL_newstate();

    if (argc != 2 || L == NULL)
        return 2;
    if (luaL_loadfilex(L, argv[1], "t") != LUA_OK) {
        fprintf(stderr, "%s\n", lua_tostring(L, -1));
        return 1;
    }
    if (lua_dump(L, print_piece, stdout, 0) != 0 || fflush(stdout) != 0) {
        perror(argv[1]);
        return 1;
    }
    lua_close(L);
    return 0;
}
