#include "mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void *mem_new(size_t size) {
    return calloc(1, size ? size : 1);
}

void *mem_new_array(size_t count, size_t size) {
    if (size && count > SIZE_MAX / size)
        return NULL;
    return mem_new(count * size);
}

void *mem_resize(void *block, size_t count, size_t size) {
    if (size && count > SIZE_MAX / size)
        return NULL;
    return realloc(block, count == 0 || size == 0 ? 1 : count * size);
}

char *mem_copy(const void *bytes, size_t length) {
    char *copy = length < SIZE_MAX ? malloc(length + 1) : NULL;
    if (copy != NULL) {
        if (length)
            memcpy(copy, bytes, length);
        copy[length] = '\0';
    }
    return copy;
}

void mem_free(void *block) {
    free(block);
}
