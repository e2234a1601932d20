/*
 * What a process may use and do, told to the kernel. It knows resource limits and
 * system call filters; it knows nothing of Lua.
 */
#ifndef RELRUN_LIMITS_H
#define RELRUN_LIMITS_H

#include <stddef.h>

/* Which limits hold besides the process itself, as bits. */
enum limits_feature {
    LIMITS_MEMORY = 1,  /* RLIMIT_AS (not under AddressSanitizer, which reserves terabytes) */
    LIMITS_SYSCALLS = 2 /* seccomp (not under sanitizers, or where the kernel refuses) */
};

/*
 * Between fork and exec: CPU seconds, address space for ${memory} bytes of data, no files to
 * write, no processes, no core dumps; death together with the parent. Async-signal-safe.
 * 0, or -1 with errno.
 */
int limits_apply(unsigned cpu_s, size_t memory);

/*
 * After exec, before anything hostile is read: no new privileges, no debugger, and from now on no
 * system call but read and write on ${fd}, memory, and exit; any other one kills the process.
 * Returns the features that hold.
 */
unsigned limits_seal(int fd);

/* Gives process ${pid} ${cpu_s} more seconds of CPU time, counted from what it has used. */
int limits_renew_cpu(int pid, unsigned cpu_s);

#endif
