#include "lua_target.h"

#include <stdio.h>
#include <stdlib.h>

#include <lauxlib.h>
#include <lua.h>

#include "../../interp/host.h"

/* libFuzzer has this symbol, and reads the counters of that section as it reads its own (FuzzerExtraCounters). */
__attribute__((weak)) void __libfuzzer_is_present(void);
#define COUNTERS (1u << 15)
__attribute__((section("__libfuzzer_extra_counters"), used)) static uint8_t counters[COUNTERS];

/* FNV-1a: the same line has the same counter in every process, so corpora can be merged. */
static uint32_t hash_text(const char *text) {
    uint32_t hash = 2166136261u;
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 16777619u;
    return hash;
}

/* One counter for each way from a line to the next, as sanitizer coverage has one for each edge. */
static void count_line(lua_State *L, lua_Debug *now) {
    static const char *source;
    static uint32_t source_hash, last;
    uint32_t at;

    if (!lua_getinfo(L, "S", now))
        return;
    if (source != now->source) {
        source = now->source;
        source_hash = hash_text(source);
    }
    at = source_hash ^ ((uint32_t)now->currentline * 2654435761u);
    counters[(at ^ (last >> 1)) % COUNTERS]++;
    last = at;
}

static int traceback(lua_State *L) {
    luaL_traceback(L, L, luaL_tolstring(L, 1, NULL), 1);
    return 1;
}

/* (name) -> function */
static int load_target(lua_State *L) {
    const char *path = lua_pushfstring(L, "tests/fuzz/%s.lua", luaL_checkstring(L, 1));

    host_open(L, path);
    lua_getglobal(L, "package");
    lua_getfield(L, -1, "path");
    lua_pushliteral(L, ";tests/lib/?.lua");
    lua_concat(L, 2);
    lua_setfield(L, -2, "path");
    if (luaL_loadfilex(L, path, "t") != LUA_OK)
        return lua_error(L);
    lua_call(L, 0, 1);
    luaL_checktype(L, -1, LUA_TFUNCTION);
    return 1;
}

/* Calls what stands below the top ${count} values; the traceback handler stands at 1. */
static void call_or_abort(lua_State *L, int count, int results) {
    if (lua_pcall(L, count, results, 1) == LUA_OK)
        return;
    fprintf(stderr, "%s\n", lua_tostring(L, -1));
    abort();
}

void lua_target_run(const char *name, const uint8_t *bytes, size_t length) {
    static lua_State *L; /* the traceback handler at 1, the target at 2 */

    if (L == NULL) {
        L = luaL_newstate();
        if (L == NULL)
            abort();
        lua_pushcfunction(L, traceback);
        lua_pushcfunction(L, load_target);
        lua_pushstring(L, name);
        call_or_abort(L, 1, 1);
        if (__libfuzzer_is_present)
            lua_sethook(L, count_line, LUA_MASKLINE, 0);
    }
    lua_pushvalue(L, 2);
    lua_pushlstring(L, (const char *)bytes, length);
    call_or_abort(L, 1, 0);
}
