#include "budget.h"

#include <stdio.h>

#include <lauxlib.h>

#include "../prim/mem.h"

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

static void spend(lua_State *L, struct budget *budget) {
    if (!budget->spent) {
        luaL_where(L, 0);
        if (lua_tostring(L, -1)[0] == '\0') {
            lua_pop(L, 1);
            luaL_where(L, 1);
        }
        snprintf(budget->text, sizeof budget->text, "%.100smore than %lld steps", lua_tostring(L, -1),
                 (long long)budget->steps_max);
        lua_pop(L, 1);
        budget->spent = 1;
    }
}

static void count(lua_State *L, lua_Debug *ar) {
    struct budget *budget = budget_of(L);
    (void)ar;
    budget->steps -= STRIDE;
    if (budget->steps > 0 && !budget->spent)
        return;
    spend(L, budget);
    /* From now on every single instruction raises again, whoever caught this one. */
    lua_sethook(L, count, LUA_MASKCOUNT, 1);
    luaL_error(L, "%s", budget->text);
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
    if (steps < budget->steps && !budget->spent) {
        budget->steps -= steps > 0 ? steps : 0;
        return;
    }
    spend(L, budget);
    lua_sethook(L, count, LUA_MASKCOUNT, 1);
    luaL_error(L, "%s", budget->text);
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
    if (status == LUA_ERRMEM && !budget->spent) {
        luaL_where(L, 1);
        snprintf(budget->text, sizeof budget->text, "%.100smore than %zu MiB of memory",
                 lua_tostring(L, -1), budget->memory >> 20);
        budget->spent = 1;
        lua_pop(L, 1);
    }
    if (budget->spent)
        return lua_error(L);
    lua_pushboolean(L, 0);
    lua_insert(L, -2);
    return 2;
}
