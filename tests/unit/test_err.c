#include <errno.h>
#include <string.h>

#include "../../interp/prim/err.h"
#include "unit.h"

static struct err err;

START_TEST(set_returns_the_kind_and_formats_the_text) {
    ck_assert_int_eq(err_set(&err, ERR_LIMIT, "%s: %d bytes", "a.txt", 7), ERR_LIMIT);
    ck_assert_int_eq(err.kind, ERR_LIMIT);
    ck_assert_str_eq(err.text, "a.txt: 7 bytes");
}
END_TEST

START_TEST(a_caller_may_want_no_text) {
    ck_assert_int_eq(err_set(NULL, ERR_FORMAT, "x"), ERR_FORMAT);
    errno = ENOENT;
    ck_assert_int_eq(err_system(NULL, "x"), ERR_NOT_FOUND);
}
END_TEST

START_TEST(a_long_text_is_cut_and_says_so) {
    char text[2 * ERR_TEXT_MAX];
    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = '\0';
    err_set(&err, ERR_FORMAT, "%s", text);
    ck_assert_uint_eq(strlen(err.text), ERR_TEXT_MAX - 1);
    ck_assert_str_eq(err.text + ERR_TEXT_MAX - 5, "a...");
}
END_TEST

START_TEST(a_text_that_just_fits_is_not_cut) {
    char text[ERR_TEXT_MAX];
    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = '\0';
    err_set(&err, ERR_FORMAT, "%s", text);
    ck_assert_str_eq(err.text, text);
}
END_TEST

START_TEST(a_long_system_error_stays_inside_its_text) {
    char text[2 * ERR_TEXT_MAX];
    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = '\0';
    errno = EIO;
    ck_assert_int_eq(err_system(&err, "%s", text), ERR_SYSTEM);
    ck_assert_uint_lt(strlen(err.text), ERR_TEXT_MAX);
}
END_TEST

static const struct {
    int number, kind;
    const char *name;
} system_errors[] = {
    {ENOENT, ERR_NOT_FOUND, "not_found"}, {ENOTDIR, ERR_NOT_FOUND, "not_found"},
    {EEXIST, ERR_EXISTS, "exists"},       {ENOTEMPTY, ERR_EXISTS, "exists"},
    {EACCES, ERR_DENIED, "denied"},       {EPERM, ERR_DENIED, "denied"},
    {EROFS, ERR_DENIED, "denied"},        {ENOMEM, ERR_MEMORY, "memory"},
    {EIO, ERR_SYSTEM, "system"},
};

START_TEST(errno_picks_the_kind_and_ends_the_text) {
    const char *reason = strerror(system_errors[_i].number);
    errno = system_errors[_i].number;
    ck_assert_int_eq(err_system(&err, "%s", "dir/a"), system_errors[_i].kind);
    ck_assert_int_eq(err.kind, system_errors[_i].kind);
    ck_assert_int_eq(strncmp(err.text, "dir/a: ", 7), 0);
    ck_assert_str_eq(err.text + 7, reason);
    ck_assert_str_eq(err_name(err.kind), system_errors[_i].name);
}
END_TEST

START_TEST(every_number_has_a_name) {
    int kind;
    for (kind = ERR_MEMORY; kind >= ERR_DENIED; kind--)
        ck_assert_str_ne(err_name(kind), "error");
    ck_assert_str_eq(err_name(ERR_DENIED - 1000), "error");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("err");
    TCase *tcase = tcase_create("texts and kinds");
    tcase_add_test(tcase, set_returns_the_kind_and_formats_the_text);
    tcase_add_test(tcase, a_caller_may_want_no_text);
    tcase_add_test(tcase, a_long_text_is_cut_and_says_so);
    tcase_add_test(tcase, a_text_that_just_fits_is_not_cut);
    tcase_add_test(tcase, a_long_system_error_stays_inside_its_text);
    tcase_add_loop_test(tcase, errno_picks_the_kind_and_ends_the_text, 0,
                        sizeof system_errors / sizeof *system_errors);
    tcase_add_test(tcase, every_number_has_a_name);
    suite_add_tcase(suite, tcase);
    return unit_run(suite);
}
