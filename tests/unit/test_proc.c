#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../interp/prim/buf.h"
#include "../../interp/prim/err.h"
#include "../../interp/prim/file.h"
#include "../../interp/prim/mem.h"
#include "../../interp/prim/proc.h"
#include "faults.h"
#include "unit.h"

static struct err err;
static struct proc_result result;

static void setup(void) {
    memset(&result, 0, sizeof result);
    signal(SIGPIPE, SIG_IGN); /* as the host does */
}

static void teardown(void) {
    faults_arm(FAULT_ALLOCATION, 0, 0);
    proc_result_release(&result);
}

static long now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Runs sh -c ${script} with the other options as given. */
static int sh(const char *script, struct proc_options options) {
    const char *argv[] = {"sh", "-c", script, NULL};
    options.argv = argv;
    return proc_run(&result, &options, &err);
}

static const struct proc_options plain;

START_TEST(arguments_arrive_byte_for_byte_without_a_shell) {
    const char *argv[] = {"printf", "%s|",    "",   "a b",      "$HOME",    "*", "`id`",
                          "-n",     "\"'\\", "\n", "\xFF\xFE", "; exit 3", NULL};
    struct proc_options options = {.argv = argv};
    ck_assert_int_eq(proc_run(&result, &options, &err), 0);
    ck_assert_int_eq(result.code, 0);
    ck_assert_str_eq(buf_text(&result.output), "|a b|$HOME|*|`id`|-n|\"'\\|\n|\xFF\xFE|; exit 3|");
}
END_TEST

START_TEST(outputs_are_kept_apart_and_the_exit_status_tells) {
    ck_assert_int_eq(sh("echo out; echo err >&2; exit 7", plain), 0);
    ck_assert_str_eq(buf_text(&result.output), "out\n");
    ck_assert_str_eq(buf_text(&result.errors), "err\n");
    ck_assert_int_eq(result.code, 7);
    ck_assert_int_eq(result.signal, 0);
}
END_TEST

START_TEST(a_signal_is_told_apart_from_an_exit) {
    ck_assert_int_eq(sh("kill -TERM $$", plain), 0);
    ck_assert_int_eq(result.code, -1);
    ck_assert_int_eq(result.signal, SIGTERM);
    ck_assert_int_eq(result.timed_out, 0);
}
END_TEST

START_TEST(the_environment_is_changed_by_name_and_only_there) {
    const char *env[] = {"UNIT_SET=new=value", "UNIT_GONE", "UNIT_EMPTY=", "UNIT", NULL};
    struct proc_options options = {.env = env};
    setenv("UNIT_SET", "old", 1);
    setenv("UNIT_GONE", "there", 1);
    setenv("UNIT_KEPT", "kept", 1);
    ck_assert_int_eq(sh("echo \"$UNIT_SET,${UNIT_GONE-unset},${UNIT_EMPTY-unset},$UNIT_KEPT\"", options), 0);
    ck_assert_str_eq(buf_text(&result.output), "new=value,unset,,kept\n");
    ck_assert_str_eq(getenv("UNIT_SET"), "old");
    ck_assert_str_eq(getenv("UNIT_GONE"), "there");
}
END_TEST

START_TEST(the_child_starts_where_it_is_told_and_we_stay) {
    struct proc_options options = {.cwd = "/usr"};
    char before[4096], after[4096];
    ck_assert_ptr_nonnull(getcwd(before, sizeof before));
    ck_assert_int_eq(sh("pwd", options), 0);
    ck_assert_str_eq(buf_text(&result.output), "/usr\n");
    ck_assert_ptr_nonnull(getcwd(after, sizeof after));
    ck_assert_str_eq(before, after);
    options.cwd = "/no/such/place";
    ck_assert_err(sh("pwd", options), err, ERR_NOT_FOUND, "sh");
}
END_TEST

START_TEST(a_program_that_is_missing_or_not_one_is_an_error) {
    const char *missing[] = {"no-such-program-at-all", NULL}, *directory[] = {"/usr", NULL};
    struct proc_options options = {.argv = missing};
    ck_assert_err(proc_run(&result, &options, &err), err, ERR_NOT_FOUND, "cannot run no-such-program-at-all");
    options.argv = directory;
    ck_assert_err(proc_run(&result, &options, &err), err, ERR_DENIED, "cannot run /usr");
}
END_TEST

static char *megabyte(void) {
    char *bytes = mem_new(1 << 20);
    size_t i;
    ck_assert_ptr_nonnull(bytes);
    for (i = 0; i < 1 << 20; i++)
        bytes[i] = (char)(i * 31);
    return bytes;
}

START_TEST(input_larger_than_a_pipe_comes_back_whole) {
    char *bytes = megabyte();
    struct proc_options options = {.input = bytes, .input_length = 1 << 20};
    ck_assert_int_eq(sh("cat", options), 0);
    ck_assert_uint_eq(result.output.length, 1 << 20);
    ck_assert_mem_eq(result.output.bytes, bytes, 1 << 20);
    mem_free(bytes);
}
END_TEST

START_TEST(a_child_that_does_not_read_its_input_holds_nobody_up) {
    char *bytes = megabyte();
    struct proc_options options = {.input = bytes, .input_length = 1 << 20, .timeout_ms = 5000};
    ck_assert_int_eq(sh("echo done; exit 3", options), 0);
    ck_assert_int_eq(result.code, 3);
    ck_assert_int_eq(result.timed_out, 0);
    ck_assert_str_eq(buf_text(&result.output), "done\n");
    mem_free(bytes);
}
END_TEST

START_TEST(without_input_the_child_reads_an_end) {
    struct proc_options options = {.timeout_ms = 5000};
    ck_assert_int_eq(sh("cat; echo ended", options), 0);
    ck_assert_str_eq(buf_text(&result.output), "ended\n");
}
END_TEST

START_TEST(output_above_the_cap_is_an_error_and_the_child_is_gone) {
    struct proc_options options = {.max_output = 1000, .timeout_ms = 5000};
    ck_assert_err(sh("yes", options), err, ERR_LIMIT, "1000");
    ck_assert_int_eq(result.signal, SIGKILL);
}
END_TEST

START_TEST(output_of_exactly_the_cap_is_fine) {
    struct proc_options options = {.max_output = 5};
    ck_assert_int_eq(sh("printf 12345; printf abcde >&2", options), 0);
    ck_assert_str_eq(buf_text(&result.output), "12345");
    ck_assert_str_eq(buf_text(&result.errors), "abcde");
}
END_TEST

/* 1 when the process ends within two seconds; the zombie of an orphan is init's to reap. */
static int goes_away(pid_t pid) {
    char path[64], state = 0;
    int tries;
    for (tries = 0; tries < 200; tries++) {
        struct timespec pause = {0, 10000000};
        FILE *stat;
        if (kill(pid, 0) != 0 && errno == ESRCH)
            return 1;
        snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
        stat = fopen(path, "r");
        if (stat == NULL)
            return 1;
        if (fscanf(stat, "%*d %*s %c", &state) != 1)
            state = 0;
        fclose(stat);
        if (state == 'Z')
            return 1;
        nanosleep(&pause, NULL);
    }
    return 0;
}

static void check_deadline(const char *script) {
    struct proc_options options = {.timeout_ms = 80};
    long start = now_ms();
    int grandchild;

    ck_assert_int_eq(sh(script, options), 0);
    ck_assert_int_eq(result.timed_out, 1);
    ck_assert_int_lt(now_ms() - start, 5000);
    ck_assert_int_eq(sscanf(buf_text(&result.output), "%d", &grandchild), 1);
    ck_assert_int_gt(grandchild, 1);
    ck_assert_msg(goes_away(grandchild), "process %d lives on", grandchild);
}

START_TEST(the_deadline_ends_the_child_and_its_children) {
    check_deadline("sleep 30 & echo $!; wait");
    ck_assert_int_eq(result.signal, SIGKILL);
}
END_TEST

START_TEST(the_deadline_ends_a_grandchild_that_outlives_its_parent) {
    check_deadline("sleep 30 & echo $!");
}
END_TEST

START_TEST(the_deadline_holds_for_a_child_that_closed_its_outputs) {
    check_deadline("echo $$; exec sleep 30 >/dev/null 2>&1");
    ck_assert_int_eq(result.signal, SIGKILL);
}
END_TEST

START_TEST(the_deadline_holds_against_a_child_that_ignores_signals) {
    check_deadline("trap '' TERM INT HUP; echo $$; while :; do sleep 30; done");
    ck_assert_int_eq(result.signal, SIGKILL);
}
END_TEST

START_TEST(no_descriptor_of_ours_reaches_the_child) {
    const char *test = "for fd in \"$0\" \"$1\"; do [ ! -e /proc/self/fd/$fd ] || echo $fd; done";
    char first[16], second[16];
    const char *argv[] = {"sh", "-c", test, first, second, NULL};
    struct proc_options options = {.argv = argv};
    int ours[2];
    ck_assert_int_eq(pipe2(ours, O_CLOEXEC), 0);
    /* High numbers, which no program opens by itself. */
    ck_assert_int_ge(ours[0] = fcntl(ours[0], F_DUPFD_CLOEXEC, 200), 200);
    ck_assert_int_ge(ours[1] = fcntl(ours[1], F_DUPFD_CLOEXEC, 200), 200);
    snprintf(first, sizeof first, "%d", ours[0]);
    snprintf(second, sizeof second, "%d", ours[1]);
    ck_assert_int_eq(proc_run(&result, &options, &err), 0);
    ck_assert_str_eq(buf_text(&result.output), "");
}
END_TEST

START_TEST(a_run_leaves_no_descriptor_open) {
    int next = dup(0), after;
    close(next);
    ck_assert_int_eq(sh("cat; exit 1", (struct proc_options){.input = "in", .input_length = 2}), 0);
    ck_assert_int_lt(sh("true", (struct proc_options){.cwd = "/no/such/place"}), 0);
    ck_assert_int_lt(sh("yes", (struct proc_options){.max_output = 10}), 0);
    after = dup(0);
    ck_assert_int_eq(after, next);
    close(after);
}
END_TEST

START_TEST(the_child_dies_of_a_broken_pipe_as_programs_do) {
    ck_assert_int_eq(sh("kill -PIPE $$; echo survived", plain), 0);
    ck_assert_int_eq(result.signal, SIGPIPE);
}
END_TEST

START_TEST(closed_standard_streams_do_not_mix_the_pipes_up) {
    int kept = dup(2), i;
    for (i = 0; i < 3; i++)
        close(i);
    i = sh("cat; echo err >&2", (struct proc_options){.input = "in", .input_length = 2});
    dup2(kept, 2);
    ck_assert_int_eq(i, 0);
    ck_assert_str_eq(buf_text(&result.output), "in");
    ck_assert_str_eq(buf_text(&result.errors), "err\n");
}
END_TEST

static const struct {
    const char *text, *redacted;
} secrets[] = {
    {"https://user:token@host/x", "https://***@host/x"},
    {"a https://t@host b ssh://git:pw@h/ c", "a https://*@host b ssh://***@h/ c"},
    {"https://user:p@ss@host/", "https://***@host/"},
    {"'https://u:token@h'", "'https://***@h'"},
    {"https://host/a@b", "https://host/a@b"},
    {"mail a@b.c and https://host", "mail a@b.c and https://host"},
    {"https://@host", "https://@host"},
    {"://", "://"},
    {"", ""},
};

START_TEST(redaction_hides_the_userinfo_of_urls_and_nothing_else) {
    struct buf text = BUF_INIT;
    ck_assert_int_eq(buf_append_text(&text, secrets[_i].text), 0);
    proc_redact(&text);
    ck_assert_str_eq(buf_text(&text), secrets[_i].redacted);
    ck_assert_uint_eq(text.length, strlen(secrets[_i].redacted));
    buf_release(&text);
}
END_TEST

START_TEST(redaction_covers_both_outputs) {
    struct proc_options options = {.redact = 1};
    ck_assert_int_eq(sh("echo https://u:canary@h/; echo https://u:canary@h/ >&2", options), 0);
    ck_assert_str_eq(buf_text(&result.output), "https://***@h/\n");
    ck_assert_str_eq(buf_text(&result.errors), "https://***@h/\n");
}
END_TEST

START_TEST(P13_every_refused_allocation_of_a_run_is_an_error_and_leaks_nothing) {
    unsigned n;
    int rc;
    for (n = 1, rc = -1; rc != 0; n++) {
        long before = faults_live_blocks(), left; /* Check allocates too: no assertion in between */
        int said;
        faults_arm(FAULT_ALLOCATION, n, 0);
        rc = sh("echo out; echo err >&2", plain);
        faults_arm(FAULT_ALLOCATION, 0, 0);
        said = strcmp(buf_text(&result.output), "out\n") == 0;
        proc_result_release(&result);
        left = faults_live_blocks() - before;
        ck_assert_int_eq(left, 0);
        ck_assert(rc == 0 ? said : rc == ERR_MEMORY);
        ck_assert_uint_lt(n, 30);
    }
    ck_assert_uint_gt(n, 3);
}
END_TEST

/* Begins sh -c ${script} with the other options as given. */
static struct proc_begun *begin(const char *script, struct proc_options options) {
    const char *argv[] = {"sh", "-c", script, NULL};
    struct proc_begun *begun = NULL;
    options.argv = argv;
    ck_assert_int_eq(proc_begin(&begun, &options, &err), 0);
    return begun;
}

/* The second child ends the first one's waiting: one after the other they would hang. */
START_TEST(children_that_are_begun_run_side_by_side) {
    char script[256], fifo[] = "/tmp/relrun-proc-XXXXXX";
    struct proc_begun *first, *second;
    ck_assert_int_ge(close(mkstemp(fifo)), 0);
    snprintf(script, sizeof script, "rm '%s'; mkfifo '%s'; echo made; cat '%s'", fifo, fifo, fifo);
    first = begin(script, (struct proc_options){.timeout_ms = 15000});
    snprintf(script, sizeof script, "until [ -p '%s' ]; do :; done; echo word > '%s'", fifo, fifo);
    second = begin(script, (struct proc_options){.timeout_ms = 15000});
    ck_assert_int_eq(proc_finish(&result, second, NULL, 0, &err), 0);
    ck_assert_int_eq(result.code, 0);
    proc_result_release(&result);
    ck_assert_int_eq(proc_finish(&result, first, NULL, 0, &err), 0);
    ck_assert_str_eq(buf_text(&result.output), "made\nword\n");
    unlink(fifo);
}
END_TEST

START_TEST(input_that_comes_late_is_waited_for) {
    struct proc_begun *begun = begin("echo ready; cat", (struct proc_options){.input = ""});
    ck_assert_int_eq(proc_finish(&result, begun, "late", 4, &err), 0);
    ck_assert_str_eq(buf_text(&result.output), "ready\nlate");
    proc_result_release(&result);
    begun = begin("cat; echo end", (struct proc_options){.input = ""});
    ck_assert_int_eq(proc_finish(&result, begun, NULL, 0, &err), 0);
    ck_assert_str_eq(buf_text(&result.output), "end\n");
}
END_TEST

START_TEST(the_deadline_of_a_begun_child_counts_from_its_finish) {
    struct timespec pause = {0, 600000000};
    struct proc_begun *begun = begin("echo done", (struct proc_options){.timeout_ms = 500});
    nanosleep(&pause, NULL);
    ck_assert_int_eq(proc_finish(&result, begun, NULL, 0, &err), 0);
    ck_assert_int_eq(result.timed_out, 0);
    ck_assert_str_eq(buf_text(&result.output), "done\n");
    proc_result_release(&result);
    begun = begin("sleep 30", (struct proc_options){.timeout_ms = 200});
    ck_assert_int_eq(proc_finish(&result, begun, NULL, 0, &err), 0);
    ck_assert_int_eq(result.timed_out, 1);
}
END_TEST

START_TEST(a_child_that_is_abandoned_is_gone_and_leaves_nothing_open) {
    int next = dup(0), after;
    close(next);
    proc_abandon(begin("sleep 30 & sleep 30; wait", (struct proc_options){.input = ""}));
    proc_abandon(NULL);
    after = dup(0);
    ck_assert_int_eq(after, next);
    close(after);
    ck_assert(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}
END_TEST

START_TEST(a_started_process_runs_until_it_is_killed) {
    const char *argv[] = {"sleep", "30", NULL};
    struct proc_options options = {.argv = argv};
    struct proc *proc = NULL;
    int code = 0, ended_by = 0;
    ck_assert_int_eq(proc_start(&proc, &options, &err), 0);
    ck_assert_int_eq(proc_wait(proc, 20, &code, &ended_by, &err), 0);
    ck_assert_int_eq(kill(proc_id(proc), 0), 0);
    ck_assert_int_eq(proc_kill(proc, SIGTERM, &err), 0);
    ck_assert_int_eq(proc_wait(proc, 5000, &code, &ended_by, &err), 1);
    ck_assert_int_eq(code, -1);
    ck_assert_int_eq(ended_by, SIGTERM);
    ck_assert_int_eq(proc_kill(proc, SIGTERM, &err), 0);
    proc_free(proc);
}
END_TEST

START_TEST(freeing_a_started_process_ends_it_and_its_children) {
    const char *argv[] = {"sh", "-c", "sleep 30 & wait", NULL};
    struct proc_options options = {.argv = argv};
    struct proc *proc = NULL;
    pid_t pid;
    ck_assert_int_eq(proc_start(&proc, &options, &err), 0);
    pid = proc_id(proc);
    proc_free(proc);
    ck_assert(kill(pid, 0) != 0 && errno == ESRCH);
    proc_free(NULL);
}
END_TEST

START_TEST(a_process_that_cannot_start_is_an_error) {
    const char *argv[] = {"no-such-program-at-all", NULL};
    struct proc_options options = {.argv = argv};
    struct proc *proc = NULL;
    ck_assert_err(proc_start(&proc, &options, &err), err, ERR_NOT_FOUND, "no-such-program-at-all");
    ck_assert_ptr_null(proc);
}
END_TEST

/* Holds interrupts while a child of ours writes to ${pipe}, as a transfer does beside a git that works. */
static void hold_beside_a_child(const char *pipe) {
    const char *argv[] = {"sh", "-c", "exec 3>\"$1\"; echo up >&3; exec sleep 60", "sh", pipe, NULL};
    struct proc_options options = {.argv = argv};
    struct proc_begun *begun;
    struct timespec pause = {0, 1000000};

    proc_handle_interrupts();
    proc_hold_interrupts();
    if (proc_begin(&begun, &options, &err) < 0)
        _exit(1);
    while (!proc_interrupted())
        nanosleep(&pause, NULL);
    proc_release_interrupts();
    _exit(2);
}

START_TEST(an_interrupt_that_waited_takes_the_children_along) {
    struct buf path = BUF_INIT;
    int status, fd;
    char got[8];
    pid_t pid;

    ck_assert_int_eq(file_temporary_directory(&path, &err), 0);
    ck_assert_int_eq(buf_append_text(&path, "/pipe"), 0);
    ck_assert_int_eq(mkfifo(path.bytes, 0600), 0);
    pid = fork();
    if (pid == 0)
        hold_beside_a_child(path.bytes);
    fd = open(path.bytes, O_RDONLY);
    ck_assert_int_eq(read(fd, got, sizeof got), 3);
    ck_assert_int_eq(kill(pid, SIGTERM), 0);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 130);
    ck_assert_int_eq(read(fd, got, sizeof got), 0); /* the last writer is gone */
    close(fd);
    path.bytes[path.length - 5] = '\0';
    ck_assert_int_eq(file_remove(path.bytes, 1, &err), 0);
    buf_release(&path);
}
END_TEST

static TCase *add_case(Suite *suite, const char *name) {
    TCase *tcase = tcase_create(name);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 20);
    suite_add_tcase(suite, tcase);
    return tcase;
}

int main(void) {
    Suite *suite = suite_create("proc");
    TCase *tcase = add_case(suite, "run");
    tcase_add_test(tcase, arguments_arrive_byte_for_byte_without_a_shell);
    tcase_add_test(tcase, outputs_are_kept_apart_and_the_exit_status_tells);
    tcase_add_test(tcase, a_signal_is_told_apart_from_an_exit);
    tcase_add_test(tcase, the_environment_is_changed_by_name_and_only_there);
    tcase_add_test(tcase, the_child_starts_where_it_is_told_and_we_stay);
    tcase_add_test(tcase, a_program_that_is_missing_or_not_one_is_an_error);
    tcase_add_test(tcase, no_descriptor_of_ours_reaches_the_child);
    tcase_add_test(tcase, a_run_leaves_no_descriptor_open);
    tcase_add_test(tcase, the_child_dies_of_a_broken_pipe_as_programs_do);
    tcase_add_test(tcase, closed_standard_streams_do_not_mix_the_pipes_up);
    tcase_add_test(tcase, P13_every_refused_allocation_of_a_run_is_an_error_and_leaks_nothing);
    tcase = add_case(suite, "streams");
    tcase_add_test(tcase, input_larger_than_a_pipe_comes_back_whole);
    tcase_add_test(tcase, a_child_that_does_not_read_its_input_holds_nobody_up);
    tcase_add_test(tcase, without_input_the_child_reads_an_end);
    tcase_add_test(tcase, output_above_the_cap_is_an_error_and_the_child_is_gone);
    tcase_add_test(tcase, output_of_exactly_the_cap_is_fine);
    tcase = add_case(suite, "deadline");
    tcase_add_test(tcase, the_deadline_ends_the_child_and_its_children);
    tcase_add_test(tcase, the_deadline_ends_a_grandchild_that_outlives_its_parent);
    tcase_add_test(tcase, the_deadline_holds_for_a_child_that_closed_its_outputs);
    tcase_add_test(tcase, the_deadline_holds_against_a_child_that_ignores_signals);
    tcase = add_case(suite, "redaction");
    tcase_add_loop_test(tcase, redaction_hides_the_userinfo_of_urls_and_nothing_else, 0,
                        sizeof secrets / sizeof *secrets);
    tcase_add_test(tcase, redaction_covers_both_outputs);
    tcase = add_case(suite, "begin");
    tcase_add_test(tcase, children_that_are_begun_run_side_by_side);
    tcase_add_test(tcase, input_that_comes_late_is_waited_for);
    tcase_add_test(tcase, the_deadline_of_a_begun_child_counts_from_its_finish);
    tcase_add_test(tcase, a_child_that_is_abandoned_is_gone_and_leaves_nothing_open);
    tcase = add_case(suite, "start");
    tcase_add_test(tcase, a_started_process_runs_until_it_is_killed);
    tcase_add_test(tcase, freeing_a_started_process_ends_it_and_its_children);
    tcase_add_test(tcase, an_interrupt_that_waited_takes_the_children_along);
    tcase_add_test(tcase, a_process_that_cannot_start_is_an_error);
    return unit_run(suite);
}
