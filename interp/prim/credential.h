/*
 * A secret that belongs to one origin. It is read from the environment here and goes nowhere but into a request
 * field for that origin (http.c): Lua holds a handle, and what others say that were told it - a server in its answer,
 * git in its output, a failure's text - passes through credential_redact before Lua reads it. It knows no forge and
 * makes no request.
 *
 * Once a credential was held, the process writes no core and may not be traced (secret.h): both would tell its memory.
 */
#ifndef RELRUN_CREDENTIAL_H
#define RELRUN_CREDENTIAL_H

#include <stddef.h>

struct buf;
struct credential;
struct err;
struct url;

#define CREDENTIAL_MAX 16384 /* bytes of a secret; a stateless installation token takes some 1,000 */

struct credential_options {
    const char *const *names; /* environment variables, NULL-terminated; the first that is set and not empty counts */
    const char *token;        /* in place of names: what a server gives to anybody who asks, so no secret of ours */
    const char *origin;       /* an address whose origin the secret is for; its path must be empty or "/" */
    const char *field;        /* the request field that carries it; NULL: Authorization */
    const char *scheme;       /* the word before it; NULL: Bearer for Authorization, none for other fields */
};

/*
 * Reads the secret. 1: ${out} is set, to be freed with credential_free; 0: none of the names is set. ERR_FORMAT for an
 * origin that is none, a field or scheme that is no token, and a secret with control bytes, spaces or other
 * alphabets in it (the text names the variable, never the value); ERR_LIMIT, ERR_MEMORY.
 */
int credential_read(struct credential **out, const struct credential_options *options, struct err *err);

/* Wipes and frees; credential_free(NULL) is harmless. */
void credential_free(struct credential *credential);

/* "https://host[:port]"; lives as long as the credential. */
const char *credential_origin(const struct credential *credential);

/* 1 when the address has the credential's own origin: scheme, host and port. */
int credential_is_for(const struct credential *credential, const struct url *url);

/* Appends "Field: scheme secret" for a request to ${url}, which must be of its origin. ERR_MEMORY. The caller wipes
 * what it was given. */
int credential_write(struct buf *out, const struct credential *credential, const struct url *url, struct err *err);

/*
 * Replaces every secret that is held now by "***", in place and never longer: raw, percent-encoded, with the escapes of
 * JSON (RFC 8259, 7), and in base64 (RFC 4648, both alphabets), alone or within a longer text as Basic has it. JSON
 * stays JSON. Letters count in either case. A token that was given is no secret and stays. Not found: secrets of less
 * than 6 bytes, and what is encoded twice, in hexadecimal, or as HTML or a broken line would have it.
 */
void credential_redact(char *text);
void credential_redact_buf(struct buf *bytes);

#endif
