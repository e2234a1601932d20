#include "wire_memory.h"

#include <malloc.h>
#include <string.h>

#include "mem.h"

#include "banned.h"

void *wire_memory_new(size_t size) {
    return mem_resize(NULL, 1, size ? size : 1);
}

void wire_memory_free(void *block) {
    if (block)
        explicit_bzero(block, malloc_usable_size(block));
    mem_free(block);
}

/* Always moves: realloc would leave the old bytes where they were. */
void *wire_memory_resize(void *block, size_t size) {
    size_t old = block ? malloc_usable_size(block) : 0;
    void *moved = wire_memory_new(size);

    if (moved == NULL)
        return NULL;
    if (old)
        memcpy(moved, block, old < size ? old : size);
    wire_memory_free(block);
    return moved;
}

char *wire_memory_copy(const char *text) {
    return mem_copy(text, strlen(text));
}

void *wire_memory_new_array(size_t count, size_t size) {
    return mem_new_array(count ? count : 1, size ? size : 1);
}
