#include <string.h>

#include <lauxlib.h>
#include <lualib.h>

#include "../../interp/prim/buf.h"
#include "../../interp/prim/err.h"
#include "../../interp/sandbox/value.h"
#include "faults.h"
#include "unit.h"

/* Stack index of the vocabulary of the reader, and of the functions of the writer. */
enum { WORDS = 1, CALLBACKS };

static lua_State *L;
static struct buf out;
static struct err err;

static void setup(void) {
    L = luaL_newstate();
    luaL_openlibs(L);
    value_open(L);
    lua_newtable(L);
    lua_pushboolean(L, 1);
    lua_setfield(L, WORDS, "lane");
    lua_newtable(L);
    memset(&out, 0, sizeof out);
}

static void teardown(void) {
    faults_arm(FAULT_ALLOCATION, 0, 0);
    buf_release(&out);
    lua_close(L);
}

/* Pushes what the expression gives. */
static void push(const char *expression) {
    lua_pushfstring(L, "return %s", expression);
    ck_assert_int_eq(luaL_dostring(L, lua_tostring(L, -1)), LUA_OK);
    lua_remove(L, -2);
}

static int put(const char *expression) {
    struct value_writer writer = {&out, "release.lua", 1, CALLBACKS, 0};
    push(expression);
    return value_write(&writer, L, -1, &err);
}

static int get_with(const void *bytes, size_t length, int words, int callbacks) {
    struct value_reader reader = {bytes, length, 0, words, callbacks, 0};
    int rc = value_read(&reader, L, &err);
    if (rc == 0 && !value_at_end(&reader))
        rc = err_set(&err, ERR_FORMAT, "bytes are left");
    return rc;
}

static int get(const void *bytes, size_t length) {
    return get_with(bytes, length, WORDS, 1);
}

#define ck_assert_bytes(expression, expected)                                                      \
    do {                                                                                           \
        buf_clear(&out);                                                                           \
        ck_assert_int_eq(put(expression), 0);                                                      \
        ck_assert_uint_eq(out.length, sizeof(expected) - 1);                                       \
        ck_assert_mem_eq(out.bytes, expected, sizeof(expected) - 1);                               \
    } while (0)

START_TEST(every_kind_of_value_has_its_bytes) {
    ck_assert_bytes("nil", "N");
    ck_assert_bytes("true", "t");
    ck_assert_bytes("false", "f");
    ck_assert_bytes("258", "I\2\1\0\0\0\0\0\0");
    ck_assert_bytes("-1", "I\377\377\377\377\377\377\377\377");
    ck_assert_bytes("2.0", "I\2\0\0\0\0\0\0\0");
    ck_assert_bytes("'a\\0b'", "S\3\0\0\0a\0b");
    ck_assert_bytes("{}", "T\0\0\0\0\0\0\0\0");
    ck_assert_bytes("{ true, b = false, a = true }", "T\1\0\0\0\2\0\0\0t\1\0\0\0at\1\0\0\0bf");
    ck_assert_bytes("{ ['b'] = true, [''] = true, ['ba'] = true }",
                    "T\0\0\0\0\3\0\0\0\0\0\0\0t\1\0\0\0bt\2\0\0\0bat");
}
END_TEST

START_TEST(a_function_is_a_number_and_keeps_it) {
    lua_pushcfunction(L, luaopen_base);
    lua_setglobal(L, "f");
    ck_assert_bytes("f", "C\1\0\0\0\0\0\0\0");
    ck_assert_bytes("f", "C\1\0\0\0\0\0\0\0");
    ck_assert_bytes("function () end", "C\2\0\0\0\1\0\0\0");
    lua_rawgeti(L, CALLBACKS, 1);
    ck_assert(lua_tocfunction(L, -1) == luaopen_base);
}
END_TEST

#define NODE "W\4\0\0\0lane\4\0\0\0flow\7\0\0\0\1\0\0\0t"

START_TEST(a_node_is_read_as_its_record_with_the_mark) {
    ck_assert_int_eq(get(NODE, sizeof NODE - 1), 0);
    ck_assert_int_eq(lua_getmetatable(L, -1), 1);
    luaL_getmetatable(L, VALUE_NODE);
    ck_assert(lua_rawequal(L, -1, -2));
    lua_pop(L, 2);
    lua_getfield(L, -1, "word");
    ck_assert_str_eq(lua_tostring(L, -1), "lane");
    lua_getfield(L, -2, "source");
    ck_assert_str_eq(lua_tostring(L, -1), "flow");
    lua_getfield(L, -3, "line");
    ck_assert_int_eq(lua_tointeger(L, -1), 7);
    lua_getfield(L, -4, "args");
    ck_assert_int_eq(lua_rawlen(L, -1), 1);
}
END_TEST

START_TEST(what_is_refused_is_named_by_its_path) {
    ck_assert_err(put("{ a = { 1, 2.5 } }"), err, ERR_FORMAT, "the value.a[2] is 2.5");
    ck_assert_err(put("0/0"), err, ERR_FORMAT, "only whole numbers");
    ck_assert_err(put("{ [1] = 1, [3] = 3 }"), err, ERR_FORMAT, "a hole");
    ck_assert_err(put("{ [0] = 1 }"), err, ERR_FORMAT, "index below 1");
    ck_assert_err(put("{ [true] = 1 }"), err, ERR_FORMAT, "no string");
    ck_assert_err(put("io.stdout"), err, ERR_FORMAT, "is no data");
    ck_assert_err(put("coroutine.create(print)"), err, ERR_FORMAT, "is no data");
    ck_assert_err(put("(function () local t = {} t.x = { t } return t end)()"), err, ERR_FORMAT,
                  "the value.x[1] holds itself");
}
END_TEST

#define NESTED(n) "(function () local t = {} for i = 1, " #n " do t = { t } end return t end)()"

START_TEST(P15_depth_count_and_size_have_caps) {
    ck_assert_int_eq(put(NESTED(63)), 0);
    ck_assert_int_eq(get(out.bytes, out.length), 0);
    ck_assert_err(put(NESTED(64)), err,
                  ERR_LIMIT, "deeper than 64");
    ck_assert_err(put("(function () local t = {} for i = 1, 60 do t = { t, t } end return t end)()"),
                  err, ERR_LIMIT, "more than 1000000 values");
    out.cap = 100;
    buf_clear(&out);
    ck_assert_err(put("('x'):rep(96)"), err, ERR_LIMIT, "more than 100 bytes");
}
END_TEST

START_TEST(P13_a_refused_allocation_is_an_error) {
    push("('x'):rep(100000)");
    struct value_writer writer = {&out, NULL, 0, 0, 0};
    faults_arm(FAULT_ALLOCATION, 1, 1);
    int rc = value_write(&writer, L, -1, &err);
    faults_arm(FAULT_ALLOCATION, 0, 0);
    ck_assert_err(rc, err, ERR_MEMORY, "no memory");
}
END_TEST

/* Bytes that value_write does not write, each with the reason. */
static const struct {
    const char *bytes;
    size_t length;
    int kind;
    const char *reason;
} malformed[] = {
#define ROW(bytes, kind, reason) {bytes, sizeof(bytes) - 1, kind, reason}
    ROW("", ERR_FORMAT, "cut short"),
    ROW("x", ERR_FORMAT, "byte 0: no value begins like this"),
    ROW("I\1\2\3", ERR_FORMAT, "cut short"),
    ROW("S\1\0\0", ERR_FORMAT, "cut short"),
    ROW("S\2\0\0\0a", ERR_FORMAT, "cut short"),
    ROW("S\377\377\377\377a", ERR_FORMAT, "cut short"),
    ROW("tt", ERR_FORMAT, "bytes are left"),
    ROW("T\7\0\0\0\0\0\0\0t", ERR_FORMAT, "announces more"),
    ROW("T\377\377\377\377\377\377\377\377", ERR_FORMAT, "announces more"),
    ROW("T\1\0\0\0\0\0\0\0N", ERR_FORMAT, "nil inside"),
    ROW("T\0\0\0\0\1\0\0\0\1\0\0\0aN", ERR_FORMAT, "nil inside"),
    ROW("T\0\0\0\0\2\0\0\0\1\0\0\0bt\1\0\0\0at", ERR_FORMAT, "out of order"),
    ROW("T\0\0\0\0\2\0\0\0\1\0\0\0at\1\0\0\0at", ERR_FORMAT, "out of order"),
    ROW("W\4\0\0\0lame\0\0\0\0\1\0\0\0\0\0\0\0", ERR_FORMAT, "outside the vocabulary"),
    ROW("W\4\0\0\0lane\0\0\0\0\1\0\0\200\0\0\0\0", ERR_FORMAT, "no line number"),
    ROW("W\4\0\0\0lane\0\0\0\0\1\0\0\0\1\0\0\0", ERR_FORMAT, "announces more"),
    ROW("W\4\0\0\0lane\0\0\0\0\1\0\0\0\1\0\0\0N", ERR_FORMAT, "nil inside"),
    ROW("C\1\0\0\0", ERR_FORMAT, "cut short"),
#undef ROW
};

START_TEST(P15_malformed_bytes_are_refused) {
    int top = lua_gettop(L);
    ck_assert_err(get(malformed[_i].bytes, malformed[_i].length), err, malformed[_i].kind,
                  malformed[_i].reason);
    ck_assert(lua_gettop(L) <= top + 1);
}
END_TEST

START_TEST(P15_nested_announcements_reserve_no_more_than_the_cap) {
    /* 60 tables, each of which announces 900,000 items. */
    size_t i;
    lua_Integer before;
    for (i = 0; i < 60; i++)
        ck_assert_int_eq(buf_append(&out, "T\240\273\15\0\0\0\0\0", 9), 0);
    for (i = 0; i < 1000000; i++)
        ck_assert_int_eq(buf_append_byte(&out, 't'), 0);
    before = lua_gc(L, LUA_GCCOUNT);
    ck_assert_err(get(out.bytes, out.length), err, ERR_LIMIT, "more than 1000000 values");
    ck_assert_int_lt(lua_gc(L, LUA_GCCOUNT) - before, 32 * 1024);
}
END_TEST

START_TEST(P15_depth_is_capped_for_the_reader_too) {
    int i;
    for (i = 0; i < 65; i++)
        ck_assert_int_eq(buf_append(&out, "T\1\0\0\0\0\0\0\0", 9), 0);
    ck_assert_int_eq(buf_append_byte(&out, 't'), 0);
    ck_assert_err(get(out.bytes, out.length), err, ERR_LIMIT, "deeper than 64");
}
END_TEST

START_TEST(nodes_and_functions_come_only_where_they_may) {
    ck_assert_err(get_with(NODE, sizeof NODE - 1, 0, 1), err, ERR_FORMAT, "a word where data");
    ck_assert_err(get_with("C\1\0\0\0\0\0\0\0", 9, WORDS, 0), err, ERR_FORMAT,
                  "a function where data");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("value");
    TCase *write = tcase_create("write"), *read = tcase_create("read");

    tcase_set_timeout(write, 60);
    tcase_set_timeout(read, 60);
    tcase_add_checked_fixture(write, setup, teardown);
    tcase_add_test(write, every_kind_of_value_has_its_bytes);
    tcase_add_test(write, a_function_is_a_number_and_keeps_it);
    tcase_add_test(write, what_is_refused_is_named_by_its_path);
    tcase_add_test(write, P15_depth_count_and_size_have_caps);
    tcase_add_test(write, P13_a_refused_allocation_is_an_error);
    suite_add_tcase(suite, write);
    tcase_add_checked_fixture(read, setup, teardown);
    tcase_add_test(read, a_node_is_read_as_its_record_with_the_mark);
    tcase_add_loop_test(read, P15_malformed_bytes_are_refused, 0,
                        (int)(sizeof malformed / sizeof malformed[0]));
    tcase_add_test(read, P15_nested_announcements_reserve_no_more_than_the_cap);
    tcase_add_test(read, P15_depth_is_capped_for_the_reader_too);
    tcase_add_test(read, nodes_and_functions_come_only_where_they_may);
    suite_add_tcase(suite, read);
    return unit_run(suite);
}
