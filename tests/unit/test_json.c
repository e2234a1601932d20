#include <string.h>

#include "../../interp/prim/buf.h"
#include "../../interp/prim/err.h"
#include "../../interp/prim/json.h"
#include "../../interp/prim/mem.h"
#include "faults.h"
#include "unit.h"

static struct err err;
static struct buf buf;

static void teardown(void) {
    faults_arm(FAULT_ALLOCATION, 0, 0);
    buf_release(&buf);
}

/* Judges a copy of exactly these bytes, so that a sanitizer sees any look behind them. */
static int gate(const char *bytes, size_t length) {
    char *copy = mem_new(length);
    int rc;
    ck_assert_ptr_nonnull(copy);
    memcpy(copy, bytes, length);
    rc = json_gate(copy, length, NULL, &err);
    mem_free(copy);
    return rc;
}

#define TEXT(literal) literal, sizeof literal - 1

static const struct {
    const char *bytes;
    size_t length;
} valid[] = {
    {TEXT("null")},
    {TEXT(" \t\r\n true \n")},
    {TEXT("0")},
    {TEXT("-1")},
    {TEXT("9007199254740991")},
    {TEXT("-9007199254740991")},
    {TEXT("\"\"")},
    {TEXT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE02\"")},
    {TEXT("\"\x7F\xC3\xA9\xF0\x9F\x98\x82\"")},
    {TEXT("[]")},
    {TEXT("[ ]")},
    {TEXT("{ }")},
    {TEXT("[1,[2,{\"a\":3}],\"b\"]")},
    {TEXT("{\"a\":1,\"A\":2,\"\":3,\"a \":4}")},
    {TEXT("[{\"a\":1},{\"a\":1},{\"b\":{\"a\":1},\"a\":2}]")},
};

START_TEST(a_strict_text_passes) {
    ck_assert_msg(gate(valid[_i].bytes, valid[_i].length) == 0, "%s: %s", valid[_i].bytes, err.text);
}
END_TEST

START_TEST(no_part_of_a_text_passes_but_a_number_or_the_whole) {
    size_t n;
    for (n = 0; n < valid[_i].length; n++) {
        int cut_space = strspn(valid[_i].bytes + n, " \t\r\n") == valid[_i].length - n;
        int is_number = n > 0 && strchr("-0123456789", valid[_i].bytes[0]) && valid[_i].bytes[n - 1] != '-';
        ck_assert_msg((gate(valid[_i].bytes, n) == 0) == (cut_space || is_number), "%zu bytes of %s", n,
                      valid[_i].bytes);
    }
}
END_TEST

static const struct {
    const char *bytes;
    size_t length;
    int kind;
    const char *text;
} invalid[] = {
    {TEXT(""), ERR_FORMAT, "line 1, column 1: the end, where a value is expected"},
    {TEXT("  \n "), ERR_FORMAT, "line 2, column 2: the end"},
    {TEXT("\xEF\xBB\xBF{}"), ERR_FORMAT, "line 1, column 1: a byte order mark"},
    {TEXT("{}\xEF\xBB\xBF"), ERR_FORMAT, "line 1, column 3: more behind"},
    {TEXT("{}x"), ERR_FORMAT, "line 1, column 3: more behind"},
    {TEXT("1 2"), ERR_FORMAT, "line 1, column 3: more behind"},
    {TEXT("1\0"), ERR_FORMAT, "line 1, column 2: more behind"},
    {TEXT("\0"), ERR_FORMAT, "a NUL byte"},
    {TEXT("[1,\0]"), ERR_FORMAT, "line 1, column 4: a NUL byte"},
    {TEXT("\"a\0b\""), ERR_FORMAT, "line 1, column 3: a NUL byte"},
    {TEXT("\"a\\u0000b\""), ERR_FORMAT, "line 1, column 3: \\u0000"},
    {TEXT("{\"\\u0000\":1}"), ERR_FORMAT, "line 1, column 3: \\u0000"},
    {TEXT("\"\n\""), ERR_FORMAT, "control character in a string; \\u000a"},
    {TEXT("\"\x1F\""), ERR_FORMAT, "control character in a string; \\u001f"},
    {TEXT("\"\x80\""), ERR_FORMAT, "not UTF-8"},
    {TEXT("\"\xC0\xAF\""), ERR_FORMAT, "not UTF-8"},
    {TEXT("\"\xED\xA0\x80\""), ERR_FORMAT, "not UTF-8"},
    {TEXT("\"\xF4\x90\x80\x80\""), ERR_FORMAT, "not UTF-8"},
    {TEXT("\"\xC3"), ERR_FORMAT, "not UTF-8"},
    {TEXT("{\"\xFF\":1}"), ERR_FORMAT, "line 1, column 3: not UTF-8"},
    {TEXT("\"\xC3\xA9\xF0\x9F\x98\x82\xFF\""), ERR_FORMAT, "line 1, column 4: not UTF-8"},
    {TEXT("\"\\ud83d\""), ERR_FORMAT, "half of a surrogate pair"},
    {TEXT("\"\\ude02\""), ERR_FORMAT, "half of a surrogate pair"},
    {TEXT("\"\\ud83d\\u0041\""), ERR_FORMAT, "half of a surrogate pair"},
    {TEXT("\"\\ud83d\\ud83d\""), ERR_FORMAT, "half of a surrogate pair"},
    {TEXT("\"\\u12g4\""), ERR_FORMAT, "four hex digits"},
    {TEXT("\"\\u123"), ERR_FORMAT, "four hex digits"},
    {TEXT("\"\\v\""), ERR_FORMAT, "an escape that JSON does not have"},
    {TEXT("\"\\\0\""), ERR_FORMAT, "an escape that JSON does not have"},
    {TEXT("\"\\"), ERR_FORMAT, "an escape"},
    {TEXT("\"abc"), ERR_FORMAT, "line 1, column 1: a string without its closing quote"},
    {TEXT("'a'"), ERR_FORMAT, "a value expected"},
    {TEXT("01"), ERR_FORMAT, "leading zero"},
    {TEXT("-01"), ERR_FORMAT, "leading zero"},
    {TEXT("-0"), ERR_FORMAT, "-0; the valid form is 0"},
    {TEXT("-"), ERR_FORMAT, "a digit"},
    {TEXT("+1"), ERR_FORMAT, "a value expected"},
    {TEXT(".5"), ERR_FORMAT, "a value expected"},
    {TEXT("1.0"), ERR_FORMAT, "fraction or exponent"},
    {TEXT("1e3"), ERR_FORMAT, "fraction or exponent"},
    {TEXT("-0.0"), ERR_FORMAT, "fraction or exponent"},
    {TEXT("0E1"), ERR_FORMAT, "fraction or exponent"},
    {TEXT("9007199254740992"), ERR_LIMIT, "beyond +-9007199254740991"},
    {TEXT("-9007199254740992"), ERR_LIMIT, "beyond"},
    {TEXT("99999999999999999999999999999999999999"), ERR_LIMIT, "beyond"},
    {TEXT("NaN"), ERR_FORMAT, "a value expected"},
    {TEXT("True"), ERR_FORMAT, "a value expected"},
    {TEXT("nul"), ERR_FORMAT, "a value expected"},
    {TEXT("truex"), ERR_FORMAT, "line 1, column 5: more behind"},
    {TEXT("[1,]"), ERR_FORMAT, "line 1, column 4: a value expected"},
    {TEXT("[1 2]"), ERR_FORMAT, "',' or ']' expected"},
    {TEXT("[1}"), ERR_FORMAT, "',' or ']' expected"},
    {TEXT("{\"a\":1,}"), ERR_FORMAT, "a key in double quotes expected"},
    {TEXT("{a:1}"), ERR_FORMAT, "a key in double quotes expected"},
    {TEXT("{\"a\" 1}"), ERR_FORMAT, "':' expected"},
    {TEXT("{\"a\":1]"), ERR_FORMAT, "',' or '}' expected"},
    {TEXT("[1]/*c*/"), ERR_FORMAT, "more behind"},
    {TEXT("\xC2\xA0" "1"), ERR_FORMAT, "a value expected"},
    {TEXT("\f1"), ERR_FORMAT, "a value expected"},
    {TEXT("{\"a\":1,\n \"a\":2}"), ERR_FORMAT, "line 2, column 2: a key that the object already has"},
    {TEXT("{\"a\":1,\"\\u0061\":2}"), ERR_FORMAT, "line 1, column 8: a key that"},
    {TEXT("{\"/\":1,\"\\/\":2}"), ERR_FORMAT, "a key that"},
    {TEXT("{\"\xF0\x9F\x98\x82\":1,\"\\ud83d\\ude02\":2}"), ERR_FORMAT, "a key that"},
    {TEXT("{\"\":1,\"\":2}"), ERR_FORMAT, "a key that"},
    {TEXT("[{\"b\":{\"c\":1,\"d\":{},\"c\":2}}]"), ERR_FORMAT, "column 21: a key that"},
};

START_TEST(what_two_readers_could_read_differently_is_refused_with_its_place) {
    ck_assert_err(gate(invalid[_i].bytes, invalid[_i].length), err, invalid[_i].kind, invalid[_i].text);
}
END_TEST

/* ${depth} opening brackets, alternating in kind, and their ends. */
static void nest(int depth) {
    int i;
    buf_clear(&buf);
    for (i = 0; i < depth; i++)
        ck_assert_int_eq(buf_append_text(&buf, i % 2 ? "{\"a\":" : "["), 0);
    if (depth % 2 == 0)
        ck_assert_int_eq(buf_append_byte(&buf, '1'), 0);
    while (i-- > 0)
        ck_assert_int_eq(buf_append_byte(&buf, i % 2 ? '}' : ']'), 0);
}

START_TEST(the_depth_cap_is_exact) {
    nest(JSON_DEPTH_MAX);
    ck_assert_int_eq(gate(buf.bytes, buf.length), 0);
    nest(JSON_DEPTH_MAX + 1);
    ck_assert_err(gate(buf.bytes, buf.length), err, ERR_LIMIT, "more than 64 levels deep");
    nest(100000);
    ck_assert_err(gate(buf.bytes, buf.length), err, ERR_LIMIT, "more than 64 levels deep");
}
END_TEST

START_TEST(depth_counts_what_is_open_and_not_what_was) {
    int i;
    ck_assert_int_eq(buf_append_text(&buf, "[0"), 0);
    for (i = 0; i < 200; i++)
        ck_assert_int_eq(buf_append_text(&buf, ",[],{},[1],{\"a\":1}"), 0);
    ck_assert_int_eq(buf_append_byte(&buf, ']'), 0);
    ck_assert_int_eq(gate(buf.bytes, buf.length), 0);
}
END_TEST

START_TEST(the_size_cap_is_exact) {
    ck_assert_int_eq(json_gate("[12]", 4, &(struct json_options){.max = 4}, &err), 0);
    ck_assert_err(json_gate("[12]", 4, &(struct json_options){.max = 3}, &err), err, ERR_LIMIT,
                  "4 bytes, larger than 3");
}
END_TEST

START_TEST(values_that_cost_more_than_their_text_are_counted) {
    size_t i;
    ck_assert_int_eq(buf_append_text(&buf, "[0"), 0);
    for (i = 2; i < JSON_VALUES_MAX; i++) /* the array itself is one */
        if (buf_append(&buf, ",0", 2) < 0)
            ck_abort_msg("no memory");
    ck_assert_int_eq(buf_append_byte(&buf, ']'), 0);
    ck_assert_int_eq(json_gate(buf.bytes, buf.length, NULL, &err), 0);
    buf.length--;
    ck_assert_int_eq(buf_append_text(&buf, ",0]"), 0);
    ck_assert_err(json_gate(buf.bytes, buf.length, NULL, &err), err, ERR_LIMIT, "4194304 values");
}
END_TEST

START_TEST(a_tree_has_what_the_text_says) {
    static const char text[] = "{\"n\":-9007199254740991,\"s\":\"a\\u00e9\\n\",\"l\":[true,false,null,{}]}";
    struct json *tree = NULL;
    const struct json *item;
    ck_assert_int_eq(json_parse(&tree, text, sizeof text - 1, NULL, &err), 0);
    ck_assert_int_eq(json_type(tree), JSON_OBJECT);
    ck_assert_uint_eq(json_count(tree), 3);
    item = json_first(tree);
    ck_assert_str_eq(json_key(item), "n");
    ck_assert_int_eq(json_type(item), JSON_INTEGER);
    ck_assert(json_integer(item) == -JSON_INTEGER_MAX);
    item = json_next(item);
    ck_assert_int_eq(json_type(item), JSON_STRING);
    ck_assert_str_eq(json_text(item), "a\xC3\xA9\n");
    item = json_next(item);
    ck_assert_int_eq(json_type(item), JSON_ARRAY);
    ck_assert_ptr_null(json_next(item));
    item = json_first(item);
    ck_assert_int_eq(json_type(item), JSON_TRUE);
    item = json_next(item);
    ck_assert_int_eq(json_type(item), JSON_FALSE);
    item = json_next(item);
    ck_assert_int_eq(json_type(item), JSON_NULL);
    item = json_next(item);
    ck_assert_int_eq(json_type(item), JSON_OBJECT);
    ck_assert_ptr_null(json_first(item));
    json_free(tree);
    json_free(NULL);
}
END_TEST

START_TEST(a_refused_text_makes_no_tree) {
    struct json *tree = NULL;
    ck_assert_err(json_parse(&tree, "[1.5]", 5, NULL, &err), err, ERR_FORMAT, "line 1, column 2");
    ck_assert_ptr_null(tree);
}
END_TEST

START_TEST(P13_every_refused_allocation_of_a_parse_is_an_error_and_leaks_nothing) {
    static const char text[] = "{\"a\":[1,2,\"\\u00e9\"],\"b\":{\"c\":null,\"d\":\"e\"}}";
    unsigned n;
    int rc;
    for (n = 1, rc = -1; rc != 0; n++) {
        long before = faults_live_blocks(), left; /* no assertion in between: see faults.h */
        struct json *tree = NULL;
        faults_arm(FAULT_ALLOCATION, n, _i);
        rc = json_parse(&tree, text, sizeof text - 1, NULL, &err);
        faults_arm(FAULT_ALLOCATION, 0, 0);
        json_free(tree);
        left = faults_live_blocks() - before;
        ck_assert_int_eq(left, 0);
        ck_assert(rc == 0 || (rc == ERR_MEMORY && err.kind == ERR_MEMORY && tree == NULL));
        ck_assert_uint_lt(n, 100);
    }
    /* cJSON is a shared library, but its allocations come in through mem: many more than the gate's. */
    ck_assert_uint_gt(n, 10);
}
END_TEST

START_TEST(a_string_is_written_in_the_form_of_rfc_8785) {
    static const char text[] = "\x01\b\t\n\v\f\r\x1F \"\\/\x7F\xE2\x80\xA8\xC3\xA9\xF0\x9F\x98\x82";
    ck_assert_int_eq(json_write_text(&buf, text, sizeof text - 1, &err), 0);
    ck_assert_str_eq(buf_text(&buf),
                     "\"\\u0001\\b\\t\\n\\u000b\\f\\r\\u001f \\\"\\\\/\x7F\xE2\x80\xA8\xC3\xA9\xF0"
                     "\x9F\x98\x82\"");
}
END_TEST

START_TEST(a_string_that_the_gate_would_refuse_is_not_written) {
    ck_assert_err(json_write_text(&buf, "a\xFF", 2, &err), err, ERR_FORMAT, "not UTF-8 at byte 2");
    ck_assert_err(json_write_text(&buf, "a\0b", 3, &err), err, ERR_FORMAT, "a NUL at byte 2");
    ck_assert_uint_eq(buf.length, 0);
    buf.cap = 4;
    ck_assert_err(json_write_text(&buf, "abc", 3, &err), err, ERR_LIMIT, "too large");
}
END_TEST

START_TEST(an_integer_is_written_within_its_range) {
    ck_assert_int_eq(json_write_integer(&buf, JSON_INTEGER_MAX, &err), 0);
    ck_assert_int_eq(json_write_integer(&buf, -JSON_INTEGER_MAX, &err), 0);
    ck_assert_str_eq(buf_text(&buf), "9007199254740991-9007199254740991");
    ck_assert_err(json_write_integer(&buf, JSON_INTEGER_MAX + 1, &err), err, ERR_LIMIT, "beyond 2^53-1");
    ck_assert_err(json_write_integer(&buf, -JSON_INTEGER_MAX - 1, &err), err, ERR_LIMIT, "beyond 2^53-1");
}
END_TEST

START_TEST(keys_order_by_their_utf16_units) {
    /* The keys of RFC 8785, 3.2.3, in the order that it gives, and where prefixes and U+E000 stand. */
    static const char *const sorted[] = {
        "", "\r", "1", "1a", "\xC2\x80", "\xC3\xB6", "\xE2\x82\xAC", "\xED\x9F\xBF",
        "\xF0\x9F\x98\x80", "\xF4\x8F\xBF\xBF", "\xEE\x80\x80", "\xEF\xAC\xB3", "\xEF\xBF\xBF"};
    int i, j, n = sizeof sorted / sizeof *sorted;
    for (i = 0; i < n; i++)
        for (j = 0; j < n; j++) {
            int order = json_compare_keys(sorted[i], strlen(sorted[i]), sorted[j], strlen(sorted[j]));
            ck_assert_int_eq((order > 0) - (order < 0), (i > j) - (i < j));
        }
}
END_TEST

static TCase *add_case(Suite *suite, const char *name) {
    TCase *tcase = tcase_create(name);
    tcase_add_checked_fixture(tcase, NULL, teardown);
    tcase_set_timeout(tcase, 20);
    suite_add_tcase(suite, tcase);
    return tcase;
}

int main(void) {
    Suite *suite = suite_create("json");
    TCase *tcase = add_case(suite, "gate");
    tcase_add_loop_test(tcase, a_strict_text_passes, 0, sizeof valid / sizeof *valid);
    tcase_add_loop_test(tcase, no_part_of_a_text_passes_but_a_number_or_the_whole, 0,
                        sizeof valid / sizeof *valid);
    tcase_add_loop_test(tcase, what_two_readers_could_read_differently_is_refused_with_its_place, 0,
                        sizeof invalid / sizeof *invalid);
    tcase_add_test(tcase, the_depth_cap_is_exact);
    tcase_add_test(tcase, depth_counts_what_is_open_and_not_what_was);
    tcase_add_test(tcase, the_size_cap_is_exact);
    tcase_add_test(tcase, values_that_cost_more_than_their_text_are_counted);
    tcase = add_case(suite, "tree");
    tcase_add_test(tcase, a_tree_has_what_the_text_says);
    tcase_add_test(tcase, a_refused_text_makes_no_tree);
    tcase_add_loop_test(tcase, P13_every_refused_allocation_of_a_parse_is_an_error_and_leaks_nothing, 0, 2);
    tcase = add_case(suite, "writer");
    tcase_add_test(tcase, a_string_is_written_in_the_form_of_rfc_8785);
    tcase_add_test(tcase, a_string_that_the_gate_would_refuse_is_not_written);
    tcase_add_test(tcase, an_integer_is_written_within_its_range);
    tcase_add_test(tcase, keys_order_by_their_utf16_units);
    return unit_run(suite);
}
