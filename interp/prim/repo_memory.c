#include "repo_memory.h"

#include <string.h>

#include <git2/sys/alloc.h>

#include "mem.h"

#include "banned.h"

/* The file and line that libgit2 names are for its own leak reports. */
#define ORIGIN const char *file, int line
#define UNUSED_ORIGIN (void)file, (void)line

static void *allocate(size_t size, ORIGIN) {
    UNUSED_ORIGIN;
    return mem_resize(NULL, 1, size);
}

/*
 * The state in which libgit2 keeps a thread's error is made for the first one, zeroed, and then used without a look
 * whether there was memory for it. So small zeroed blocks have a reserve; what it gives is not given twice.
 */
static _Alignas(16) unsigned char reserve[16384];
static size_t reserve_used;

static int is_reserve(const void *block) {
    return (const unsigned char *)block >= reserve && (const unsigned char *)block < reserve + sizeof reserve;
}

static void *allocate_zeroed(size_t count, size_t size, ORIGIN) {
    void *block = mem_new_array(count, size);
    size_t need;

    UNUSED_ORIGIN;
    if (block != NULL || count > 512 || size > 512)
        return block;
    need = (count * size + 15) & ~(size_t)15;
    if (need > sizeof reserve - reserve_used)
        return NULL;
    reserve_used += need;
    return reserve + reserve_used - need;
}

static char *copy_bytes(const char *bytes, size_t length, ORIGIN) {
    UNUSED_ORIGIN;
    return mem_copy(bytes, length);
}

static char *copy(const char *text, ORIGIN) {
    return copy_bytes(text, strlen(text), file, line);
}

static char *copy_at_most(const char *text, size_t most, ORIGIN) {
    return copy_bytes(text, strnlen(text, most), file, line);
}

static void *resize_array(void *block, size_t count, size_t size, ORIGIN) {
    UNUSED_ORIGIN;
    return is_reserve(block) ? NULL : mem_resize(block, count, size);
}

static void *resize(void *block, size_t size, ORIGIN) {
    return resize_array(block, 1, size, file, line);
}

static void *allocate_array(size_t count, size_t size, ORIGIN) {
    return resize_array(NULL, count, size, file, line);
}

static void release(void *block) {
    if (!is_reserve(block))
        mem_free(block);
}

void *repo_memory(void) {
    static git_allocator allocator = {
        .gmalloc = allocate,
        .gcalloc = allocate_zeroed,
        .gstrdup = copy,
        .gstrndup = copy_at_most,
        .gsubstrdup = copy_bytes,
        .grealloc = resize,
        .greallocarray = resize_array,
        .gmallocarray = allocate_array,
        .gfree = release,
    };
    return &allocator;
}
