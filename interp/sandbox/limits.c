#include "limits.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "../prim/banned.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) ||                         \
    __has_feature(thread_sanitizer) || __has_feature(undefined_behavior_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0 /* gcc does not tell of UBSan alone, whose reports are lost then */
#endif

/* What program, libraries and stacks take besides the data. */
#define BASE_MEMORY ((size_t)192 << 20)

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

static int set(__rlimit_resource_t resource, rlim_t soft, rlim_t hard) {
    struct rlimit limit, present;
    if (getrlimit(resource, &present) != 0)
        return -1;
    /* A limit that is lower already stays. */
    limit.rlim_max = hard < present.rlim_max ? hard : present.rlim_max;
    limit.rlim_cur = soft < limit.rlim_max ? soft : limit.rlim_max;
    return setrlimit(resource, &limit);
}

int limits_apply(unsigned cpu_s, size_t memory) {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || set(RLIMIT_CPU, cpu_s, RLIM_INFINITY) != 0 ||
        set(RLIMIT_FSIZE, 0, 0) != 0 || set(RLIMIT_NPROC, 0, 0) != 0 ||
        set(RLIMIT_CORE, 0, 0) != 0 ||
        /* Only the soft limit: valgrind keeps the hard one for itself. */
        set(RLIMIT_NOFILE, 16, RLIM_INFINITY) != 0)
        return -1;
    if (SANITIZED)
        return 0;
    return set(RLIMIT_AS, memory + BASE_MEMORY, memory + BASE_MEMORY);
}

int limits_renew_cpu(int pid, unsigned cpu_s) {
    struct rlimit limit;
    struct timespec used;
    clockid_t clock;

    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) != 0 ||
        prlimit(pid, RLIMIT_CPU, NULL, &limit) != 0)
        return -1;
    limit.rlim_cur = (rlim_t)used.tv_sec + (used.tv_nsec > 0) + cpu_s;
    if (limit.rlim_cur > limit.rlim_max)
        limit.rlim_cur = limit.rlim_max;
    return prlimit(pid, RLIMIT_CPU, &limit, NULL);
}

#if defined(ARCHITECTURE) && !SANITIZED

#define ARGUMENT(n) ((uint32_t)offsetof(struct seccomp_data, args[n])) /* its low half */
#define LOAD(where) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (where))
#define ANSWER(what) BPF_STMT(BPF_RET | BPF_K, (what))
/* A call that is allowed as it is. */
#define ALLOW(name)                                                                                \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##name, 0, 1), ANSWER(SECCOMP_RET_ALLOW)
/* A call that is allowed when argument ${n} masked by ${mask} is ${value}; killed otherwise. */
#define ALLOW_IF(name, n, mask, value)                                                             \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##name, 0, 5), LOAD(ARGUMENT(n)),                     \
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, (mask)),                                               \
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, 1), ANSWER(SECCOMP_RET_ALLOW),             \
        ANSWER(SECCOMP_RET_KILL_PROCESS)

static int filter_syscalls(uint32_t fd) {
    struct sock_filter code[] = {
        LOAD(offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
        ANSWER(SECCOMP_RET_KILL_PROCESS),
        LOAD(offsetof(struct seccomp_data, nr)),
        ALLOW_IF(read, 0, UINT32_MAX, fd),
        ALLOW_IF(write, 0, UINT32_MAX, fd),
        /* Memory of our own: never executable, never a file. */
        ALLOW_IF(mmap, 2, PROT_EXEC, 0),
        ALLOW(munmap),
        ALLOW(mremap),
        ALLOW(brk),
        ALLOW(madvise),
        ALLOW(exit_group),
        ANSWER(SECCOMP_RET_KILL_PROCESS),
    };
    struct sock_fprog program = {sizeof code / sizeof code[0], code};

    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

#else

static int filter_syscalls(uint32_t fd) {
    (void)fd;
    return 0;
}

#endif

unsigned limits_seal(int fd) {
    unsigned features = SANITIZED ? 0 : LIMITS_MEMORY;
    (void)prctl(PR_SET_DUMPABLE, 0);
    (void)prctl(PR_SET_NAME, "relrun-spec");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && filter_syscalls((uint32_t)fd))
        features |= LIMITS_SYSCALLS;
    return features;
}
