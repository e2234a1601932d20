#include <string.h>

#include "../../interp/prim/err.h"
#include "../../interp/prim/random.h"
#include "unit.h"

static struct err err;

static struct err err;

START_TEST(random_bytes_are_hex_digits_of_the_length_asked_for) {
    char out[2 * RANDOM_BYTES_MAX + 1];
    ck_assert_int_eq(random_hex(out, 16, &err), 0);
    ck_assert_uint_eq(strlen(out), 32);
    ck_assert_uint_eq(strspn(out, "0123456789abcdef"), 32);
    ck_assert_int_eq(random_hex(out, RANDOM_BYTES_MAX, &err), 0);
    ck_assert_uint_eq(strlen(out), 2 * RANDOM_BYTES_MAX);
}
END_TEST

START_TEST(two_draws_differ) {
    char one[33], two[33];
    ck_assert_int_eq(random_hex(one, 16, &err), 0);
    ck_assert_int_eq(random_hex(two, 16, &err), 0);
    ck_assert_str_ne(one, two);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("random");
    TCase *tcase = tcase_create("hex");
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, random_bytes_are_hex_digits_of_the_length_asked_for);
    tcase_add_test(tcase, two_draws_differ);
    return unit_run(suite);
}
