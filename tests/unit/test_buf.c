#include <stdint.h>
#include <string.h>

#include "../../interp/prim/buf.h"
#include "../../interp/prim/err.h"
#include "faults.h"
#include "unit.h"

static struct buf buf;

static void setup(void) {
    memset(&buf, 0, sizeof buf);
}

static void teardown(void) {
    faults_arm(FAULT_ALLOCATION, 0, 0);
    buf_release(&buf);
}

START_TEST(an_empty_buffer_is_an_empty_text) {
    ck_assert_str_eq(buf_text(&buf), "");
    ck_assert_int_eq(buf_append(&buf, NULL, 0), 0);
    ck_assert_str_eq(buf_text(&buf), "");
}
END_TEST

START_TEST(appended_bytes_keep_their_nuls_and_get_one_behind) {
    ck_assert_int_eq(buf_append(&buf, "a\0b", 3), 0);
    ck_assert_int_eq(buf_append_byte(&buf, '\0'), 0);
    ck_assert_int_eq(buf_append_text(&buf, "cd"), 0);
    ck_assert_uint_eq(buf.length, 6);
    ck_assert_mem_eq(buf.bytes, "a\0b\0cd\0", 7);
}
END_TEST

START_TEST(it_grows_over_many_appends) {
    size_t i;
    for (i = 0; i < 100000; i++)
        ck_assert_int_eq(buf_append_byte(&buf, (char)('a' + i % 26)), 0);
    ck_assert_uint_eq(buf.length, 100000);
    for (i = 0; i < 100000; i++)
        ck_assert_int_eq(buf.bytes[i], (char)('a' + i % 26));
}
END_TEST

START_TEST(the_cap_is_exact_and_a_refusal_changes_nothing) {
    buf.cap = 5;
    ck_assert_int_eq(buf_append_text(&buf, "abcde"), 0);
    ck_assert_int_eq(buf_append_byte(&buf, 'f'), ERR_LIMIT);
    ck_assert_int_eq(buf_reserve(&buf, SIZE_MAX), ERR_LIMIT);
    ck_assert_str_eq(buf_text(&buf), "abcde");
    ck_assert_uint_eq(buf.length, 5);
}
END_TEST

START_TEST(P13_a_refused_allocation_leaves_the_bytes_as_they_were) {
    ck_assert_int_eq(buf_append_text(&buf, "kept"), 0);
    faults_arm(FAULT_ALLOCATION, 1, 0);
    ck_assert_int_eq(buf_reserve(&buf, 1000), ERR_MEMORY);
    ck_assert_str_eq(buf_text(&buf), "kept");
    ck_assert_int_eq(buf_reserve(&buf, 1000), 0);
    ck_assert_str_eq(buf_text(&buf), "kept");
}
END_TEST

START_TEST(clearing_keeps_the_room_and_release_frees_it) {
    ck_assert_int_eq(buf_append_text(&buf, "abc"), 0);
    buf_clear(&buf);
    ck_assert_uint_gt(buf.room, 0);
    ck_assert_str_eq(buf_text(&buf), "");
    buf_release(&buf);
    ck_assert_ptr_null(buf.bytes);
    ck_assert_int_eq(buf_append_text(&buf, "again"), 0);
    ck_assert_str_eq(buf_text(&buf), "again");
}
END_TEST

START_TEST(a_buffer_is_one_block_until_its_release) {
    long before = faults_live_blocks(), held, after;
    int rc = buf_append_text(&buf, "abc") | buf_reserve(&buf, 100000);
    held = faults_live_blocks() - before;
    buf_release(&buf);
    after = faults_live_blocks() - before;
    ck_assert_int_eq(rc, 0);
    ck_assert_int_eq(held, 1);
    ck_assert_int_eq(after, 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("buf");
    TCase *bytes = tcase_create("bytes");
    tcase_add_checked_fixture(bytes, setup, teardown);
    tcase_add_test(bytes, an_empty_buffer_is_an_empty_text);
    tcase_add_test(bytes, appended_bytes_keep_their_nuls_and_get_one_behind);
    tcase_add_test(bytes, it_grows_over_many_appends);
    tcase_add_test(bytes, the_cap_is_exact_and_a_refusal_changes_nothing);
    tcase_add_test(bytes, P13_a_refused_allocation_leaves_the_bytes_as_they_were);
    tcase_add_test(bytes, clearing_keeps_the_room_and_release_frees_it);
    tcase_add_test(bytes, a_buffer_is_one_block_until_its_release);
    suite_add_tcase(suite, bytes);
    return unit_run(suite);
}
