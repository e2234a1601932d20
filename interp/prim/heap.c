#include "heap.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Pieces of huge pages spare a page fault for every 4 KiB: the modules that any command loads pay for the first. */
#define PIECE_FIRST ((size_t)2 << 20)
#define PIECE_LAST ((size_t)8 << 20)
#define HUGE_PAGE ((size_t)2 << 20)

static int is_small(size_t size) {
    return !HEAP_IS_CHECKED && size <= HEAP_SMALL;
}

static size_t class_of(size_t size) {
    return (size + HEAP_STEP - 1) / HEAP_STEP;
}

/* Begins a new piece; what is left of the old one is too small to matter. */
static int new_piece(struct heap *heap) {
    size_t size = heap->piece ? 2 * heap->piece : PIECE_FIRST, slack;
    char *at;

    if (size > PIECE_LAST)
        size = PIECE_LAST;
    slack = size >= HUGE_PAGE ? HUGE_PAGE : 0;
    at = mmap(NULL, size + slack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED)
        return -1;
    if (slack) {
        at += (HUGE_PAGE - (size_t)at % HUGE_PAGE) % HUGE_PAGE;
        (void)madvise(at, size, MADV_HUGEPAGE); /* without them it is only slower */
    }
    heap->at = at;
    heap->end = at + size;
    heap->piece = size;
    return 0;
}

static void *take(struct heap *heap, size_t size) {
    size_t class = class_of(size), rounded = class * HEAP_STEP;
    void *block = heap->free[class];

    if (block) {
        memcpy(&heap->free[class], block, sizeof(void *)); /* the next one of the list */
        return block;
    }
    if ((size_t)(heap->end - heap->at) < rounded && new_piece(heap) < 0)
        return NULL;
    block = heap->at;
    heap->at += rounded;
    return block;
}

static void give(struct heap *heap, void *block, size_t size) {
    size_t class = class_of(size);
    memcpy(block, &heap->free[class], sizeof(void *));
    heap->free[class] = block;
}

static void release(struct heap *heap, void *block, size_t size) {
    if (is_small(size))
        give(heap, block, size);
    else
        free(block);
}

void *heap_resize(void *owner, void *block, size_t old_size, size_t size) {
    struct heap *heap = owner;
    void *moved;

    if (block == NULL || old_size == 0) {
        if (size == 0)
            return NULL;
        return is_small(size) ? take(heap, size) : malloc(size);
    }
    if (size == 0) {
        if (!heap->is_ending)
            release(heap, block, old_size);
        return NULL;
    }
    if (is_small(old_size) && is_small(size) && class_of(old_size) == class_of(size))
        return block;
    if (!is_small(old_size) && !is_small(size)) {
        moved = realloc(block, size);
        return moved || size > old_size ? moved : block;
    }
    moved = is_small(size) ? take(heap, size) : malloc(size);
    if (moved == NULL)
        return size > old_size ? NULL : block; /* larger than it need be, whatever it was cut from */
    memcpy(moved, block, old_size < size ? old_size : size);
    release(heap, block, old_size);
    return moved;
}

void heap_end(struct heap *heap) {
    heap->is_ending = !HEAP_IS_CHECKED;
}
