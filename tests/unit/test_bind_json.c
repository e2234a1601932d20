/*
 * The seam: a Lua error is a longjmp, so what the binding holds at any moment
 * must be Lua's to free. Here every allocation fails once, Lua's and ours.
 */
#include <stdio.h>
#include <string.h>

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include "../../interp/bind/bind.h"
#include "faults.h"
#include "unit.h"

static size_t largest; /* block that is given; 0: any */

/* Lua's memory through the wrapped calls, so that one count runs over all. */
static void *allocate(void *unused, void *block, size_t was, size_t size) {
    (void)unused;
    (void)was;
    if (largest && size > largest)
        return NULL;
    if (size == 0) {
        free(block);
        return NULL;
    }
    return realloc(block, size);
}

static const char text[] =
    "{\"a\":[1,{\"b\":\"c\\u00e9\"},null],\"d\":{\"e\":{}},\"f\":\"gggggggggggggggggggggggggggg\"}";

static lua_State *new_state(void) {
    lua_State *L = lua_newstate(allocate, NULL);
    if (L == NULL)
        abort();
    luaL_requiref(L, "json", bind_json_open, 1);
    lua_pushstring(L, text);
    lua_setglobal(L, "text");
    return L;
}

static const char *const scripts[] = {
    "return json.encode(assert(json.decode(text)))",
    "return json.pretty(assert(json.decode(text)))",
    "local value, message = json.decode('{\"a\":[1.5]}'); return message",
    "json.encode { ops = { { path = '\\xFF' } } }",
    "json.encode { ['odd\\n'] = { 1, 2, 0.5 } }",
};

/* Runs a script in a new state while allocation ${n} fails; what it returned or raised goes to
 * ${said}. Gives the number of allocations, and of blocks that the closed state left behind. */
static unsigned run(const char *script, unsigned n, int persistent, char said[1024], long *left) {
    long before = faults_live_blocks();
    lua_State *L = new_state();
    const char *result;
    unsigned calls;

    if (luaL_loadstring(L, script) != LUA_OK)
        abort();
    faults_arm(FAULT_ALLOCATION, n, persistent);
    (void)lua_pcall(L, 0, 1, 0);
    calls = faults_calls(FAULT_ALLOCATION);
    faults_arm(FAULT_ALLOCATION, 0, 0);
    result = lua_tostring(L, -1);
    snprintf(said, 1024, "%s", result ? result : "nothing");
    lua_close(L);
    *left = faults_live_blocks() - before;
    return calls;
}

START_TEST(P13_every_refused_allocation_is_a_lua_error_or_recovered_and_leaks_nothing) {
    char wanted[1024], said[1024];
    unsigned n, persistent, refused = 0;
    long left;
    unsigned calls = run(scripts[_i], 0, 0, wanted, &left);

    ck_assert_int_eq(left, 0);
    ck_assert_uint_gt(calls, 5);
    for (persistent = 0; persistent < 2; persistent++)
        for (n = 1; n <= calls; n++) {
            run(scripts[_i], n, (int)persistent, said, &left);
            ck_assert_int_eq(left, 0);
            if (strcmp(said, wanted) == 0) /* Lua collects its garbage and asks again */
                continue;
            refused++;
            /* what encode raises is Lua's own word; what decode returns says more */
            ck_assert_msg(strcmp(said, "not enough memory") == 0 ||
                              (strstr(scripts[_i], "decode") && strstr(said, "memory for")),
                          "%u of %u: %s", n, calls, said);
        }
    ck_assert_uint_gt(refused, 3);
}
END_TEST

START_TEST(P13_a_stack_that_cannot_grow_is_a_want_of_memory) {
    lua_State *L = new_state();
    ck_assert_int_eq(luaL_loadstring(L, "return json.encode {}"), LUA_OK);
    largest = 2048;
    (void)lua_pcall(L, 0, 1, 0);
    largest = 0;
    ck_assert_str_eq(lua_tostring(L, -1), "not enough memory");
    lua_close(L);
}
END_TEST

START_TEST(a_collection_at_every_step_changes_nothing) {
    lua_State *L = new_state();
    lua_gc(L, LUA_GCINC, 1, 1000, 1);
    ck_assert_int_eq(luaL_loadstring(L, "local bytes\n"
                                        "for _ = 1, 50 do bytes = json.encode(json.decode(text)) end\n"
                                        "return bytes"),
                     LUA_OK);
    ck_assert_int_eq(lua_pcall(L, 0, 1, 0), 0);
    ck_assert_str_eq(lua_tostring(L, -1),
                     "{\"a\":[1,{\"b\":\"c\xC3\xA9\"},null],\"d\":{\"e\":{}},"
                     "\"f\":\"gggggggggggggggggggggggggggg\"}");
    lua_close(L);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("bind_json");
    TCase *tcase = tcase_create("seam");
    tcase_set_timeout(tcase, 20);
    tcase_add_loop_test(tcase, P13_every_refused_allocation_is_a_lua_error_or_recovered_and_leaks_nothing, 0,
                        sizeof scripts / sizeof *scripts);
    tcase_add_test(tcase, P13_a_stack_that_cannot_grow_is_a_want_of_memory);
    tcase_add_test(tcase, a_collection_at_every_step_changes_nothing);
    suite_add_tcase(suite, tcase);
    return unit_run(suite);
}
