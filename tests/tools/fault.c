/*
 * fault.so: makes the n-th call of one kind fail, in relrun and in no other
 * process. For LD_PRELOAD; configured by the environment:
 *
 *   FAULT_KIND        malloc | write | sync | rename | open
 *   FAULT_AT          the number of the call that fails; absent or 0: only count
 *   FAULT_PERSISTENT  1: all later calls fail too (memory or disk stays exhausted)
 *   FAULT_ERROR       ENOSPC (default) | EIO | EROFS | SHORT (write: half of the bytes arrive,
 *                     the rest gets ENOSPC at the next call)
 *   FAULT_COUNT_FILE  receives the number of calls, and whether the fault was met: "N hit" or "N"
 *   FAULT_PROGRAM     the program's name, "relrun" if absent
 *
 * malloc covers malloc, calloc, realloc, reallocarray, aligned_alloc and posix_memalign; write covers
 * regular files only; open covers opening for writing and making files or directories; rename covers links
 * and removals. Counting begins with main, because what comes before it is the
 * loader's. A call inside libc itself (stdio's own write) does not come by here.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { NONE, MALLOC, WRITE, SYNC, RENAME, OPEN };

static enum kind failing; /* NONE until main: every check is then one comparison */
static long fail_at;
static int persistent, short_write, error_number = ENOSPC;
static const char *count_file;
static atomic_long calls;
static atomic_int hit;

/* Counts a call of ${kind}; 1 when it has to fail, with errno set. */
static int fails(enum kind kind) {
    long number;
    if (kind != failing)
        return 0;
    number = atomic_fetch_add(&calls, 1) + 1;
    if (fail_at == 0 || (persistent ? number < fail_at : number != fail_at))
        return 0;
    atomic_store(&hit, 1);
    errno = kind == MALLOC ? ENOMEM : error_number;
    return 1;
}

/* The next definition of ${name}: the one that the program would have had. */
static void *next(const char *name) {
    void *function = dlsym(RTLD_NEXT, name);
    if (function == NULL)
        abort();
    return function;
}

#define NEXT(type, name)                                                                           \
    static __typeof__(type) real;                                                                              \
    if (real == NULL)                                                                              \
        real = (__typeof__(type))next(name)

/* glibc's own names need no dlsym, which allocates itself. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

void *malloc(size_t size) { return fails(MALLOC) ? NULL : __libc_malloc(size); }

void *calloc(size_t count, size_t size) {
    return fails(MALLOC) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size) { return fails(MALLOC) ? NULL : __libc_realloc(old, size); }

void *reallocarray(void *old, size_t count, size_t size) {
    if (size != 0 && count > SIZE_MAX / size) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(old, count * size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    return fails(MALLOC) ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size) {
    void *memory = fails(MALLOC) ? NULL : __libc_memalign(alignment, size);
    if (memory == NULL)
        return ENOMEM;
    *out = memory;
    return 0;
}

/* How much of a write of ${length} bytes to ${fd} may go on: all, half, or none (0 and errno set). */
static size_t allowed(int fd, size_t length) {
    struct stat info;
    int saved = errno;
    if (failing != WRITE || length == 0 || fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        errno = saved;
        return length;
    }
    if (!fails(WRITE)) {
        errno = saved;
        return length;
    }
    if (!short_write)
        return 0;
    short_write = 0;
    persistent = 1; /* the disk is full from here on */
    return length / 2;
}

ssize_t write(int fd, const void *bytes, size_t length) {
    NEXT(ssize_t (*)(int, const void *, size_t), "write");
    size_t n = allowed(fd, length);
    return n == 0 && length > 0 ? -1 : real(fd, bytes, n);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) {
    NEXT(ssize_t (*)(int, const void *, size_t, off64_t), "pwrite64");
    size_t n = allowed(fd, length);
    return n == 0 && length > 0 ? -1 : real(fd, bytes, n, at);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) {
    return pwrite64(fd, bytes, length, at);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    NEXT(ssize_t (*)(int, const struct iovec *, int), "writev");
    size_t length = 0, n;
    int i;
    for (i = 0; i < count; i++)
        length += parts[i].iov_len;
    n = allowed(fd, length);
    if (n == 0 && length > 0)
        return -1;
    return n < length ? write(fd, parts[0].iov_base, parts[0].iov_len / 2) : real(fd, parts, count);
}

#define FAILING_CALL(kind, name, declared, passed)                                                 \
    int name declared {                                                                            \
        NEXT(int(*) declared, #name);                                                              \
        return fails(kind) ? -1 : real passed;                                                     \
    }

FAILING_CALL(SYNC, fsync, (int fd), (fd))
FAILING_CALL(SYNC, fdatasync, (int fd), (fd))
FAILING_CALL(RENAME, rename, (const char *from, const char *to), (from, to))
FAILING_CALL(RENAME, renameat, (int a, const char *from, int b, const char *to), (a, from, b, to))
FAILING_CALL(RENAME, renameat2, (int a, const char *from, int b, const char *to, unsigned flags),
             (a, from, b, to, flags))
FAILING_CALL(RENAME, link, (const char *from, const char *to), (from, to))
FAILING_CALL(RENAME, linkat, (int a, const char *from, int b, const char *to, int flags),
             (a, from, b, to, flags))
FAILING_CALL(RENAME, unlink, (const char *path), (path))
FAILING_CALL(RENAME, unlinkat, (int fd, const char *path, int flags), (fd, path, flags))
FAILING_CALL(OPEN, mkdir, (const char *path, mode_t mode), (path, mode))
FAILING_CALL(OPEN, mkdirat, (int fd, const char *path, mode_t mode), (fd, path, mode))
FAILING_CALL(OPEN, mkstemp, (char *path), (path))
FAILING_CALL(OPEN, mkstemp64, (char *path), (path))
FAILING_CALL(OPEN, mkostemp, (char *path, int flags), (path, flags))
FAILING_CALL(OPEN, mkostemp64, (char *path, int flags), (path, flags))

/* All variants of open come to this one call. */
static int open_file(int dir, const char *path, int flags, mode_t mode) {
    int writes = (flags & (O_CREAT | O_TRUNC)) != 0 || (flags & O_ACCMODE) != O_RDONLY;
    if (writes && strncmp(path, "/dev/", 5) != 0 && fails(OPEN))
        return -1;
    return (int)syscall(SYS_openat, dir, path, flags, mode);
}

#define OPEN_VARIANT(name)                                                                         \
    int name(const char *path, int flags, ...) {                                                   \
        va_list more;                                                                              \
        mode_t mode;                                                                               \
        va_start(more, flags);                                                                     \
        mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;                           \
        va_end(more);                                                                              \
        return open_file(AT_FDCWD, path, flags, mode);                                             \
    }
#define OPENAT_VARIANT(name)                                                                       \
    int name(int dir, const char *path, int flags, ...) {                                          \
        va_list more;                                                                              \
        mode_t mode;                                                                               \
        va_start(more, flags);                                                                     \
        mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;                           \
        va_end(more);                                                                              \
        return open_file(dir, path, flags, mode);                                                  \
    }
OPEN_VARIANT(open)
OPEN_VARIANT(open64)
OPENAT_VARIANT(openat)
OPENAT_VARIANT(openat64)

int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
int __openat_2(int dir, const char *path, int flags);
int __openat64_2(int dir, const char *path, int flags);
int __open_2(const char *path, int flags) { return open_file(AT_FDCWD, path, flags, 0); }
int __open64_2(const char *path, int flags) { return open_file(AT_FDCWD, path, flags, 0); }
int __openat_2(int dir, const char *path, int flags) { return open_file(dir, path, flags, 0); }
int __openat64_2(int dir, const char *path, int flags) { return open_file(dir, path, flags, 0); }

FILE *fopen64(const char *path, const char *mode) {
    NEXT(FILE *(*)(const char *, const char *), "fopen64");
    return strpbrk(mode, "wa+") != NULL && fails(OPEN) ? NULL : real(path, mode);
}

FILE *fopen(const char *path, const char *mode) { return fopen64(path, mode); }

static void report(void) {
    char text[64];
    int n, fd;
    enum kind kind = failing;
    failing = NONE; /* our own calls are not the program's */
    n = snprintf(text, sizeof text, "%ld%s\n", atomic_load(&calls), atomic_load(&hit) ? " hit" : "");
    fd = open_file(AT_FDCWD, count_file, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (fd >= 0) {
        syscall(SYS_write, fd, text, (size_t)n);
        close(fd);
    }
    failing = kind;
}

/* _exit skips destructors; a program that ends so is counted here. */
void _exit(int status) {
    if (count_file != NULL && failing != NONE)
        report();
    syscall(SYS_exit_group, status);
    for (;;)
        ;
}

static void configure(const char *program) {
    static const struct {
        const char *name;
        enum kind kind;
    } kinds[] = {{"malloc", MALLOC}, {"write", WRITE}, {"sync", SYNC}, {"rename", RENAME}, {"open", OPEN}};
    const char *kind = getenv("FAULT_KIND"), *at = getenv("FAULT_AT");
    const char *error = getenv("FAULT_ERROR"), *wanted = getenv("FAULT_PROGRAM");
    const char *slash = strrchr(program, '/'), *lasting = getenv("FAULT_PERSISTENT");
    size_t i;

    if (kind == NULL || strcmp(slash ? slash + 1 : program, wanted ? wanted : "relrun") != 0)
        return;
    fail_at = at != NULL ? atol(at) : 0;
    persistent = lasting != NULL && strcmp(lasting, "1") == 0;
    if (error != NULL) {
        short_write = strcmp(error, "SHORT") == 0;
        error_number = strcmp(error, "EIO") == 0 ? EIO : strcmp(error, "EROFS") == 0 ? EROFS : ENOSPC;
    }
    count_file = getenv("FAULT_COUNT_FILE");
    if (count_file != NULL)
        atexit(report);
    for (i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kind, kinds[i].name) == 0)
            failing = kinds[i].kind; /* armed: the last thing before main */
}

static int (*real_main)(int, char **, char **);

static int counted_main(int argc, char **argv, char **env) {
    if (argc > 0)
        configure(argv[0]);
    return real_main(argc, argv, env);
}

typedef int start_main(int (*)(int, char **, char **), int, char **, void (*)(void),
                       void (*)(void), void (*)(void), void *);

start_main __libc_start_main;
int __libc_start_main(int (*program)(int, char **, char **), int argc, char **argv,
                      void (*init)(void), void (*fini)(void), void (*rtld_fini)(void),
                      void *stack_end) {
    real_main = program;
    return ((start_main *)next("__libc_start_main"))(counted_main, argc, argv, init, fini, rtld_fini,
                                                     stack_end);
}
