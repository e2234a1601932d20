/*
 * The reader of what the spec's process sends. Whatever the bytes are, it answers a value or an
 * error; and a value that it accepts is written again as the very same bytes.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>

#include "../../interp/prim/buf.h"
#include "../../interp/prim/err.h"
#include "../../interp/sandbox/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

enum { WORDS = 1, CALLBACKS };

static int round_trip(lua_State *L) {
    struct value_reader *reader = lua_touserdata(L, 1);
    struct value_writer writer = {lua_touserdata(L, 2), "release.lua", 1, CALLBACKS, 0};
    struct err err;

    lua_settop(L, 0);
    lua_newtable(L);
    lua_pushboolean(L, 1);
    lua_setfield(L, WORDS, "lane");
    lua_newtable(L);
    while (!value_at_end(reader)) {
        if (value_read(reader, L, &err) < 0)
            return 0;
        if (value_write(&writer, L, -1, &err) < 0)
            abort();
        lua_settop(L, CALLBACKS);
    }
    if (writer.out->length != reader->length ||
        memcmp(buf_text(writer.out), reader->bytes, reader->length) != 0)
        abort();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    struct value_reader reader = {bytes, length, 0, WORDS, 1, 0};
    struct buf out = BUF_INIT;
    lua_State *L = luaL_newstate();

    if (L == NULL)
        return 0;
    value_open(L);
    lua_pushcfunction(L, round_trip);
    lua_pushlightuserdata(L, &reader);
    lua_pushlightuserdata(L, &out);
    if (lua_pcall(L, 2, 0, 0) != LUA_OK)
        abort();
    lua_close(L);
    buf_release(&out);
    return 0;
}
