/*
 * killsweep [-n POINT [-a]] [-x NAME]... [-c FILE] [-l FILE] -- COMMAND [ARG...]
 *
 * Runs the command and all that it starts, and counts the system calls that
 * change something: those are the points. With -n the whole tree gets SIGKILL
 * at the point of that number, before the call takes effect, or with -a after
 * it. -c writes the number of points that were passed to FILE, -l a line per
 * point: number, process, call and what it names. A process that starts the
 * git command NAME with -x is the server of a remote on this machine: it and
 * its children are neither counted nor killed, as a server outlives its client,
 * and we wait for its end.
 *
 * A filter of seccomp stops the processes at these calls alone, so that the run
 * to a point takes hardly longer than one that nobody watches.
 *
 * Exit status: the command's, 128 + signal when one ended it; 137 when we
 * killed it; 126 when it could not be started or traced.
 *
 * Points of several processes at once come in the order in which they happen,
 * so the same number need not be the same call in the next run. A sweep is
 * thorough all the same: it kills at every count.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KILLED = 137, NOT_STARTED = 126, TASKS_MAX = 4096, SPARED_MAX = 8 };

/* The git commands named with -x. */
static const char *spared[SPARED_MAX];
static size_t spared_count;

/* What a call's arguments tell about it. */
enum detail { FD, PATH, AT_PATH, OPEN, OPEN_AT, NOTHING };

static const struct point_call {
    long number;
    const char *name;
    enum detail detail;
} calls[] = {
    {SYS_write, "write", FD},
    {SYS_pwrite64, "pwrite64", FD},
    {SYS_writev, "writev", FD},
    {SYS_pwritev, "pwritev", FD},
    {SYS_sendfile, "sendfile", FD},
    {SYS_copy_file_range, "copy_file_range", NOTHING},
    {SYS_sendto, "sendto", FD},
    {SYS_sendmsg, "sendmsg", FD},
    {SYS_sendmmsg, "sendmmsg", FD},
    {SYS_connect, "connect", FD},
    {SYS_shutdown, "shutdown", FD},
    {SYS_fsync, "fsync", FD},
    {SYS_fdatasync, "fdatasync", FD},
    {SYS_ftruncate, "ftruncate", FD},
    {SYS_fallocate, "fallocate", FD},
    {SYS_fchmod, "fchmod", FD},
    {SYS_truncate, "truncate", PATH},
    {SYS_openat, "openat", OPEN_AT},
    {SYS_renameat2, "renameat2", AT_PATH},
    {SYS_linkat, "linkat", AT_PATH},
    {SYS_symlinkat, "symlinkat", PATH},
    {SYS_unlinkat, "unlinkat", AT_PATH},
    {SYS_mkdirat, "mkdirat", AT_PATH},
    {SYS_fchmodat, "fchmodat", AT_PATH},
    {SYS_utimensat, "utimensat", AT_PATH},
    {SYS_execve, "execve", PATH},
    {SYS_execveat, "execveat", AT_PATH},
#ifdef SYS_renameat
    {SYS_renameat, "renameat", AT_PATH},
#endif
#ifdef SYS_open /* the calls that younger architectures lack */
    {SYS_open, "open", OPEN},
    {SYS_creat, "creat", PATH},
    {SYS_rename, "rename", PATH},
    {SYS_link, "link", PATH},
    {SYS_symlink, "symlink", PATH},
    {SYS_unlink, "unlink", PATH},
    {SYS_rmdir, "rmdir", PATH},
    {SYS_mkdir, "mkdir", PATH},
    {SYS_chmod, "chmod", PATH},
#endif
};

enum { CALLS = sizeof calls / sizeof *calls, OPENS_WRITING = O_CREAT | O_TRUNC | O_ACCMODE };

/* Every traced process. */
static struct task {
    pid_t pid;
    int spared; /* a server, or what a server started */
    int inside; /* stands inside a point whose end is awaited */
} tasks[TASKS_MAX];
static size_t task_count;

/* The number in the line ${name} of /proc/PID/status; 0 when there is none. */
static pid_t status_number(pid_t pid, const char *name) {
    char path[64], line[256];
    int value = 0;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, name, strlen(name)) == 0)
            value = atoi(line + strlen(name));
    if (file != NULL)
        fclose(file);
    return value;
}

static struct task *present_task(pid_t pid) {
    size_t i;
    for (i = 0; i < task_count; i++)
        if (tasks[i].pid == pid)
            return &tasks[i];
    return NULL;
}

/* A new one is a server's when its parent is, or the process whose thread it is. */
static struct task *find_task(pid_t pid) {
    struct task *task = present_task(pid), *parent;
    pid_t process;

    if (task != NULL)
        return task;
    if (task_count == TASKS_MAX) {
        fprintf(stderr, "killsweep: more than %d processes\n", TASKS_MAX);
        exit(NOT_STARTED); /* EXITKILL ends them */
    }
    process = status_number(pid, "Tgid:");
    parent = present_task(process != pid ? process : status_number(pid, "PPid:"));
    task = &tasks[task_count++];
    task->pid = pid;
    task->spared = parent != NULL && parent->spared;
    task->inside = 0;
    return task;
}

static void forget_task(pid_t pid) {
    struct task *task = present_task(pid);
    if (task != NULL)
        *task = tasks[--task_count];
}

/* From here on this process and its children stop for their tracer at every call that may be a point. */
static int filter_calls(void) {
    const uint32_t number = offsetof(struct seccomp_data, nr);
    struct sock_filter code[1 + 3 * CALLS + 1], *at = code;
    struct sock_fprog program = {0, code};
    size_t i;

    *at++ = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, number);
    for (i = 0; i < CALLS; i++) {
        uint32_t flags = offsetof(struct seccomp_data, args) + 8 * (calls[i].detail == OPEN ? 1 : 2);
        int opens = calls[i].detail == OPEN || calls[i].detail == OPEN_AT;

        *at++ = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)calls[i].number, 0, opens ? 4 : 1);
        if (opens) {
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
            flags += 4;
#endif
            *at++ = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, flags);
            *at++ = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, OPENS_WRITING, 1, 0);
            *at++ = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
        }
        *at++ = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
    }
    *at++ = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    program.len = (unsigned short)(at - code);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -1;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/* The point that this call is, or NULL. Opening is one only when it can change something. */
static const struct point_call *find_call(const struct __ptrace_syscall_info *info) {
    size_t i;
    for (i = 0; i < CALLS; i++) {
        if ((long)info->seccomp.nr != calls[i].number)
            continue;
        if ((calls[i].detail == OPEN || calls[i].detail == OPEN_AT) &&
            (info->seccomp.args[calls[i].detail == OPEN ? 1 : 2] & OPENS_WRITING) == 0)
            return NULL;
        return &calls[i];
    }
    return NULL;
}

/* The string at ${address} of a stopped process, cut at ${size}. */
static void read_string(pid_t pid, uint64_t address, char *out, size_t size) {
    struct iovec to = {out, size - 1}, from = {(void *)(uintptr_t)address, size - 1};
    ssize_t n = process_vm_readv(pid, &to, 1, &from, 1, 0);
    if (n < 0) { /* the next page may be unmapped: up to its border, then */
        from.iov_len = 4096 - (address & 4095);
        if (from.iov_len > size - 1)
            from.iov_len = size - 1;
        n = process_vm_readv(pid, &to, 1, &from, 1, 0);
    }
    out[n < 0 ? 0 : n] = '\0';
}

static void log_point(FILE *log, long number, pid_t pid, const struct point_call *call,
                      const struct __ptrace_syscall_info *info) {
    char what[512] = "", link[64];
    if (call->detail == FD) {
        ssize_t n;
        snprintf(link, sizeof link, "/proc/%d/fd/%d", (int)pid, (int)info->seccomp.args[0]);
        n = readlink(link, what, sizeof what - 1);
        what[n < 0 ? 0 : n] = '\0';
    } else if (call->detail != NOTHING) {
        int second = call->detail == AT_PATH || call->detail == OPEN_AT;
        read_string(pid, info->seccomp.args[second], what, sizeof what);
    }
    fprintf(log, "%ld\t%d\t%s\t%s\n", number, (int)pid, call->name, what);
    fflush(log);
}

/* Kills what is traced, but for servers: those finish what they were sent. */
static void kill_clients(void) {
    size_t i;
    for (i = 0; i < task_count; i++)
        if (!tasks[i].spared)
            kill(tasks[i].pid, SIGKILL);
}

/* Has this process just become `git NAME` or `git-NAME` with a name to spare? */
static int is_spared(pid_t pid) {
    char path[64], words[512];
    const char *first, *second;
    size_t n, i;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/cmdline", (int)pid);
    file = fopen(path, "re");
    if (file == NULL)
        return 0;
    n = fread(words, 1, sizeof words - 2, file);
    fclose(file);
    words[n] = words[n + 1] = '\0';
    first = strrchr(words, '/');
    first = first != NULL ? first + 1 : words;
    second = words + strlen(words) + 1;
    for (i = 0; i < spared_count; i++)
        if ((strncmp(first, "git-", 4) == 0 && strcmp(first + 4, spared[i]) == 0) ||
            (strcmp(first, "git") == 0 && strcmp(second, spared[i]) == 0))
            return 1;
    return 0;
}

struct sweep {
    long point; /* 0: only count */
    int after;
    int killed;
    long passed;
    FILE *log;
};

/* A stop at a call that may be a point. 1 when it is the moment to kill. */
static int meet_call(struct sweep *sweep, struct task *task) {
    struct __ptrace_syscall_info info;
    const struct point_call *call;

    if (task->spared || ptrace(PTRACE_GET_SYSCALL_INFO, task->pid, sizeof info, &info) <= 0 ||
        info.op != PTRACE_SYSCALL_INFO_SECCOMP)
        return 0;
    call = find_call(&info);
    if (call == NULL)
        return 0;
    sweep->passed++;
    if (sweep->log != NULL)
        log_point(sweep->log, sweep->passed, task->pid, call, &info);
    if (sweep->passed != sweep->point)
        return 0;
    task->inside = sweep->after;
    return !sweep->after;
}

/* A stop of a process. 1 when it is the moment to kill; else the process goes on. */
static int meet_stop(struct sweep *sweep, struct task *task, int status) {
    int event = status >> 16, signal = WSTOPSIG(status), deliver = 0;

    if (event == PTRACE_EVENT_SECCOMP) {
        if (meet_call(sweep, task))
            return 1;
    } else if (event == 0 && signal == (SIGTRAP | 0x80)) {
        /* Nobody but the one at the point is followed to the end of its call. */
        if (task->inside)
            return 1;
    } else if (event == PTRACE_EVENT_EXEC) {
        task->spared = task->spared || is_spared(task->pid);
    } else if (event == PTRACE_EVENT_STOP) {
        if (signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU) {
            ptrace(PTRACE_LISTEN, task->pid, 0, 0); /* a stopped group stays stopped */
            return 0;
        }
    } else if (event == 0) {
        deliver = signal;
    }
    ptrace(task->inside ? PTRACE_SYSCALL : PTRACE_CONT, task->pid, 0, deliver);
    return 0;
}

/* Follows the tree to its end, killed at the point or not: servers too, whose reaper we are. The exit status for main. */
static int follow(struct sweep *sweep, pid_t command) {
    int status, result = NOT_STARTED;
    pid_t pid;

    while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
        struct task *task;

        if (pid < 0)
            continue;
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            if (pid == command)
                result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            forget_task(pid);
            continue;
        }
        task = find_task(pid);
        if (sweep->killed && !task->spared) {
            kill(pid, SIGKILL); /* born while the others died */
        } else if (meet_stop(sweep, task, status)) {
            sweep->killed = 1;
            kill_clients();
            if (task->spared) { /* the call was the one by which it became a server: it outlives the others */
                task->inside = 0;
                ptrace(PTRACE_CONT, task->pid, 0, 0);
            }
        }
    }
    return sweep->killed ? KILLED : result;
}

/* Starts the command, stopped until it is traced. -1 when that fails. */
static pid_t start(char **argv) {
    const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                         PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL;
    int gate[2];
    pid_t pid;
    char go = 1;

    if (pipe2(gate, O_CLOEXEC) < 0)
        return -1;
    pid = fork();
    if (pid == 0) {
        close(gate[1]);
        if (read(gate[0], &go, 1) == 1 && filter_calls() == 0)
            execvp(argv[0], argv);
        _exit(NOT_STARTED);
    }
    close(gate[0]);
    if (pid > 0 && ptrace(PTRACE_SEIZE, pid, 0, options) == 0 && ptrace(PTRACE_INTERRUPT, pid, 0, 0) == 0) {
        find_task(pid);
        if (write(gate[1], &go, 1) != 1)
            pid = -1;
    } else {
        pid = -1;
    }
    close(gate[1]);
    return pid;
}

static FILE *create(const char *path) {
    FILE *file = fopen(path, "we");
    if (file == NULL) {
        fprintf(stderr, "killsweep: %s: %s\n", path, strerror(errno));
        exit(NOT_STARTED);
    }
    return file;
}

int main(int argc, char **argv) {
    struct sweep sweep = {0, 0, 0, 0, NULL};
    FILE *count = NULL;
    int option, result;
    pid_t command;

    while ((option = getopt(argc, argv, "+n:ac:l:x:")) != -1) {
        switch (option) {
        case 'n': sweep.point = atol(optarg); break;
        case 'a': sweep.after = 1; break;
        case 'c': count = create(optarg); break;
        case 'l': sweep.log = create(optarg); break;
        case 'x':
            if (spared_count < SPARED_MAX)
                spared[spared_count++] = optarg;
            break;
        default: return NOT_STARTED;
        }
    }
    if (optind == argc) {
        fprintf(stderr, "usage: killsweep [-n POINT [-a]] [-x NAME]... [-c FILE] [-l FILE] -- COMMAND [ARG...]\n");
        return NOT_STARTED;
    }
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    command = start(argv + optind);
    if (command < 0) {
        perror("killsweep: cannot trace");
        return NOT_STARTED;
    }
    result = follow(&sweep, command);
    if (count != NULL) {
        fprintf(count, "%ld\n", sweep.passed);
        fclose(count);
    }
    if (sweep.log != NULL)
        fclose(sweep.log);
    return result;
}
