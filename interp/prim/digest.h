/*
 * Digests of bytes, by OpenSSL's libcrypto. It knows no file format.
 */
#ifndef RELRUN_DIGEST_H
#define RELRUN_DIGEST_H

#include <stddef.h>

struct err;

enum digest_kind { DIGEST_SHA1, DIGEST_SHA256 };

#define DIGEST_MAX 32     /* the longest digest in bytes */
#define DIGEST_HEX_MAX 65 /* the longest digest in hex, with its NUL */

/* Writes the digest of the bytes; how long it is, or ERR_MEMORY, ERR_SYSTEM when libcrypto refuses. */
int digest_bytes(unsigned char out[DIGEST_MAX], enum digest_kind kind, const void *bytes,
                 size_t length, struct err *err);

/* Writes the lower-case hex digest of the bytes. Errors as digest_bytes. */
int digest_hex(char out[DIGEST_HEX_MAX], enum digest_kind kind, const void *bytes, size_t length,
               struct err *err);

/* A digest of bytes that come in pieces; digest_free(NULL) is harmless. */
struct digest;
int digest_new(struct digest **out, enum digest_kind kind, struct err *err);
void digest_free(struct digest *digest);

/* Forgets the bytes so far; adds more; writes the lower-case hex of all since the last reset and resets.
 * ERR_SYSTEM when libcrypto refuses. */
int digest_reset(struct digest *digest, struct err *err);
int digest_add(struct digest *digest, const void *bytes, size_t length, struct err *err);
int digest_finish(char out[DIGEST_HEX_MAX], struct digest *digest, struct err *err);

/* As digest_finish, but the digest's bytes; how many they are. */
int digest_finish_bytes(unsigned char *out, struct digest *digest, struct err *err);

#endif
