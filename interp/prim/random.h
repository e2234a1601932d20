/*
 * Random bytes that nobody can guess, from the kernel. For names that must not
 * be foreseen (delimiters, nonces); nothing that a plan holds comes from here.
 */
#ifndef RELRUN_RANDOM_H
#define RELRUN_RANDOM_H

#include <stddef.h>

struct err;

#define RANDOM_BYTES_MAX 64

/* Writes ${count} random bytes (at most RANDOM_BYTES_MAX) as lower-case hex, with a NUL: ${out} has room for
 * 2 * ${count} + 1. ERR_SYSTEM when the kernel gives none. */
int random_hex(char *out, size_t count, struct err *err);

#endif
