/*
 * The name of a git object: 20 bytes of SHA-1, or 40 hex digits in text. It knows
 * no repository and no object.
 */
#ifndef RELRUN_OID_H
#define RELRUN_OID_H

#include <stddef.h>

#define OID_BYTES 20
#define OID_HEX 40

struct oid {
    unsigned char bytes[OID_BYTES];
};

/* Reads ${length} characters, which must be 40 lower-case or upper-case hex digits; 0, or -1, and then ${out} is
 * anything. */
int oid_parse(struct oid *out, const char *text, size_t length);

/* Writes 40 lower-case hex digits and a NUL. */
void oid_format(char out[OID_HEX + 1], const struct oid *oid);

/* Less than, equal to or greater than 0, as memcmp orders the bytes. */
int oid_compare(const struct oid *a, const struct oid *b);

/* 1 when all bytes are zero: "no object" to those who exchange refs. */
int oid_is_zero(const struct oid *oid);

/* A number to file it under; object names are digests, so their first bytes are spread well. */
size_t oid_hash(const struct oid *oid);

#endif
