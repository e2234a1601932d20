/*
 * fence [-t SECONDS] -- COMMAND [ARG...]
 *
 * Runs the command and lets nothing of it outlive this process: whatever the
 * command starts, however it detaches itself, is our child in the end
 * (PR_SET_CHILD_SUBREAPER), is named, and is killed.
 *
 * Exit status: the command's (128 + signal when one ended it); 124 when the time was over, 125 when
 * it left processes behind, 126 when it could not be started. SIGTERM, SIGINT, SIGHUP and the death of our own parent
 * end the whole tree, which makes fence the way to run a server too.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TIMED_OUT = 124, LEFT_BEHIND = 125, NOT_STARTED = 126, GRACE_MS = 300 };

static sigset_t watched;

/* Names every direct child on ${out} (NULL: silently) and kills it when ${kill_them} is set; returns how many. */
static int visit_children(FILE *out, int kill_them) {
    char path[64], name[64];
    FILE *children, *comm;
    int count = 0, pid;

    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    children = fopen(path, "r");
    if (children == NULL)
        return 0;
    while (fscanf(children, "%d", &pid) == 1) {
        count++;
        if (out != NULL) {
            snprintf(path, sizeof path, "/proc/%d/comm", pid);
            comm = fopen(path, "r");
            if (comm == NULL || fgets(name, sizeof name, comm) == NULL)
                strcpy(name, "?\n");
            if (comm != NULL)
                fclose(comm);
            fprintf(out, "fence: left running: %d %s", pid, name);
        }
        if (kill_them)
            kill(pid, SIGKILL);
    }
    fclose(children);
    return count;
}

/* A killed child's own children become ours, so this repeats until none is left. */
static void end_all(void) {
    do {
        visit_children(NULL, 1);
    } while (waitpid(-1, NULL, 0) > 0 || errno == EINTR);
}

static long long now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* Waits for a watched signal, at most until ${deadline} (0: for ever). The signal, or 0 when the time is over. */
static int await_signal(long long deadline) {
    for (;;) {
        long long left = deadline - now_ms();
        struct timespec t = {left / 1000, left % 1000 * 1000000};
        int signal;
        if (deadline != 0 && left <= 0)
            return 0;
        signal = deadline != 0 ? sigtimedwait(&watched, NULL, &t) : sigwaitinfo(&watched, NULL);
        if (signal > 0)
            return signal;
    }
}

/* Reaps all that has ended. 1 when no child is left; ${status} is set when ${command} was among them. */
static int reap(pid_t command, int *ended, int *status) {
    pid_t pid;
    int s;
    while ((pid = waitpid(-1, &s, WNOHANG)) > 0)
        if (pid == command) {
            *ended = 1;
            *status = WIFEXITED(s) ? WEXITSTATUS(s) : 128 + WTERMSIG(s);
        }
    return pid < 0 && errno == ECHILD;
}

static int supervise(pid_t command, long long deadline) {
    int ended = 0, status = 0;

    for (;;) {
        int none_left = reap(command, &ended, &status), signal;
        if (none_left)
            return status;
        signal = await_signal(deadline);
        if (signal == SIGCHLD) {
            reap(command, &ended, &status);
            if (ended)
                break;
        } else if (signal != 0) {
            end_all();
            return 128 + signal;
        } else {
            fprintf(stderr, "fence: the time is over\n");
            end_all();
            return TIMED_OUT;
        }
    }
    /* The command has ended; what it started may need a moment to notice. */
    deadline = now_ms() + GRACE_MS;
    while (!reap(command, &ended, &status)) {
        int signal = await_signal(deadline);
        if (signal == SIGCHLD)
            continue;
        if (signal == 0)
            visit_children(stderr, 0);
        end_all();
        return signal == 0 ? LEFT_BEHIND : 128 + signal;
    }
    return status;
}

int main(int argc, char **argv) {
    long long deadline = 0;
    pid_t command, parent = getppid();
    int option;

    while ((option = getopt(argc, argv, "+t:")) != -1) {
        if (option != 't')
            return NOT_STARTED;
        deadline = now_ms() + atoll(optarg) * 1000;
    }
    if (optind == argc) {
        fprintf(stderr, "usage: fence [-t SECONDS] -- COMMAND [ARG...]\n");
        return NOT_STARTED;
    }
    sigemptyset(&watched);
    sigaddset(&watched, SIGCHLD);
    sigaddset(&watched, SIGTERM);
    sigaddset(&watched, SIGINT);
    sigaddset(&watched, SIGHUP);
    sigprocmask(SIG_BLOCK, &watched, NULL);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        return NOT_STARTED; /* the parent died before we asked to be told */
    command = fork();
    if (command < 0) {
        perror("fence: fork");
        return NOT_STARTED;
    }
    if (command == 0) {
        sigprocmask(SIG_UNBLOCK, &watched, NULL);
        execvp(argv[optind], argv + optind);
        fprintf(stderr, "fence: %s: %s\n", argv[optind], strerror(errno));
        _exit(NOT_STARTED);
    }
    return supervise(command, deadline);
}
