/*
 * The one door to the heap. Every size that is computed goes through the array
 * forms, which check for overflow. All return NULL on refusal; the caller says
 * what could not be held.
 */
#ifndef RELRUN_MEM_H
#define RELRUN_MEM_H

#include <stddef.h>

/* ${size} zeroed bytes (at least one), or NULL; the caller frees with mem_free. */
void *mem_new(size_t size);

/* ${count} zeroed elements of ${size} bytes, or NULL (also on overflow). */
void *mem_new_array(size_t count, size_t size);

/* ${block} with room for ${count} elements of ${size}; on NULL the old block stays valid. */
void *mem_resize(void *block, size_t count, size_t size);

/* A copy of ${length} bytes with a NUL behind them, or NULL. */
char *mem_copy(const void *bytes, size_t length);

/* mem_free(NULL) is harmless. */
void mem_free(void *block);

#endif
