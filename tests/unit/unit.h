/* What every suite shares: its end, and the assertion on an error. */
#ifndef RELRUN_UNIT_H
#define RELRUN_UNIT_H

#include <check.h>
#include <stdlib.h>

/* The kind is ${expected_kind} and the text holds ${part}. */
#define ck_assert_err(rc, err, expected_kind, part)                                                \
    do {                                                                                           \
        ck_assert_int_eq((rc), (expected_kind));                                                   \
        ck_assert_int_eq((err).kind, (expected_kind));                                             \
        ck_assert_msg(strstr((err).text, (part)) != NULL, "no \"%s\" in: %s", (part), (err).text); \
    } while (0)

/* Runs the suite, prints Check's summary and gives the exit status. */
static inline int unit_run(Suite *suite) {
    SRunner *runner = srunner_create(suite);
    int failed;
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
