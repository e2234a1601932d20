/*
 * Any bytes: the gate refuses them with a place, or they decode, and then
 * encoding and decoding again gives the same bytes, plain and pretty.
 */
#include <stdint.h>
#include <stdlib.h>

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include "../../interp/bind/bind.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static const char property[] =
    "local json, bytes = ...\n"
    "local function again(text)\n"
    "  local value, message = json.decode(text)\n"
    "  assert(message == nil, message)\n"
    "  return json.encode(value)\n"
    "end\n"
    "local value, message, kind = json.decode(bytes, { max = 1 << 20 })\n"
    "local loose, refused = json.decode(bytes, { max = 1 << 20, floats = true })\n"
    "assert(message or not refused, refused)\n"
    "if message then\n"
    "  assert(value == nil and (kind == 'format' or kind == 'limit'), kind)\n"
    "  assert(message:find('^line %d+, column %d+: %g') or message:find('^%d+ bytes'), message)\n"
    "  return\n"
    "end\n"
    "local text = json.encode(value)\n"
    "assert(again(text) == text, text)\n"
    "assert(again(json.pretty(value)) == text, text)\n";

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    static lua_State *L;

    if (L == NULL) {
        L = luaL_newstate();
        if (L == NULL)
            abort();
        luaL_openlibs(L);
        luaL_requiref(L, "json", bind_json_open, 0);
        if (luaL_loadstring(L, property) != LUA_OK)
            abort();
    }
    /* The state keeps json at 1 and the property at 2. */
    lua_pushvalue(L, 2);
    lua_pushvalue(L, 1);
    lua_pushlstring(L, (const char *)bytes, length);
    if (lua_pcall(L, 2, 0, 0) != LUA_OK) {
        lua_writestringerror("%s\n", lua_tostring(L, -1));
        abort();
    }
    return 0;
}
