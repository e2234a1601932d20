#include "host.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include "bind/bind.h"
#include "embed.h"
#include "prim/heap.h"
#include "prim/proc.h"
#include "prim/repo.h"

/* Is the Lua that is loaded now, release for release, the one that compiled the standard library? Bytecode of
 * another may pass Lua's own check and do anything; then the text is loaded. */
static int bytecode_fits(void) {
    static int fits = -1;
    if (fits < 0) {
        const char *ident = dlsym(RTLD_DEFAULT, "lua_ident");
        fits = ident != NULL && strstr(ident, LUA_COPYRIGHT) != NULL;
    }
    return fits;
}

/* require "a.b" finds stdlib/a/b.lua inside the binary. */
static int search_embedded(lua_State *L) {
    const char *module = luaL_checkstring(L, 1);
    const char *path = luaL_gsub(L, module, ".", "/");
    const struct embed_file *file = embed_find(lua_pushfstring(L, "stdlib/%s.lua", path));
    const struct embed_file *loaded = file;

    if (file == NULL) {
        lua_pushfstring(L, "no stdlib/%s.lua in the binary", path);
        return 1;
    }
    if (bytecode_fits())
        loaded = embed_find(lua_pushfstring(L, "stdlib/%s.luac", path));
    if (luaL_loadbufferx(L, loaded->bytes, loaded->length, lua_pushfstring(L, "@%s", file->name),
                         loaded == file ? "t" : "b") != LUA_OK)
        return lua_error(L);
    lua_pushstring(L, file->name);
    return 2;
}

/* embedded(name) -> text | nil: a file of the binary, such as "specs/branch-flow.lua" */
static int embedded(lua_State *L) {
    const struct embed_file *file = embed_find(luaL_checkstring(L, 1));
    if (file == NULL)
        lua_pushnil(L);
    else
        lua_pushlstring(L, file->bytes, file->length);
    return 1;
}

/* names() -> {name, ...}: every file of the binary, sorted */
static int embedded_names(lua_State *L) {
    const struct embed_file *file;
    lua_Integer n = 0;
    lua_newtable(L);
    for (file = embed_files; file->name; file++) {
        lua_pushstring(L, file->name);
        lua_rawseti(L, -2, ++n);
    }
    return 1;
}

/* version() -> relrun's own version, "1.2.3" */
static int embedded_version(lua_State *L) {
    lua_pushliteral(L, RELRUN_VERSION);
    return 1;
}

static int open_embedded(lua_State *L) {
    static const luaL_Reg functions[] = {{"names", embedded_names},
                                         {"read", embedded},
                                         {"version", embedded_version},
                                         {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}

/* exit(status): leaves the state in order, through the error of this identity. */
static const char exit_key = 0;

static int exit_status(lua_State *L) {
    lua_Integer status = lua_isboolean(L, 1) ? !lua_toboolean(L, 1) : luaL_optinteger(L, 1, 0);
    lua_pushinteger(L, status);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &exit_key);
    lua_pushlightuserdata(L, (void *)&exit_key);
    return lua_error(L);
}

static void open_libraries(lua_State *L, int scripts) {
    static const luaL_Reg libraries[] = {{"_G", luaopen_base},
                                         {"package", luaopen_package},
                                         {"coroutine", luaopen_coroutine},
                                         {"table", luaopen_table},
                                         {"string", luaopen_string},
                                         {"math", luaopen_math},
                                         {"utf8", luaopen_utf8},
                                         {"debug", luaopen_debug},
                                         {NULL, NULL}};
    const luaL_Reg *library;

    for (library = libraries; library->name; library++) {
        luaL_requiref(L, library->name, library->func, 1);
        lua_pop(L, 1);
    }
    lua_getglobal(L, "package");
    lua_createtable(L, 3, 0);
    lua_getfield(L, -2, "searchers");
    lua_rawgeti(L, -1, 1); /* preload: the primitives */
    lua_rawseti(L, -3, 1);
    lua_pushcfunction(L, search_embedded);
    lua_rawseti(L, -3, 2);
    if (scripts) {
        lua_rawgeti(L, -1, 2); /* Lua files on package.path: tests and contributors' scripts only */
        lua_rawseti(L, -3, 3);
    }
    lua_pop(L, 1);
    lua_setfield(L, -2, "searchers");
    lua_pushnil(L);
    lua_setfield(L, -2, "loadlib");
    lua_pushliteral(L, "");
    lua_setfield(L, -2, "cpath");
    lua_pushliteral(L, "");
    lua_setfield(L, -2, "path");
    lua_pop(L, 1);
    if (!scripts) {
        lua_pushnil(L);
        lua_setglobal(L, "dofile");
        lua_pushnil(L);
        lua_setglobal(L, "loadfile");
    }
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, exit_status);
    lua_setfield(L, -2, "exit");
    lua_setglobal(L, "os");
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    lua_pushcfunction(L, open_embedded);
    lua_setfield(L, -2, "host.embedded");
    lua_pop(L, 1);
    bind_open_all(L);
}

static int traceback(lua_State *L) {
    if (lua_touserdata(L, 1) == (void *)&exit_key)
        return 1;
    /* Where memory is short, the line that asked for it tells nothing. */
    if (lua_type(L, 1) == LUA_TSTRING && strcmp(lua_tostring(L, 1), "not enough memory") == 0)
        return 1;
    luaL_traceback(L, L, luaL_tolstring(L, 1, NULL), 1);
    return 1;
}

struct start {
    const char *script; /* NULL: stdlib/main.lua */
    int argc;
    char **argv;
    int status;
};

/* package.path = "DIRECTORY-OF-SCRIPT/?.lua" */
static void set_script_path(lua_State *L, const char *script) {
    const char *slash = strrchr(script, '/');
    lua_getglobal(L, "package");
    if (slash)
        lua_pushlstring(L, script, (size_t)(slash - script + 1));
    else
        lua_pushliteral(L, "./");
    lua_pushliteral(L, "?.lua");
    lua_concat(L, 2);
    lua_setfield(L, -2, "path");
    lua_pop(L, 1);
}

#define BALLAST ((size_t)16 << 20)
static const char ballast_key = 0;

void host_open(lua_State *L, const char *script) {
    /* A command lives for moments: what it throws away is not worth collecting until there is much of it. The
     * collector starts when the heap has doubled, so a block that is never touched, and so takes no memory, makes a
     * small heap large in its eyes; a large heap, a whole log, is hardly larger for it. */
    lua_gc(L, LUA_GCINC, 200, 200, 0);
    (void)lua_newuserdatauv(L, BALLAST, 0);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &ballast_key);
    open_libraries(L, script != NULL);
    if (script)
        set_script_path(L, script);
}

/*
 * Closing a state runs the finalizers, newest first, and then frees block by block what goes with the process
 * anyway. The finalizer of the oldest object, which is made before all others, leaves between the two.
 */
static jmp_buf finalized;

static int leave_close(lua_State *L) {
    (void)L;
    longjmp(finalized, 1);
}

static void mark_oldest(lua_State *L) {
    (void)lua_newuserdatauv(L, 0, 0);
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, leave_close);
    lua_setfield(L, -2, "__gc");
    lua_setmetatable(L, -2);
    lua_rawsetp(L, LUA_REGISTRYINDEX, finalized);
}

static void close_state(lua_State *L, struct heap *heap) {
    heap_end(heap);
    if (setjmp(finalized) == 0)
        lua_close(L);
}

/* Everything that can raise runs in here, below one protected call. */
static int start_protected(lua_State *L) {
    struct start *start = lua_touserdata(L, 1);
    int i;

    if (!HEAP_IS_CHECKED)
        mark_oldest(L);
    host_open(L, start->script);
    lua_createtable(L, start->argc, 1);
    for (i = 0; i < start->argc; i++) {
        lua_pushstring(L, start->argv[i]);
        lua_rawseti(L, -2, i + 1);
    }
    if (start->script) {
        lua_pushstring(L, start->script);
        lua_rawseti(L, -2, 0);
        lua_setglobal(L, "arg");
        if (luaL_loadfilex(L, start->script, "t") != LUA_OK) { /* its text says where; a traceback would say nothing */
            fprintf(stderr, "relrun: %s\n", lua_tostring(L, -1));
            start->status = 1;
            return 0;
        }
        lua_call(L, 0, 0);
        return 0;
    }
    lua_getglobal(L, "require");
    lua_pushliteral(L, "main");
    lua_call(L, 1, 1);
    lua_pushvalue(L, -2); /* main(arguments) -> exit status */
    lua_call(L, 1, 1);
    start->status = (int)luaL_checkinteger(L, -1);
    return 0;
}

/* An error outside of every protected call: there is nobody to tell but the user. */
static int panic(lua_State *L) {
    const char *text = lua_tostring(L, -1);
    fprintf(stderr, "relrun: %s\n", text ? text : "an error without a text");
    return 0;
}

static int run(struct start *start) {
    struct heap heap = {0};
    lua_State *L = lua_newstate(heap_resize, &heap);
    int status;

    if (L == NULL) {
        fputs("relrun: no memory to start\n", stderr);
        return 1;
    }
    lua_atpanic(L, panic);
    signal(SIGPIPE, SIG_IGN);
    proc_handle_interrupts();
    lua_pushcfunction(L, traceback);
    lua_pushcfunction(L, start_protected);
    lua_pushlightuserdata(L, start);
    status = lua_pcall(L, 1, 0, 1);
    if (status != LUA_OK && lua_touserdata(L, -1) == (void *)&exit_key) {
        lua_rawgetp(L, LUA_REGISTRYINDEX, &exit_key);
        start->status = (int)lua_tointeger(L, -1);
    } else if (status != LUA_OK) {
        const char *text = lua_tostring(L, -1);
        fprintf(stderr, "relrun: %s\n", text ? text : "an error without a text");
        start->status = 1;
    }
    repo_settle();
    close_state(L, &heap);
    return start->status;
}

int host_run(int argc, char **argv) {
    struct start start = {NULL, argc, argv, 0};
    return run(&start);
}

int host_run_script(const char *path, int argc, char **argv) {
    struct start start = {path, argc, argv, 0};
    return run(&start);
}
