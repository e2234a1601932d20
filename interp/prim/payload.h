/*
 * The bytes of a request: memory that the caller keeps, or a regular file that is read in pieces, so that its
 * size costs no memory. SHA-256 is computed over what is handed out. It knows no connection.
 */
#ifndef RELRUN_PAYLOAD_H
#define RELRUN_PAYLOAD_H

#include <stddef.h>

#include "digest.h"

struct err;
struct payload;

/* From memory (borrowed until payload_free). ERR_MEMORY. */
int payload_of_bytes(struct payload **out, const void *bytes, size_t length, struct err *err);

/* From a regular file that is no link. ${size}: the bytes it must have, negative: whatever it has. ERR_CONFLICT when it
 * has others; file_read's errors. */
int payload_of_file(struct payload **out, const char *path, long long size, struct err *err);
void payload_free(struct payload *payload);

long long payload_size(const struct payload *payload);

/*
 * The next bytes, at most ${room}; 0: all are out. ERR_CONFLICT when the file is no longer what it was when it was
 * opened (size, time of change): told before its last piece is handed out, so that nobody gets a whole that never was.
 */
int payload_read(size_t *got, struct payload *payload, void *into, size_t room, struct err *err);

/* From the beginning again. */
int payload_rewind(struct payload *payload, struct err *err);

/* The digest of all bytes that were handed out since the beginning; "" while some are missing. */
const char *payload_sha256(const struct payload *payload);

#endif
