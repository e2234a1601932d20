#include <string.h>

#include "../../interp/prim/utf8.h"
#include "unit.h"

static const struct {
    const char *bytes;
    size_t length, sequence;
} sequences[] = {
    {"", 0, 0},
    {"a", 1, 1},
    {"\0", 1, 1},
    {"\x7F", 1, 1},
    {"\x80", 1, 0},
    {"\xC1\xBF", 2, 0},
    {"\xC2\x80", 2, 2},
    {"\xDF\xBF", 2, 2},
    {"\xC2", 1, 0},
    {"\xC2\x41", 2, 0},
    {"\xE0\x9F\xBF", 3, 0},
    {"\xE0\xA0\x80", 3, 3},
    {"\xED\x9F\xBF", 3, 3},
    {"\xED\xA0\x80", 3, 0},
    {"\xED\xBF\xBF", 3, 0},
    {"\xEE\x80\x80", 3, 3},
    {"\xEF\xBF\xBF", 3, 3},
    {"\xEF\xBF", 2, 0},
    {"\xF0\x8F\xBF\xBF", 4, 0},
    {"\xF0\x90\x80\x80", 4, 4},
    {"\xF4\x8F\xBF\xBF", 4, 4},
    {"\xF4\x90\x80\x80", 4, 0},
    {"\xF5\x80\x80\x80", 4, 0},
    {"\xF0\x90\x80", 3, 0},
    {"\xFF", 1, 0},
};

START_TEST(a_sequence_is_what_rfc_3629_says) {
    ck_assert_uint_eq(utf8_sequence(sequences[_i].bytes, sequences[_i].length), sequences[_i].sequence);
}
END_TEST

START_TEST(every_code_point_is_encoded_as_one_sequence_in_order) {
    char before[UTF8_SEQUENCE_MAX] = "", bytes[UTF8_SEQUENCE_MAX];
    unsigned long point, wrong = 0;
    for (point = 1; point <= 0x10FFFF; point++) {
        size_t n;
        if (point == 0xD800)
            point = 0xE000;
        memset(bytes, 0, sizeof bytes);
        n = utf8_encode(bytes, point);
        wrong += utf8_sequence(bytes, n) != n || memcmp(before, bytes, sizeof bytes) >= 0;
        memcpy(before, bytes, sizeof bytes);
    }
    ck_assert_uint_eq(wrong, 0);
}
END_TEST

START_TEST(the_valid_prefix_ends_at_the_first_bad_byte) {
    ck_assert_uint_eq(utf8_valid_prefix("a\xC3\xA4\xF0\x9F\x98\x82", 7), 7);
    ck_assert_uint_eq(utf8_valid_prefix("a\xC3\xA4\xF0\x9F\x98", 6), 3);
    ck_assert_uint_eq(utf8_valid_prefix("\xFF", 1), 0);
    ck_assert_uint_eq(utf8_valid_prefix("", 0), 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("utf8");
    TCase *tcase = tcase_create("sequences");
    tcase_add_loop_test(tcase, a_sequence_is_what_rfc_3629_says, 0, sizeof sequences / sizeof *sequences);
    tcase_add_test(tcase, every_code_point_is_encoded_as_one_sequence_in_order);
    tcase_add_test(tcase, the_valid_prefix_ends_at_the_first_bad_byte);
    suite_add_tcase(suite, tcase);
    return unit_run(suite);
}
