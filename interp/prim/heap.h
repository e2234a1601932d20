/*
 * The memory of an interpreter: many small blocks, most of them short-lived, and a process that
 * ends soon. Small blocks are cut from large pieces and kept in lists by size; nothing of the
 * pieces goes back to the system before the process ends. Large blocks are the C library's.
 *
 * Under a sanitizer every block is the C library's, so that it sees each of them.
 */
#ifndef RELRUN_HEAP_H
#define RELRUN_HEAP_H

#include <stddef.h>

#define HEAP_SMALL 512 /* the largest small block */
#define HEAP_STEP 16   /* sizes are rounded up to a multiple of it; also the alignment */

/* 1 under a sanitizer, where memory is to be given back in order. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HEAP_IS_CHECKED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define HEAP_IS_CHECKED 1
#endif
#endif
#ifndef HEAP_IS_CHECKED
#define HEAP_IS_CHECKED 0
#endif

/* A heap; zeroed is empty. One thread at a time uses it. */
struct heap {
    void *free[HEAP_SMALL / HEAP_STEP + 1]; /* lists of blocks by size */
    char *at, *end;                         /* what is left of the newest piece */
    size_t piece;                           /* bytes of the newest piece */
    int is_ending;                          /* nothing is given back any more: the process ends */
};

/*
 * What lua_newstate asks of an allocator: ${size} 0 frees, ${block} NULL allocates, else the block moves
 * to the new size, ${old_size} being the size that it was asked for with. NULL without memory, except
 * when a block shrinks, which never fails.
 */
void *heap_resize(void *heap, void *block, size_t old_size, size_t size);

/* Tells the heap that the process ends next: from here on, freeing does nothing. */
void heap_end(struct heap *heap);

#endif
