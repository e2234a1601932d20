#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "../../interp/prim/secret.h"
#include "unit.h"

static struct rlimit before;

static void setup(void) {
    (void)clearenv();
    ck_assert_int_eq(getrlimit(RLIMIT_CORE, &before), 0);
}

/* For the sanitizers, which look for leaks by tracing. */
static void teardown(void) {
    (void)prctl(PR_SET_DUMPABLE, 1);
    (void)setrlimit(RLIMIT_CORE, &before);
}

static void assert_hidden(int hidden) {
    struct rlimit limit;
    ck_assert_int_eq(getrlimit(RLIMIT_CORE, &limit), 0);
    ck_assert_int_eq(prctl(PR_GET_DUMPABLE), !hidden);
    ck_assert(limit.rlim_cur == (hidden ? 0 : before.rlim_cur));
    ck_assert(limit.rlim_max == before.rlim_max);
}

START_TEST(an_environment_without_secrets_changes_nothing) {
    secret_hide_environment();
    assert_hidden(0);
    setenv("PATH", "/bin", 1);
    setenv("GITHUB_EVENT_PATH", "/event.json", 1);
    setenv("GITHUB_TOKEN", "", 1);
    secret_hide_environment();
    assert_hidden(0);
}
END_TEST

START_TEST(a_secret_in_the_environment_hides_it_from_cores_and_tracers) {
    setenv("PATH", "/bin", 1);
    setenv("GITHUB_TOKEN", "x", 1);
    secret_hide_environment();
    assert_hidden(1);
}
END_TEST

START_TEST(a_name_too_long_to_judge_is_a_secrets) {
    char name[300];
    size_t i;
    for (i = 0; i + 1 < sizeof name; i++)
        name[i] = 'A';
    name[i] = '\0';
    ck_assert(secret_is_name(name));
    setenv(name, "x", 1);
    secret_hide_environment();
    assert_hidden(1);
}
END_TEST

START_TEST(memory_is_hidden_on_demand) {
    secret_hide_memory();
    assert_hidden(1);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("secret");
    TCase *all = tcase_create("all");
    suite_add_tcase(suite, all);
    tcase_add_checked_fixture(all, setup, teardown);
    tcase_add_test(all, an_environment_without_secrets_changes_nothing);
    tcase_add_test(all, a_secret_in_the_environment_hides_it_from_cores_and_tracers);
    tcase_add_test(all, a_name_too_long_to_judge_is_a_secrets);
    tcase_add_test(all, memory_is_hidden_on_demand);
    return unit_run(suite);
}
