#include "budget.h"

#include <stdio.h>

#include <lauxlib.h>

#include "../prim/mem.h"
#include "position.h"

#include "../prim/banned.h"

#define STRIDE 1000 /* instructions between two looks at the budget */

/* The state's own allocator argument is the way from a state to its budget. */
static struct budget *budget_of(lua_State *L) {
    void *budget;
    (void)lua_getallocf(L, &budget);
    return budget;
}

void *budget_allocate(void *ud, void *block, size_t old_size, size_t new_size) {
    struct budget *budget = ud;
    void *moved;

    if (block == NULL)
        old_size = 0; /* for a new block Lua passes its type there */
    if (new_size == 0) {
        mem_free(block);
        budget->used -= old_size;
        return NULL;
    }
    if (new_size > old_size && budget->used + (new_size - old_size) > budget->memory)
        return NULL;
    moved = mem_resize(block, new_size, 1);
    if (moved)
        budget->used += new_size - old_size;
    return moved;
}

/* Notes where the spec stands when the budget is gone. */
static void spend(lua_State *L, struct budget *budget, const char *what) {
    lua_Debug ar;
    if (budget->spent)
        return;
    budget->spent = 1;
    if (position_find(L, &ar))
        snprintf(budget->text, sizeof budget->text, "%s:%d: more than %s", ar.short_src,
                 ar.currentline, what);
    else
        snprintf(budget->text, sizeof budget->text, "more than %s", what);
}

static void count(lua_State *L, lua_Debug *ar);

static void raise_spent(lua_State *L, struct budget *budget) {
    char steps[40];
    snprintf(steps, sizeof steps, "%lld steps", (long long)budget->steps_max);
    spend(L, budget, steps);
    /* From now on every single instruction raises again, whoever caught this one. */
    lua_sethook(L, count, LUA_MASKCOUNT, 1);
    luaL_error(L, "%s", budget->text);
}

static void count(lua_State *L, lua_Debug *ar) {
    struct budget *budget = budget_of(L);
    (void)ar;
    budget->steps -= STRIDE;
    if (budget->steps <= 0 || budget->spent)
        raise_spent(L, budget);
}

void budget_begin(struct budget *budget, lua_State *L, lua_Integer steps) {
    budget->steps = budget->steps_max = steps;
    budget->spent = 0;
    lua_sethook(L, count, LUA_MASKCOUNT, STRIDE);
}

void budget_end(lua_State *L) {
    lua_sethook(L, NULL, 0, 0);
}

void budget_charge(lua_State *L, lua_Integer steps) {
    struct budget *budget = budget_of(L);
    if (steps >= budget->steps || budget->spent)
        raise_spent(L, budget);
    if (steps > 0)
        budget->steps -= steps;
}

int budget_pcall(lua_State *L) {
    struct budget *budget = budget_of(L);
    int status;

    luaL_checkany(L, 1);
    lua_pushboolean(L, 1);
    lua_insert(L, 1);
    status = lua_pcall(L, lua_gettop(L) - 2, LUA_MULTRET, 0);
    if (status == LUA_OK)
        return lua_gettop(L);
    if (status == LUA_ERRMEM) {
        char memory[40];
        snprintf(memory, sizeof memory, "%zu MiB of memory", budget->memory >> 20);
        spend(L, budget, memory);
    }
    if (budget->spent)
        return lua_error(L);
    lua_pushboolean(L, 0);
    lua_insert(L, -2);
    return 2;
}
