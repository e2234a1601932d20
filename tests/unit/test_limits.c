/*
 * The limits of a process, each tried in a child of its own: what it does, and how it ends.
 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../interp/sandbox/limits.h"
#include "unit.h"

enum { UNSUPPORTED = 77, OWN_FD = 3, OTHER_FD = 4 };

/* The status of a child in which the limits hold and ${act} was called, as of waitpid. */
static int status_of(void (*act)(void)) {
    int status = 0, pair[2];
    pid_t pid = fork();

    if (pid == 0) {
        if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0 || dup2(pair[0], OWN_FD) < 0 ||
            dup2(pair[1], OTHER_FD) < 0 || limits_apply(1, (size_t)64 << 20) != 0)
            _exit(1);
        if (!(limits_seal(OWN_FD) & LIMITS_SYSCALLS))
            _exit(UNSUPPORTED);
        act();
        _exit(0);
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    return status;
}

static void write_to_own(void) {
    if (write(OWN_FD, "x", 1) != 1)
        _exit(2);
}

static void take_memory(void) {
    char *block = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED)
        _exit(2);
    memset(block, 1, 1 << 20);
    munmap(block, 1 << 20);
}

static void take_too_much(void) {
    if (mmap(NULL, (size_t)1 << 30, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
        _exit(2);
}

static void write_to_other(void) {
    if (write(OTHER_FD, "x", 1) != 1)
        _exit(2);
}

static void read_from_other(void) {
    char byte;
    if (read(0, &byte, 1) < 0)
        _exit(2);
}

static void open_file(void) {
    _exit(open("/etc/passwd", O_RDONLY) >= 0 ? 2 : 3);
}

static void make_socket(void) {
    _exit(socket(AF_INET, SOCK_STREAM, 0) >= 0 ? 2 : 3);
}

static void run_program(void) {
    char *argv[] = {(char *)"true", NULL};
    execv("/bin/true", argv);
    _exit(3);
}

static void start_process(void) {
    _exit(fork() >= 0 ? 2 : 3);
}

static void kill_parent(void) {
    _exit(kill(getppid(), 0) == 0 ? 2 : 3);
}

static void make_code(void) {
    _exit(mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED
              ? 2
              : 3);
}

static void turn_into_code(void) {
    static char page[8192] __attribute__((aligned(4096)));
    _exit(mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0 ? 2 : 3);
}

static void raise_limits(void) {
    struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
    _exit(setrlimit(RLIMIT_CPU, &limit) == 0 ? 2 : 3);
}

static void ask_for_time(void) {
    _exit(syscall(SYS_clock_gettime, 0, NULL) == 0 ? 2 : 3);
}

static void loop(void) {
    for (volatile int i = 0;; i++)
        ;
}

static void (*const allowed[])(void) = {write_to_own, take_memory, take_too_much};

static void (*const forbidden[])(void) = {
    write_to_other, read_from_other, open_file, make_socket,  run_program,  start_process,
    kill_parent,    make_code,       turn_into_code, raise_limits, ask_for_time,
};

START_TEST(P15_a_sealed_process_may_use_its_socket_and_memory_up_to_the_limit) {
    int status = status_of(allowed[_i]);
    ck_assert_msg(WIFEXITED(status), "signal %d", WTERMSIG(status));
    if (WEXITSTATUS(status) != UNSUPPORTED)
        ck_assert_int_eq(WEXITSTATUS(status), 0);
}
END_TEST

START_TEST(P15_any_other_system_call_kills_a_sealed_process) {
    int status = status_of(forbidden[_i]);
    if (WIFEXITED(status) && WEXITSTATUS(status) == UNSUPPORTED)
        return;
    ck_assert_msg(WIFSIGNALED(status), "status %d", WEXITSTATUS(status));
    ck_assert_int_eq(WTERMSIG(status), SIGSYS);
}
END_TEST

START_TEST(P15_cpu_time_kills_a_sealed_process) {
    int status = status_of(loop);
    if (WIFEXITED(status) && WEXITSTATUS(status) == UNSUPPORTED)
        return;
    ck_assert(WIFSIGNALED(status));
    ck_assert_int_eq(WTERMSIG(status), SIGXCPU);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("limits");
    TCase *sealed = tcase_create("sealed");

    tcase_add_loop_test(sealed,
                        P15_a_sealed_process_may_use_its_socket_and_memory_up_to_the_limit, 0,
                        (int)(sizeof allowed / sizeof allowed[0]));
    tcase_add_loop_test(sealed, P15_any_other_system_call_kills_a_sealed_process, 0,
                        (int)(sizeof forbidden / sizeof forbidden[0]));
    tcase_add_test(sealed, P15_cpu_time_kills_a_sealed_process);
    suite_add_tcase(suite, sealed);
    return unit_run(suite);
}
