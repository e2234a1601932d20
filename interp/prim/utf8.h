/*
 * UTF-8 as RFC 3629 has it: no surrogates, nothing overlong, nothing above
 * U+10FFFF. It knows bytes only, no locale and no properties of characters.
 */
#ifndef RELRUN_UTF8_H
#define RELRUN_UTF8_H

#include <stddef.h>

#define UTF8_SEQUENCE_MAX 4

/* The length (1 to 4) of the well-formed sequence that ${bytes} begin with; 0: there is none. */
size_t utf8_sequence(const char *bytes, size_t length);

/* The offset of the first byte that is not part of a well-formed sequence; ${length}: all are. */
size_t utf8_valid_prefix(const char *bytes, size_t length);

/* Writes the sequence of a code point and returns its length. Surrogates and what is above
 * U+10FFFF are the caller's mistake. */
size_t utf8_encode(char out[UTF8_SEQUENCE_MAX], unsigned long point);

#endif
