/*
 * Where a spec stands: FILE:LINE for messages, past our own functions. It knows
 * Lua's call stack and the form of its messages.
 */
#ifndef RELRUN_POSITION_H
#define RELRUN_POSITION_H

#include <lua.h>

/* The chunk name, behind its '=', of functions that are not the spec's. */
#define POSITION_PRELUDE "prelude"

/* Finds the nearest function of a spec and fills source, short_src and currentline. 0: there is
 * none. */
int position_find(lua_State *L, lua_Debug *ar);

/* The message after its "FILE:LINE: ", or NULL when it begins with none. */
const char *position_skip(const char *message);

#endif
