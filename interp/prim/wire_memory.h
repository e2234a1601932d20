/*
 * libcurl's memory: from the one door to the heap, and wiped when it is given back. A request with its
 * credential goes through buffers of libcurl's own, and a freed block is read by whoever gets it next.
 */
#ifndef RELRUN_WIRE_MEMORY_H
#define RELRUN_WIRE_MEMORY_H

#include <stddef.h>

/* As malloc, free, realloc, strdup and calloc. */
void *wire_memory_new(size_t size);
void wire_memory_free(void *block);
void *wire_memory_resize(void *block, size_t size);
char *wire_memory_copy(const char *text);
void *wire_memory_new_array(size_t count, size_t size);

#endif
