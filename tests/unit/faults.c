#include "faults.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct {
    unsigned calls, at;
    int persistent;
    int short_write; /* the half was written: the next write tells why */
} armed[FAULT_KINDS];

static long live;

void faults_arm(enum fault kind, unsigned n, int persistent) {
    armed[kind].calls = 0;
    armed[kind].at = n;
    armed[kind].persistent = persistent;
    armed[kind].short_write = 0;
}

unsigned faults_calls(enum fault kind) {
    return armed[kind].calls;
}

long faults_live_blocks(void) {
    return live;
}

static int fails(enum fault kind) {
    unsigned call = ++armed[kind].calls;
    return armed[kind].at && (call == armed[kind].at || (armed[kind].persistent && call > armed[kind].at));
}

/* The linker sends NAME to __wrap_NAME and __real_NAME to the library's NAME. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void __real_free(void *block);
ssize_t __real_write(int fd, const void *bytes, size_t length);
int __real_fsync(int fd);
int __real_fdatasync(int fd);
int __real_rename(const char *from, const char *to);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void __wrap_free(void *block);
ssize_t __wrap_write(int fd, const void *bytes, size_t length);
int __wrap_fsync(int fd);
int __wrap_fdatasync(int fd);
int __wrap_rename(const char *from, const char *to);

void *__wrap_malloc(size_t size) {
    void *block = fails(FAULT_ALLOCATION) ? NULL : __real_malloc(size);
    live += block != NULL;
    return block;
}

void *__wrap_calloc(size_t count, size_t size) {
    void *block = fails(FAULT_ALLOCATION) ? NULL : __real_calloc(count, size);
    live += block != NULL;
    return block;
}

void *__wrap_realloc(void *block, size_t size) {
    int was = block != NULL;
    void *moved = fails(FAULT_ALLOCATION) ? NULL : __real_realloc(block, size);
    live += moved != NULL && !was;
    return moved;
}

void __wrap_free(void *block) {
    live -= block != NULL;
    __real_free(block);
}

ssize_t __wrap_write(int fd, const void *bytes, size_t length) {
    if (armed[FAULT_WRITE].short_write || (fails(FAULT_WRITE) && length < 2)) {
        errno = ENOSPC;
        return -1;
    }
    if (armed[FAULT_WRITE].at && armed[FAULT_WRITE].calls == armed[FAULT_WRITE].at) {
        armed[FAULT_WRITE].short_write = 1;
        return __real_write(fd, bytes, length / 2);
    }
    return __real_write(fd, bytes, length);
}

static int refused(enum fault kind, int number) {
    if (!fails(kind))
        return 0;
    errno = number;
    return 1;
}

int __wrap_fsync(int fd) {
    return refused(FAULT_SYNC, EIO) ? -1 : __real_fsync(fd);
}

int __wrap_fdatasync(int fd) {
    return refused(FAULT_SYNC, EIO) ? -1 : __real_fdatasync(fd);
}

int __wrap_rename(const char *from, const char *to) {
    return refused(FAULT_RENAME, EACCES) ? -1 : __real_rename(from, to);
}
