#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../prim/buf.h"
#include "../prim/err.h"
#include "../prim/mem.h"
#include "limits.h"

#include "../prim/banned.h"

#define SELF_FD (SANDBOX_FD + 1) /* this program's file, until it runs */

struct sandbox {
    pid_t pid; /* 0: gone */
    int fd;
    unsigned features;
    int asked; /* 1: the first CPU allowance is in use */
    struct sandbox_limits limits;
};

static int64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* What the parent left open without O_CLOEXEC must not be there for a spec. */
static void close_from(unsigned first) {
    struct rlimit limit;
    rlim_t fd;
    if (close_range(first, ~0U, 0) == 0)
        return;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur > 65536)
        limit.rlim_cur = 65536;
    for (fd = first; fd < limit.rlim_cur; fd++)
        close((int)fd);
}

/* In the child: from here on only async-signal-safe calls. */
static void become(int fd, const struct sandbox_limits *limits) {
    char *const argv[] = {(char *)"relrun", (char *)SANDBOX_ARGUMENT, NULL};
    char *const environment[] = {NULL};
    sigset_t none;
    int number, null, self;

    setpgid(0, 0);
    for (number = 1; number < NSIG; number++)
        signal(number, SIG_DFL); /* an ignored SIGXCPU would be a limit that is none */
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    fd = fcntl(fd, F_DUPFD, 10); /* out of the way of 0 to 4 */
    null = open("/dev/null", O_RDWR | O_CLOEXEC);
    self = fcntl(open("/proc/self/exe", O_RDONLY | O_CLOEXEC), F_DUPFD, 10);
    if (fd < 0 || null < 0 || self < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 ||
        dup2(null, 2) < 0 || dup2(fd, SANDBOX_FD) < 0 || dup3(self, SELF_FD, O_CLOEXEC) < 0)
        _exit(127);
    close_from(SELF_FD + 1);
    /* By descriptor: the file that runs now, even when another one has taken its name. */
    if (chdir("/") == 0 && limits_apply(limits->cpu_s, limits->memory) == 0)
        fexecve(SELF_FD, argv, environment);
    _exit(127);
}

/* Kills the whole group, reaps, and says how the process ended. */
static int end(struct sandbox *sandbox) {
    int status = 0;
    if (sandbox->pid == 0)
        return 0;
    kill(-sandbox->pid, SIGKILL);
    kill(sandbox->pid, SIGKILL); /* before it had its own group */
    while (waitpid(sandbox->pid, &status, 0) < 0 && errno == EINTR)
        ;
    close(sandbox->fd);
    sandbox->pid = 0;
    sandbox->fd = -1;
    return status;
}

/* The socket ended: the exit status tells why. It is on its way, so waiting for it is short. */
static int explain_end(struct sandbox *sandbox, struct err *err) {
    int status = 0, tries;
    pid_t got = 0;

    for (tries = 0; got == 0 && tries < 1000; tries++) {
        struct timespec pause = {0, 1000000};
        got = waitpid(sandbox->pid, &status, WNOHANG);
        if (got == 0)
            nanosleep(&pause, NULL);
    }
    if (got == sandbox->pid) {
        close(sandbox->fd);
        sandbox->pid = 0;
        sandbox->fd = -1;
    } else
        status = end(sandbox);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
        return err_set(err, ERR_LIMIT, "more than %u s of CPU time", sandbox->limits.cpu_s);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
        return err_set(err, ERR_SYSTEM, "its process made a forbidden system call");
    if (WIFSIGNALED(status))
        return err_set(err, ERR_SYSTEM, "its process died of signal %d", WTERMSIG(status));
    return err_set(err, ERR_SYSTEM, "its process ended with status %d", WEXITSTATUS(status));
}

/* Waits until the socket is ready for ${events}. */
static int wait_for(struct sandbox *sandbox, short events, int64_t deadline, struct err *err) {
    for (;;) {
        struct pollfd ready = {sandbox->fd, events, 0};
        int64_t left = deadline - now_ms();
        int n = left > 0 ? poll(&ready, 1, left > INT32_MAX ? INT32_MAX : (int)left) : 0;
        if (n > 0)
            return 0;
        if (n == 0)
            return err_set(err, ERR_TIMEOUT, "no answer within %u ms", sandbox->limits.wall_ms);
        if (errno != EINTR)
            return err_system(err, "its socket");
    }
}

static int send_bytes(struct sandbox *sandbox, const void *bytes, size_t length, int64_t deadline,
                      struct err *err) {
    const char *at = bytes;
    while (length > 0) {
        ssize_t n = send(sandbox->fd, at, length, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n >= 0) {
            at += n;
            length -= (size_t)n;
        } else if (errno == EPIPE || errno == ECONNRESET)
            return explain_end(sandbox, err);
        else if (errno != EINTR && errno != EAGAIN)
            return err_system(err, "its socket");
        else {
            int rc = wait_for(sandbox, POLLOUT, deadline, err);
            if (rc < 0)
                return rc;
        }
    }
    return 0;
}

static int receive_bytes(void *bytes, struct sandbox *sandbox, size_t length, int64_t deadline,
                         struct err *err) {
    char *at = bytes;
    while (length > 0) {
        ssize_t n = recv(sandbox->fd, at, length, MSG_DONTWAIT);
        if (n > 0) {
            at += n;
            length -= (size_t)n;
        } else if (n == 0 || errno == ECONNRESET)
            return explain_end(sandbox, err);
        else if (errno != EINTR && errno != EAGAIN)
            return err_system(err, "its socket");
        else {
            int rc = wait_for(sandbox, POLLIN, deadline, err);
            if (rc < 0)
                return rc;
        }
    }
    return 0;
}

static int receive_frame(struct buf *reply, struct sandbox *sandbox, int64_t deadline,
                         struct err *err) {
    unsigned char head[4];
    size_t length;
    int rc = receive_bytes(head, sandbox, sizeof head, deadline, err);

    if (rc < 0)
        return rc;
    length = head[0] | (size_t)head[1] << 8 | (size_t)head[2] << 16 | (size_t)head[3] << 24;
    if (length > SANDBOX_REPLY_MAX)
        return err_set(err, ERR_LIMIT, "an answer of more than %zu bytes", SANDBOX_REPLY_MAX);
    buf_clear(reply);
    rc = buf_reserve(reply, length);
    if (rc < 0)
        return err_set(err, rc, "no room for the answer");
    rc = receive_bytes(reply->bytes, sandbox, length, deadline, err);
    if (rc < 0)
        return rc;
    reply->length = length;
    reply->bytes[length] = '\0';
    return 0;
}

static int exchange(struct buf *reply, struct sandbox *sandbox, const struct buf *request,
                    int64_t deadline, struct err *err) {
    size_t n = request->length;
    unsigned char head[4] = {(unsigned char)n, (unsigned char)(n >> 8), (unsigned char)(n >> 16),
                             (unsigned char)(n >> 24)};
    int rc = send_bytes(sandbox, head, sizeof head, deadline, err);
    if (rc == 0)
        rc = send_bytes(sandbox, request->bytes, n, deadline, err);
    return rc < 0 ? rc : receive_frame(reply, sandbox, deadline, err);
}

int sandbox_ask(struct buf *reply, struct sandbox *sandbox, const struct buf *request,
                struct err *err) {
    int rc;

    if (sandbox->pid == 0)
        return err_set(err, ERR_SYSTEM, "its process is gone");
    if (request->length > SANDBOX_REQUEST_MAX)
        return err_set(err, ERR_LIMIT, "a question of more than %zu bytes", SANDBOX_REQUEST_MAX);
    /* Without it the old allowance stays, which is the safe side. */
    if (sandbox->asked)
        (void)limits_renew_cpu(sandbox->pid, sandbox->limits.cpu_s);
    sandbox->asked = 1;
    rc = exchange(reply, sandbox, request, now_ms() + sandbox->limits.wall_ms, err);
    if (rc < 0)
        (void)end(sandbox);
    return rc;
}

int sandbox_begin(struct sandbox **out, const struct sandbox_limits *limits, struct err *err) {
    struct sandbox *sandbox = mem_new(sizeof *sandbox);
    int pair[2], rc;

    if (sandbox == NULL)
        return err_set(err, ERR_MEMORY, "no memory");
    sandbox->limits = *limits;
    if (sandbox->limits.cpu_s == 0)
        sandbox->limits.cpu_s = 2;
    if (sandbox->limits.wall_ms == 0)
        sandbox->limits.wall_ms = 10000;
    if (sandbox->limits.memory == 0)
        sandbox->limits.memory = (size_t)64 << 20;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        rc = err_system(err, "its socket");
        goto fail;
    }
    sandbox->pid = fork();
    if (sandbox->pid == 0)
        become(pair[1], &sandbox->limits);
    close(pair[1]);
    sandbox->fd = pair[0];
    if (sandbox->pid < 0) {
        rc = err_system(err, "its process");
        close(pair[0]);
        sandbox->pid = 0;
        goto fail;
    }
    setpgid(sandbox->pid, sandbox->pid); /* both sides do it, so that neither has to wait */
    *out = sandbox;
    return 0;

fail:
    sandbox_free(sandbox);
    return rc;
}

int sandbox_ready(struct sandbox *sandbox, struct err *err) {
    struct buf hello = BUF_INIT;
    /* The first frame comes before anything hostile was read: its features can be believed. */
    int rc = receive_frame(&hello, sandbox, now_ms() + sandbox->limits.wall_ms, err);

    if (rc == 0 && hello.length != 1)
        rc = err_set(err, ERR_SYSTEM, "its process cannot start: %.900s", buf_text(&hello));
    if (rc == 0)
        sandbox->features = (unsigned char)hello.bytes[0];
    buf_release(&hello);
    return rc;
}

int sandbox_start(struct sandbox **out, const struct sandbox_limits *limits, struct err *err) {
    struct sandbox *sandbox;
    int rc = sandbox_begin(&sandbox, limits, err);

    if (rc < 0)
        return rc;
    rc = sandbox_ready(sandbox, err);
    if (rc < 0)
        sandbox_free(sandbox);
    else
        *out = sandbox;
    return rc;
}

unsigned sandbox_features(const struct sandbox *sandbox) {
    return sandbox->features;
}

const struct sandbox_limits *sandbox_limits(const struct sandbox *sandbox) {
    return &sandbox->limits;
}

void sandbox_free(struct sandbox *sandbox) {
    if (sandbox)
        (void)end(sandbox);
    mem_free(sandbox);
}
