/*
 * The process of a spec, asked in bytes. This program is also that process: what
 * sandbox_start starts is the program that runs, so main answers the hidden word.
 */
#include <string.h>

#include "../../interp/prim/buf.h"
#include "../../interp/prim/err.h"
#include "../../interp/sandbox/sandbox.h"
#include "../../interp/sandbox/spec_process.h"
#include "faults.h"
#include "unit.h"

static struct sandbox *sandbox;
static struct buf request, reply;
static struct err err;

static void setup(void) {
    sandbox = NULL;
    memset(&request, 0, sizeof request);
    memset(&reply, 0, sizeof reply);
}

static void teardown(void) {
    faults_arm(FAULT_ALLOCATION, 0, 0);
    sandbox_free(sandbox);
    buf_release(&request);
    buf_release(&reply);
}

static void start(unsigned cpu_s, unsigned wall_ms) {
    struct sandbox_limits limits = {cpu_s, wall_ms, 0};
    ck_assert_msg(sandbox_start(&sandbox, &limits, &err) == 0, "%s", err.text);
}

static void put_u32(size_t n) {
    unsigned char bytes[4] = {(unsigned char)n, (unsigned char)(n >> 8), (unsigned char)(n >> 16),
                              (unsigned char)(n >> 24)};
    ck_assert_int_eq(buf_append(&request, bytes, sizeof bytes), 0);
}

static void put_key(const char *key) {
    put_u32(strlen(key));
    ck_assert_int_eq(buf_append_text(&request, key), 0);
}

static void put_text(const char *text) {
    ck_assert_int_eq(buf_append_byte(&request, 'S'), 0);
    put_key(text);
}

/* The request to evaluate ${text} with the word `lane`; keys ascend. */
static void put_evaluation(const char *text) {
    buf_clear(&request);
    ck_assert_int_eq(buf_append(&request, "ET\0\0\0\0\6\0\0\0", 10), 0);
    put_key("memory");
    ck_assert_int_eq(buf_append(&request, "I\0\0\0\4\0\0\0\0", 9), 0);
    put_key("name");
    put_text("release.lua");
    put_key("specs");
    ck_assert_int_eq(buf_append(&request, "T\0\0\0\0\0\0\0\0", 9), 0);
    put_key("steps");
    ck_assert_int_eq(buf_append(&request, "I\200\226\230\0\0\0\0\0", 9), 0);
    put_key("text");
    put_text(text);
    put_key("words");
    ck_assert_int_eq(buf_append(&request, "T\0\0\0\0\1\0\0\0", 9), 0);
    put_key("lane");
    ck_assert_int_eq(buf_append(&request, "T\0\0\0\0\1\0\0\0", 9), 0);
    put_key("kind");
    put_text("statement");
}

static int ask(const char *text) {
    put_evaluation(text);
    return sandbox_ask(&reply, sandbox, &request, &err);
}

START_TEST(a_spec_is_answered_with_its_statements) {
    start(0, 0);
    ck_assert_int_eq(ask("lane 'x'"), 0);
    ck_assert_uint_eq(reply.length, 37);
    ck_assert_mem_eq(reply.bytes,
                     "+T\1\0\0\0\0\0\0\0W\4\0\0\0lane\0\0\0\0\1\0\0\0\1\0\0\0S\1\0\0\0x", 37);
}
END_TEST

START_TEST(one_process_answers_many_questions) {
    int i;
    start(0, 0);
    for (i = 0; i < 50; i++) {
        ck_assert_int_eq(ask(i % 2 ? "x = 1" : "lane 'x'"), 0);
        ck_assert_int_eq(reply.bytes[0], i % 2 ? '-' : '+');
    }
    ck_assert_str_eq(reply.bytes, "-frelease.lua:1: global 'x': use local");
}
END_TEST

START_TEST(P15_cpu_time_ends_what_no_budget_counts) {
    start(1, 0);
    ck_assert_err(ask("return ('a'):rep(30):find(('a-'):rep(14) .. 'b')"), err, ERR_LIMIT,
                  "more than 1 s of CPU time");
    ck_assert_err(ask("lane 'x'"), err, ERR_SYSTEM, "its process is gone");
}
END_TEST

START_TEST(P15_the_wall_clock_ends_what_does_not_answer) {
    start(0, 50);
    ck_assert_err(ask("return ('a'):rep(30):find(('a-'):rep(14) .. 'b')"), err, ERR_TIMEOUT,
                  "no answer within 50 ms");
}
END_TEST

START_TEST(a_question_that_relrun_does_not_ask_is_refused) {
    start(0, 0);
    ck_assert_int_eq(buf_append_text(&request, "Ejunk"), 0);
    ck_assert_int_eq(sandbox_ask(&reply, sandbox, &request, &err), 0);
    ck_assert_int_eq(reply.bytes[0], '-');
    ck_assert_ptr_nonnull(strstr(reply.bytes, "a malformed question"));
}
END_TEST

START_TEST(an_empty_question_ends_the_process_in_order) {
    start(0, 0);
    ck_assert_err(sandbox_ask(&reply, sandbox, &request, &err), err, ERR_SYSTEM,
                  "ended with status 0");
}
END_TEST

START_TEST(P13_a_refused_allocation_starts_nothing) {
    struct sandbox_limits limits = {0, 0, 0};
    unsigned n;
    for (n = 1; n <= 2; n++) {
        int rc;
        faults_arm(FAULT_ALLOCATION, n, 1);
        rc = sandbox_start(&sandbox, &limits, &err);
        faults_arm(FAULT_ALLOCATION, 0, 0);
        ck_assert_int_eq(rc, ERR_MEMORY);
        ck_assert_ptr_null(sandbox);
    }
}
END_TEST

START_TEST(freeing_nothing_is_harmless) {
    sandbox_free(NULL);
}
END_TEST

static int run_suite(void) {
    Suite *suite = suite_create("sandbox");
    TCase *tests = tcase_create("process");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_spec_is_answered_with_its_statements);
    tcase_add_test(tests, one_process_answers_many_questions);
    tcase_add_test(tests, P15_cpu_time_ends_what_no_budget_counts);
    tcase_add_test(tests, P15_the_wall_clock_ends_what_does_not_answer);
    tcase_add_test(tests, a_question_that_relrun_does_not_ask_is_refused);
    tcase_add_test(tests, an_empty_question_ends_the_process_in_order);
    tcase_add_test(tests, P13_a_refused_allocation_starts_nothing);
    tcase_add_test(tests, freeing_nothing_is_harmless);
    suite_add_tcase(suite, tests);
    return unit_run(suite);
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], SANDBOX_ARGUMENT) == 0)
        return spec_process_run();
    return run_suite();
}
