/*
 * What a spec sees of Lua's own library: the parts without side effects, clock,
 * addresses or unbounded loops in C. It knows Lua, not the words of a spec.
 */
#ifndef RELRUN_LIBRARY_H
#define RELRUN_LIBRARY_H

#include <lua.h>

/*
 * Pushes the table of globals: assert, error, ipairs, pairs, pcall, select, tonumber, tostring,
 * type, and the read-only string, table, math and utf8. Strings of the state get the methods of
 * that string table.
 */
void library_push(lua_State *L);

#endif
