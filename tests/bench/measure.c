/*
 * measure [-n RUNS] [-w WARMUPS] [-C DIR] [-a FILE] [-b FILE] -- A [ARG...] -- B [ARG...]: runs A and B in turn
 * (A B A B ...), so that whatever else the machine does meets both, and prints one line, separated by tabs:
 *
 *     median seconds of A, median seconds of B, A/B, peak MiB of A, peak MiB of B
 *
 * A side may be several commands, run one after the other and counted as one: A1 ARG... + A2 ARG...
 * -n  counted runs of each (5); -w  runs before them that do not count (1); -C  the folder to run in;
 * -a, -b  where each side's standard output goes, the last run's only (/dev/null).
 * The peak is the largest resident set of any process that the side started and waited for (wait4, ru_maxrss); pages of
 * mapped files count in it. A command that exits with another code than 0 ends the measuring: exit 1.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

#define MAX_RUNS 1001

struct side {
    char **argv; /* NULL-terminated; "+" between commands has become NULL, so ${end} tells where it ends */
    char **end;
    int output;
    double seconds[MAX_RUNS];
    long peak; /* KiB */
};

static void
fail(const char *what)
{
    fprintf(stderr, "measure: %s: %s\n", what, strerror(errno));
    exit(1);
}

static double
now(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

/* Runs one command to its end; only the start, the end and what is between them is inside the caller's clock. */
static void
run_command(struct side *side, char **argv)
{
    posix_spawn_file_actions_t actions;
    struct rusage usage;
    pid_t pid;
    int status;

    if (posix_spawn_file_actions_init(&actions) != 0 ||
        posix_spawn_file_actions_adddup2(&actions, side->output, STDOUT_FILENO) != 0)
        fail(argv[0]);
    errno = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
    if (errno != 0)
        fail(argv[0]);
    posix_spawn_file_actions_destroy(&actions);
    while (wait4(pid, &status, 0, &usage) < 0)
        if (errno != EINTR)
            fail(argv[0]);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fprintf(stderr, "measure: %s: ended with %s %d\n", argv[0], WIFEXITED(status) ? "code" : "signal",
                WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
        exit(1);
    }
    if (usage.ru_maxrss > side->peak)
        side->peak = usage.ru_maxrss;
}

/* Runs all commands of ${side} once; returns the seconds that they took. */
static double
run_side(struct side *side)
{
    /* /dev/null can be neither cut nor rewound, and need not be. */
    if (ftruncate(side->output, 0) == 0)
        lseek(side->output, 0, SEEK_SET);
    double start = now();
    for (char **argv = side->argv; argv < side->end; argv++) {
        run_command(side, argv);
        while (*argv != NULL)
            argv++;
    }
    return now() - start;
}

static int
by_size(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static double
median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, by_size);
    return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

/* A whole number within the limits, or a usage error. */
static int
number(const char *text, int least, int most)
{
    char *end;
    long value = strtol(text, &end, 10);
    if (*text == '\0' || *end != '\0' || value < least || value > most) {
        fprintf(stderr, "measure: %s: not a number from %d to %d\n", text, least, most);
        exit(9);
    }
    return (int)value;
}

static int
output(const char *path)
{
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (file < 0)
        fail(path);
    return file;
}

/* Takes the commands from ${argv} to "--" or the end as ${side}; returns where it stopped, NULL if there was none. */
static char **
take_side(struct side *side, char **argv)
{
    side->argv = argv;
    for (; *argv != NULL && strcmp(*argv, "--") != 0; argv++)
        if (strcmp(*argv, "+") == 0)
            *argv = NULL;
    side->end = argv;
    for (char **at = side->argv; at < side->end; at++)
        if (*at == NULL && (at == side->argv || at[-1] == NULL || at + 1 == side->end))
            return NULL;
    return side->end > side->argv ? argv : NULL;
}

static void
usage(void)
{
    fputs("usage: measure [-n RUNS] [-w WARMUPS] [-C DIR] [-a FILE] [-b FILE] -- A [ARG...] -- B [ARG...]\n", stderr);
    exit(9);
}

int
main(int argc, char **argv)
{
    static struct side a, b;
    const char *folder = NULL;
    int runs = 5, warmups = 1, option;

    /* The files are opened before the move to ${folder}: their paths are the caller's. */
    a.output = b.output = -1;
    while ((option = getopt(argc, argv, "+n:w:C:a:b:")) != -1) {
        switch (option) {
        case 'n': runs = number(optarg, 1, MAX_RUNS); break;
        case 'w': warmups = number(optarg, 0, MAX_RUNS); break;
        case 'C': folder = optarg; break;
        case 'a': a.output = output(optarg); break;
        case 'b': b.output = output(optarg); break;
        default: usage();
        }
    }
    if (strcmp(argv[optind - 1], "--") != 0)
        usage();
    char **stop = take_side(&a, argv + optind);
    if (stop == NULL || *stop == NULL)
        usage();
    *stop = NULL;
    stop = take_side(&b, stop + 1);
    if (stop == NULL || *stop != NULL)
        usage();
    if (a.output < 0)
        a.output = output("/dev/null");
    if (b.output < 0)
        b.output = output("/dev/null");
    if (folder != NULL && chdir(folder) != 0)
        fail(folder);

    for (int run = -warmups; run < runs; run++) {
        double of_a = run_side(&a), of_b = run_side(&b);
        if (run >= 0) {
            a.seconds[run] = of_a;
            b.seconds[run] = of_b;
        }
    }
    double of_a = median(a.seconds, runs), of_b = median(b.seconds, runs);
    printf("%.4f\t%.4f\t%.2f\t%.1f\t%.1f\n", of_a, of_b, of_a / of_b, (double)a.peak / 1024, (double)b.peak / 1024);
    return 0;
}
