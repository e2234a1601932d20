/*
 * What one evaluation may use of instructions and memory, with messages that a
 * person understands. It knows Lua states, not specs. A spent budget is sticky:
 * pcall (budget_pcall stands in its place) cannot swallow it. The process limits
 * stand behind it, because loops inside C functions meet no hook.
 */
#ifndef RELRUN_BUDGET_H
#define RELRUN_BUDGET_H

#include <stddef.h>

#include <lua.h>

struct budget {
    size_t memory; /* bytes that may be in use */
    size_t used;
    lua_Integer steps; /* instructions that are left */
    lua_Integer steps_max;
    int spent;       /* 1: no way back */
    char text[256];  /* then: what was spent, and where */
};

/* The allocator of a state whose budget is ${ud}. */
void *budget_allocate(void *ud, void *block, size_t old_size, size_t new_size);

/* Starts counting: ${steps} instructions from now. The state must use budget_allocate. */
void budget_begin(struct budget *budget, lua_State *L, lua_Integer steps);

/* Stops counting. */
void budget_end(lua_State *L);

/* Charges ${steps} for work that meets no hook; raises when the budget is spent by it. */
void budget_charge(lua_State *L, lua_Integer steps);

/* pcall(f, ...) as in Lua, except that a spent budget stays an error. */
int budget_pcall(lua_State *L);

#endif
