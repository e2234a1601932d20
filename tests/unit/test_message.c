/* Commit messages: what the C side promises beyond what tests/lua/test_message.lua sees through the binding. */
#include "../../interp/prim/message.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../../interp/prim/err.h"

static struct message message;
static struct err err;

static void set_up(void) {
    message_init(&message);
}

static void tear_down(void) {
    message_release(&message);
}

static void parse(const char *text) {
    ck_assert_int_eq(message_parse(&message, text, strlen(text), &err), 0);
}

static void assert_text(struct message_text text, const char *expected) {
    ck_assert_uint_eq(text.length, strlen(expected));
    ck_assert_int_eq(memcmp(text.bytes ? text.bytes : "", expected, text.length), 0);
}

static struct message_text value(size_t entry, size_t n) {
    size_t at = message.entries[entry].first;
    while (n--)
        at = message.values[at - 1].next;
    return message.values[at - 1].text;
}

START_TEST(a_header_is_taken_apart) {
    parse("feat(parser)!: read arrays");
    ck_assert_uint_eq(message.entry_count, 1);
    assert_text(message.entries[0].type, "feat");
    assert_text(message.entries[0].scope, "parser");
    assert_text(message.entries[0].description, "read arrays");
    ck_assert(message.entries[0].breaking);
    ck_assert(message.conventional);
}
END_TEST

START_TEST(what_is_no_header_is_an_entry_without_a_type) {
    static const char *const texts[] = {"feat:x",    "feat : x",      "feat(): x",   "feat( ): x", "feat(a: x",
                                        "feat(a)b: x", "feat!!: x",   "fe at: x",    ": x",        "feat: ",
                                        "1feat: x",  "feat(a(b)): x", "feat (a): x", "\xc3\xa9t: x"};
    size_t i;
    for (i = 0; i < sizeof texts / sizeof *texts; i++) {
        parse(texts[i]);
        ck_assert_msg(!message.conventional, "%s", texts[i]);
        ck_assert_uint_eq(message.entry_count, 1);
        ck_assert_uint_eq(message.entries[0].type.length, 0);
    }
}
END_TEST

START_TEST(no_bytes_are_a_message_too) {
    ck_assert_int_eq(message_parse(&message, NULL, 0, &err), 0);
    ck_assert_uint_eq(message.entry_count, 1);
    ck_assert_uint_eq(message.subject.length, 0);
    ck_assert(!message.conventional);
}
END_TEST

START_TEST(nul_bytes_and_broken_utf8_are_bytes_like_others) {
    static const char text[] = "fix: a\0b\xff\n\nRefs: \0\xc3";
    ck_assert_int_eq(message_parse(&message, text, sizeof text - 1, &err), 0);
    ck_assert_uint_eq(message.entries[0].description.length, 4);
    ck_assert_int_eq(memcmp(message.entries[0].description.bytes, "a\0b\xff", 4), 0);
    ck_assert_uint_eq(message.footers[0].value.length, 2);
}
END_TEST

START_TEST(a_parse_leaves_nothing_for_the_next) {
    parse("revert: a\r\n\r\nRefs: 0123456\r\nBREAKING CHANGE: b [skip release]");
    ck_assert_uint_eq(message.revert_count, 1);
    parse("fix: c");
    ck_assert_uint_eq(message.revert_count, 0);
    ck_assert_uint_eq(message.footer_count, 0);
    ck_assert_uint_eq(message.value_count, 0);
    ck_assert_uint_eq(message.reverted.length, 0);
    ck_assert(!message.skip_release && !message.entries[0].breaking);
}
END_TEST

START_TEST(values_stay_with_their_entries_in_order) {
    parse("feat: a (closes #1)\n\n* fix: b\n\nfixes #2, #3\n\n---\n\ncloses #4\n");
    ck_assert_uint_eq(message.entry_count, 2);
    assert_text(value(0, 0), "1");
    assert_text(value(0, 1), "4");
    assert_text(value(1, 0), "2");
    assert_text(value(1, 1), "3");
}
END_TEST

START_TEST(above_one_mebibyte_the_rest_is_cut_and_said) {
    size_t length = MESSAGE_MAX + 100;
    char *text = malloc(length);
    memset(text, 'x', length);
    memcpy(text, "fix: ", 5);
    memcpy(text + length - 20, "\n\nBREAKING CHANGE: x", 20);
    ck_assert_int_eq(message_parse(&message, text, MESSAGE_MAX, &err), 0);
    ck_assert(!message.truncated);
    ck_assert_int_eq(message_parse(&message, text, length, &err), 0);
    ck_assert(message.truncated);
    ck_assert(!message.entries[0].breaking);
    ck_assert_uint_eq(message.entries[0].description.length, MESSAGE_MAX - 5);
    free(text);
}
END_TEST

/* A megabyte of each of these takes milliseconds; were one quadratic, it would take minutes. */
START_TEST(the_time_is_linear_whatever_repeats) {
    static const char *const units[] = {"#1", "a/a", "closes #1, ", "[skip ", "* a: b\n", "fix: a\n\n", "fix: a\n",
                                        "\n#", "\r", "BREAKING CHANGE:\n", "a: b\n", "\"", "Revert \"", "(", "-\n",
                                        "BEGIN_COMMIT_OVERRIDE", "\nBEGIN_NESTED_COMMIT", "his reverts commit ", "GH-"};
    char *text = malloc(MESSAGE_MAX);
    size_t i, at;
    for (i = 0; i < sizeof units / sizeof *units; i++) {
        size_t length = strlen(units[i]);
        for (at = 0; at + length <= MESSAGE_MAX; at += length)
            memcpy(text + at, units[i], length);
        ck_assert_int_eq(message_parse(&message, text, at, &err), 0);
        ck_assert_uint_ge(message.entry_count, 1);
    }
    free(text);
}
END_TEST

START_TEST(a_token_is_the_same_in_any_case) {
    struct message_text token = {"release-AS", 10};
    ck_assert(message_token_is(&token, "Release-As"));
    ck_assert(!message_token_is(&token, "Release-Asx"));
    ck_assert(!message_token_is(&token, "Release"));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("message");
    TCase *tests = tcase_create("message");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 20);
    tcase_add_test(tests, a_header_is_taken_apart);
    tcase_add_test(tests, what_is_no_header_is_an_entry_without_a_type);
    tcase_add_test(tests, no_bytes_are_a_message_too);
    tcase_add_test(tests, nul_bytes_and_broken_utf8_are_bytes_like_others);
    tcase_add_test(tests, a_parse_leaves_nothing_for_the_next);
    tcase_add_test(tests, values_stay_with_their_entries_in_order);
    tcase_add_test(tests, above_one_mebibyte_the_rest_is_cut_and_said);
    tcase_add_test(tests, the_time_is_linear_whatever_repeats);
    tcase_add_test(tests, a_token_is_the_same_in_any_case);
    suite_add_tcase(suite, tests);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
