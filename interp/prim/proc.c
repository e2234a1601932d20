#include "proc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "credential.h"
#include "err.h"
#include "mem.h"
#include "spawn.h"

#include "banned.h"

#define OUTPUT_MAX_DEFAULT ((size_t)256 << 20)

struct proc {
    pid_t pid;
    int ended;
    int code;
    int signal;
};

static int64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void note_status(int status, int *code, int *signal) {
    *code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    *signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

/* Reads what is there; 1 at the end of the stream. */
static int drain(int fd, struct buf *into, size_t max) {
    ssize_t n;
    int rc = buf_reserve(into, 65536);
    if (rc < 0)
        return rc;
    n = read(fd, into->bytes + into->length, 65536);
    if (n < 0)
        return errno == EINTR || errno == EAGAIN ? 0 : 1;
    if (n == 0)
        return 1;
    if ((size_t)n > max - into->length)
        return ERR_LIMIT;
    into->length += (size_t)n;
    into->bytes[into->length] = '\0';
    return 0;
}

static void close_pair(int pair[2]) {
    int i;
    for (i = 0; i < 2; i++)
        if (pair[i] >= 0)
            close(pair[i]);
}

static int open_pair(int pair[2]) {
    if (pipe2(pair, O_CLOEXEC) != 0)
        return -1;
    pair[0] = spawn_above_standard(pair[0]);
    pair[1] = spawn_above_standard(pair[1]);
    return pair[0] < 0 || pair[1] < 0 ? -1 : 0;
}

struct proc_begun {
    int fds[3]; /* our ends: stdin to write, stdout and stderr to read; -1 when done */
    const char *input;
    size_t input_length, sent;
    int64_t deadline; /* -1: none */
    size_t max;
    unsigned timeout_ms;
    int redact;
    pid_t pid;
    char *name; /* the program's, for messages */
};

static void finish(int *fd) {
    close(*fd);
    *fd = -1;
}

/* Feeds and reads the child until both outputs end. Sets timed_out at the deadline. */
static int converse(struct proc_begun *x, struct proc_result *out, struct err *err) {
    while (x->fds[1] >= 0 || x->fds[2] >= 0) {
        struct pollfd polls[3];
        int i, rc = 0, wait = -1;

        if (x->deadline >= 0) {
            int64_t left = x->deadline - now_ms();
            if (left <= 0) {
                out->timed_out = 1;
                return 0;
            }
            wait = left > INT32_MAX ? INT32_MAX : (int)left;
        }
        for (i = 0; i < 3; i++) {
            polls[i].fd = x->fds[i];
            polls[i].events = i == 0 ? POLLOUT : POLLIN;
            polls[i].revents = 0;
        }
        if (poll(polls, 3, wait) < 0) {
            if (errno == EINTR)
                continue;
            return err_system(err, "%s", x->name);
        }
        if (polls[0].revents) {
            ssize_t n = write(x->fds[0], x->input + x->sent, x->input_length - x->sent);
            if (n > 0)
                x->sent += (size_t)n;
            /* A child that stops reading is its own affair; its exit status tells. */
            if ((n < 0 && errno != EAGAIN && errno != EINTR) || x->sent == x->input_length)
                finish(&x->fds[0]);
        }
        for (i = 1; i < 3; i++) {
            if (!polls[i].revents)
                continue;
            rc = drain(x->fds[i], i == 1 ? &out->output : &out->errors, x->max);
            if (rc == ERR_LIMIT)
                return err_set(err, rc, "%s: more output than %zu bytes", x->name, x->max);
            if (rc < 0)
                return err_set(err, rc, "%s: out of memory for its output", x->name);
            if (rc == 1)
                finish(&x->fds[i]);
        }
    }
    return 0;
}

/* Reaps with the deadline in force: a child may close its outputs and go on. */
static void reap(const struct proc_begun *x, struct proc_result *out) {
    int status = 0;
    for (;;) {
        pid_t got = waitpid(x->pid, &status, x->deadline >= 0 && !out->timed_out ? WNOHANG : 0);
        if (got == x->pid || (got < 0 && errno != EINTR))
            break;
        if (got == 0) {
            struct timespec pause = {0, 1000000};
            if (now_ms() >= x->deadline) {
                out->timed_out = 1;
                kill(-x->pid, SIGKILL);
            } else
                nanosleep(&pause, NULL);
        }
    }
    note_status(status, &out->code, &out->signal);
}

/* The groups that an interrupt of ours must take along: children have groups of their own. */
#define RUNNING_MAX 8
static volatile sig_atomic_t running_groups[RUNNING_MAX];

static volatile sig_atomic_t interrupts_held, interrupt_waits;

/* Ends the children, then this process; also called by a signal's handler. */
_Noreturn static void end_all(void) {
    int i;
    for (i = 0; i < RUNNING_MAX; i++)
        if (running_groups[i] > 0)
            kill(-(pid_t)running_groups[i], SIGKILL);
    _exit(130);
}

static void interrupted(int signal) {
    (void)signal;
    if (!interrupts_held || interrupt_waits)
        end_all();
    interrupt_waits = 1;
}

void proc_hold_interrupts(void) {
    interrupts_held = 1;
}

int proc_interrupted(void) {
    return interrupt_waits;
}

void proc_release_interrupts(void) {
    interrupts_held = 0;
    if (interrupt_waits)
        end_all();
}

/* Puts ${to} in the place of ${from} among the groups; 0 is a free place. */
static void note_running(pid_t from, pid_t to) {
    int i;
    for (i = 0; i < RUNNING_MAX; i++)
        if (running_groups[i] == from) {
            running_groups[i] = to;
            return;
        }
}

void proc_handle_interrupts(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = interrupted;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

/* Closes what is open and forgets the child, which is reaped. */
static void forget(struct proc_begun *begun) {
    int i;
    for (i = 0; i < 3; i++)
        if (begun->fds[i] >= 0)
            close(begun->fds[i]);
    if (begun->pid > 0)
        note_running(begun->pid, 0);
    mem_free(begun->name);
    mem_free(begun);
}

int proc_begin(struct proc_begun **out, const struct proc_options *o, struct err *err) {
    struct proc_begun *begun = mem_new(sizeof *begun);
    int in[2] = {-1, -1}, output[2] = {-1, -1}, errors[2] = {-1, -1}, child[3], rc;

    if (begun == NULL || (begun->name = mem_copy(o->argv[0], strlen(o->argv[0]))) == NULL) {
        mem_free(begun);
        return err_set(err, ERR_MEMORY, "%s: no memory", o->argv[0]);
    }
    begun->fds[0] = begun->fds[1] = begun->fds[2] = -1;
    begun->max = o->max_output ? o->max_output : OUTPUT_MAX_DEFAULT;
    begun->redact = o->redact;
    begun->timeout_ms = o->timeout_ms;
    if (o->input) {
        rc = open_pair(in);
    } else {
        in[0] = spawn_above_standard(open("/dev/null", O_RDONLY | O_CLOEXEC));
        rc = in[0] < 0 ? -1 : 0;
    }
    if (rc != 0 || open_pair(output) != 0 || open_pair(errors) != 0) {
        rc = err_system(err, "%s", o->argv[0]);
        goto fail;
    }
    child[0] = in[0];
    child[1] = output[1];
    child[2] = errors[1];
    rc = spawn_child(&begun->pid, o, child, err);
    if (rc < 0)
        goto fail;
    note_running(0, begun->pid);
    finish(&in[0]);
    finish(&output[1]);
    finish(&errors[1]);
    if (in[1] >= 0)
        (void)fcntl(in[1], F_SETFL, O_NONBLOCK);
    begun->fds[0] = in[1];
    begun->fds[1] = output[0];
    begun->fds[2] = errors[0];
    *out = begun;
    return 0;
fail:
    begun->pid = 0;
    close_pair(in);
    close_pair(output);
    close_pair(errors);
    forget(begun);
    return rc;
}

int proc_finish(struct proc_result *out, struct proc_begun *begun, const char *input, size_t length,
                struct err *err) {
    int rc;

    out->timed_out = 0;
    begun->deadline = begun->timeout_ms ? now_ms() + begun->timeout_ms : -1;
    begun->input = input;
    begun->input_length = length;
    if (begun->fds[0] >= 0 && length == 0)
        finish(&begun->fds[0]);
    rc = converse(begun, out, err);
    if (rc < 0 || out->timed_out)
        kill(-begun->pid, SIGKILL);
    reap(begun, out);
    if (begun->redact) {
        proc_redact(&out->output);
        proc_redact(&out->errors);
        credential_redact_buf(&out->output);
        credential_redact_buf(&out->errors);
    }
    forget(begun);
    return rc;
}

void proc_abandon(struct proc_begun *begun) {
    struct proc_result result = PROC_RESULT_INIT;
    if (begun == NULL)
        return;
    begun->deadline = -1;
    kill(-begun->pid, SIGKILL);
    reap(begun, &result);
    forget(begun);
}

int proc_run(struct proc_result *out, const struct proc_options *o, struct err *err) {
    struct proc_begun *begun;
    int rc = proc_begin(&begun, o, err);

    out->timed_out = 0;
    return rc < 0 ? rc : proc_finish(out, begun, o->input, o->input_length, err);
}

void proc_result_release(struct proc_result *result) {
    buf_release(&result->output);
    buf_release(&result->errors);
}

static int open_output(const char *path) {
    if (path == NULL)
        path = "/dev/null";
    return spawn_above_standard(open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
}

int proc_start(struct proc **out, const struct proc_options *o, struct err *err) {
    struct proc *proc = mem_new(sizeof *proc);
    int fds[3] = {-1, -1, -1}, i, rc;

    if (proc == NULL)
        return err_set(err, ERR_MEMORY, "%s: no memory", o->argv[0]);
    fds[0] = spawn_above_standard(open("/dev/null", O_RDONLY | O_CLOEXEC));
    fds[1] = open_output(o->stdout_path);
    fds[2] = open_output(o->stderr_path);
    if (fds[0] < 0 || fds[1] < 0 || fds[2] < 0)
        rc = err_system(err, "%s", o->argv[0]);
    else
        rc = spawn_child(&proc->pid, o, fds, err);
    for (i = 0; i < 3; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    if (rc < 0) {
        mem_free(proc);
        return rc;
    }
    *out = proc;
    return 0;
}

int proc_id(const struct proc *proc) {
    return (int)proc->pid;
}

int proc_kill(struct proc *proc, int signal, struct err *err) {
    if (proc->ended || kill(-proc->pid, signal) == 0 || errno == ESRCH)
        return 0;
    return err_system(err, "process %d", (int)proc->pid);
}

int proc_wait(struct proc *proc, int timeout_ms, int *code, int *signal, struct err *err) {
    int64_t deadline = timeout_ms < 0 ? -1 : now_ms() + timeout_ms;
    while (!proc->ended) {
        struct timespec pause = {0, 1000000};
        int status = 0;
        pid_t got = waitpid(proc->pid, &status, deadline < 0 ? 0 : WNOHANG);
        if (got == proc->pid) {
            note_status(status, &proc->code, &proc->signal);
            proc->ended = 1;
        } else if (got < 0 && errno != EINTR)
            return err_system(err, "process %d", (int)proc->pid);
        else if (got == 0 && now_ms() >= deadline)
            return 0;
        else if (got == 0)
            nanosleep(&pause, NULL);
    }
    *code = proc->code;
    *signal = proc->signal;
    return 1;
}

void proc_free(struct proc *proc) {
    int code, signal;
    if (proc == NULL)
        return;
    if (!proc->ended) /* afterwards the number may be somebody else's */
        kill(-proc->pid, SIGKILL);
    (void)proc_wait(proc, -1, &code, &signal, NULL);
    mem_free(proc);
}

void proc_redact(struct buf *text) {
    char *bytes = text->bytes;
    size_t from = 0, to = 0;

    while (from < text->length) {
        size_t end, at;
        bytes[to++] = bytes[from++];
        if (to < 3 || memcmp(bytes + to - 3, "://", 3) != 0)
            continue;
        /* Userinfo ends at the last '@' before the path, a quote or white space. */
        for (end = from, at = 0; end < text->length && !strchr("/ \t\r\n'\"<>", bytes[end]); end++)
            if (bytes[end] == '@')
                at = end;
        if (at > from) {
            size_t stars = at - from < 3 ? at - from : 3;
            memset(bytes + to, '*', stars);
            to += stars;
            from = at;
        }
    }
    text->length = to;
    if (bytes)
        bytes[to] = '\0';
}
