#include "repo_memory.h"

#include <malloc.h>
#include <string.h>

#include <git2/sys/alloc.h>

#include "mem.h"

#include "banned.h"

/* The file and line that libgit2 names are for its own leak reports. */
#define ORIGIN const char *file, int line
#define UNUSED_ORIGIN (void)file, (void)line

/*
 * libgit2 does not look everywhere whether there was memory: the state in which it keeps a thread's error is used as it
 * comes, and the copy of its settings that is made whenever a repository is opened counts as made when it is not. So
 * small blocks have a reserve; what it gives is not given twice.
 */
#define SPARE_MAX 4096
static _Alignas(16) unsigned char reserve[65536];
static size_t reserve_used;

static int is_reserve(const void *block) {
    return (const unsigned char *)block >= reserve && (const unsigned char *)block < reserve + sizeof reserve;
}

/* ${size} zeroed bytes of the reserve, or NULL. */
static void *spare(size_t size) {
    size_t need = (size + 15) & ~(size_t)15;
    if (size > SPARE_MAX || need > sizeof reserve - reserve_used)
        return NULL;
    reserve_used += need;
    return reserve + reserve_used - need;
}

static void *allocate(size_t size, ORIGIN) {
    void *block = mem_resize(NULL, 1, size);
    UNUSED_ORIGIN;
    return block ? block : spare(size);
}

static void *allocate_zeroed(size_t count, size_t size, ORIGIN) {
    void *block = mem_new_array(count, size);
    UNUSED_ORIGIN;
    return block || count > SPARE_MAX || size > SPARE_MAX ? block : spare(count * size);
}

static char *copy_bytes(const char *bytes, size_t length, ORIGIN) {
    char *block = mem_copy(bytes, length);
    UNUSED_ORIGIN;
    if (block != NULL || length >= SPARE_MAX)
        return block;
    block = spare(length + 1);
    return block ? memcpy(block, bytes, length) : NULL;
}

static char *copy(const char *text, ORIGIN) {
    return copy_bytes(text, strlen(text), file, line);
}

static char *copy_at_most(const char *text, size_t most, ORIGIN) {
    return copy_bytes(text, strnlen(text, most), file, line);
}

static void *resize_array(void *block, size_t count, size_t size, ORIGIN) {
    void *moved = is_reserve(block) ? NULL : mem_resize(block, count, size);
    size_t room;

    UNUSED_ORIGIN;
    if (moved != NULL || count > SPARE_MAX || size > SPARE_MAX)
        return moved;
    moved = spare(count * size);
    if (moved == NULL || block == NULL)
        return moved;
    room = is_reserve(block) ? (size_t)(reserve + sizeof reserve - (unsigned char *)block)
                             : malloc_usable_size(block);
    memcpy(moved, block, room < count * size ? room : count * size);
    if (!is_reserve(block))
        mem_free(block);
    return moved;
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
