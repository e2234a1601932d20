#include <time.h>

#include "bind.h"

/* clock.now() -> seconds since 1970-01-01T00:00:00Z */
static int clock_bind_now(lua_State *L) {
    lua_pushinteger(L, (lua_Integer)time(NULL));
    return 1;
}

/* clock.monotonic_ms() -> milliseconds since some start; for deadlines and progress only */
static int clock_bind_monotonic_ms(lua_State *L) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    lua_pushinteger(L, (lua_Integer)t.tv_sec * 1000 + t.tv_nsec / 1000000);
    return 1;
}

static const luaL_Reg functions[] = {
    {"monotonic_ms", clock_bind_monotonic_ms},
    {"now", clock_bind_now},
    {NULL, NULL},
};

int bind_clock_open(lua_State *L) {
    luaL_newlib(L, functions);
    return 1;
}
