/*
 * still.so: for a process in which it is loaded, the time of day stands still
 * and the dice always fall the same way, so that two runs that are killed at
 * one point leave the same bytes. For LD_PRELOAD; STILL_TIME is the time, in
 * seconds, from which the dice follow. The clocks by which processes wait go on.
 *
 * glibc makes the names of temporary files from dice that nobody can load, so
 * mkstemp and its like take ours.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* Declared here, because the headers' declarations say that arguments are never NULL. */
int gettimeofday(struct timeval *restrict now, void *restrict zone);

static long still_time(void) {
    const char *text = getenv("STILL_TIME");
    return text != NULL ? atol(text) : 0;
}

time_t time(time_t *now) {
    time_t value = still_time();
    if (now != NULL)
        *now = value;
    return value;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    (void)zone;
    now->tv_sec = still_time();
    now->tv_usec = 0;
    return 0;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    if (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)
        return (int)syscall(SYS_clock_gettime, clock, now);
    now->tv_sec = still_time();
    now->tv_nsec = 0;
    return 0;
}

/* Not one value for all calls: a program that draws until it gets another one would draw for ever. */
static void draw(unsigned char *bytes, size_t size) {
    static uint64_t state;
    size_t i;

    if (state == 0)
        state = 0x9e3779b97f4a7c15 + (uint64_t)still_time();
    for (i = 0; i < size; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        bytes[i] = (unsigned char)(state >> 56);
    }
}

ssize_t getrandom(void *bytes, size_t size, unsigned flags) {
    (void)flags;
    draw(bytes, size);
    return (ssize_t)size;
}

int getentropy(void *bytes, size_t size) {
    draw(bytes, size);
    return 0;
}

/* Fills in the six X before ${suffix} and calls make(name); tries on while the name is taken. */
static int name_new(char *name, int suffix, int (*make)(const char *name, int flags), int flags) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
    size_t length = strlen(name);
    unsigned char dice[6];
    char *at;
    int tries, i, made;

    if (suffix < 0 || length < 6 + (size_t)suffix || memcmp(name + length - (size_t)suffix - 6, "XXXXXX", 6) != 0) {
        errno = EINVAL;
        return -1;
    }
    at = name + length - (size_t)suffix - 6;
    for (tries = 0; tries < 1000; tries++) {
        draw(dice, sizeof dice);
        for (i = 0; i < 6; i++)
            at[i] = letters[dice[i] % 26];
        made = make(name, flags);
        if (made >= 0 || errno != EEXIST)
            return made;
    }
    return -1;
}

static int make_file(const char *name, int flags) {
    return open(name, O_RDWR | O_CREAT | O_EXCL | flags, 0600);
}

static int make_folder(const char *name, int flags) {
    (void)flags;
    return mkdir(name, 0700);
}

int mkstemp(char *name) {
    return name_new(name, 0, make_file, 0);
}

int mkostemp(char *name, int flags) {
    return name_new(name, 0, make_file, flags);
}

int mkstemps(char *name, int suffix) {
    return name_new(name, suffix, make_file, 0);
}

int mkostemps(char *name, int suffix, int flags) {
    return name_new(name, suffix, make_file, flags);
}

char *mkdtemp(char *name) {
    return name_new(name, 0, make_folder, 0) < 0 ? NULL : name;
}
