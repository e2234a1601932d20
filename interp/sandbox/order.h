/*
 * One order for everything: a stable sort and a pairs that walks keys sorted, so
 * that no answer depends on addresses, hash seeds or the clock. It knows Lua tables.
 */
#ifndef RELRUN_ORDER_H
#define RELRUN_ORDER_H

#include <lua.h>

/* pairs(t): booleans, then numbers, then strings by their bytes; raises on other keys. Keys that
 * were removed meanwhile are left out. */
int order_pairs(lua_State *L);

/* sort(list [, less]): a stable merge sort; the list changes only when all went well. */
int order_sort(lua_State *L);

#endif
