#include <errno.h>
#include <time.h>

#include "bind.h"

#define SLEEP_MS_MAX 86400000

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

/* clock.sleep(ms) -> true | nil, message, "interrupted": between two looks at something that takes its time.
 * INT, TERM and HUP end the process, as proc_handle_interrupts has it; any other handled signal ends the sleep. */
static int clock_bind_sleep(lua_State *L) {
    lua_Integer ms = luaL_checkinteger(L, 1);
    struct timespec left;

    luaL_argcheck(L, ms >= 0 && ms <= SLEEP_MS_MAX, 1, "no time between 0 and one day");
    left.tv_sec = (time_t)(ms / 1000);
    left.tv_nsec = (long)(ms % 1000) * 1000000;
    if (nanosleep(&left, NULL) < 0 && errno == EINTR) {
        lua_pushnil(L);
        lua_pushliteral(L, "a signal ended the wait");
        lua_pushliteral(L, "interrupted");
        return 3;
    }
    lua_pushboolean(L, 1);
    return 1;
}

static const luaL_Reg functions[] = {
    {"monotonic_ms", clock_bind_monotonic_ms},
    {"now", clock_bind_now},
    {"sleep", clock_bind_sleep},
    {NULL, NULL},
};

int bind_clock_open(lua_State *L) {
    luaL_newlib(L, functions);
    return 1;
}
