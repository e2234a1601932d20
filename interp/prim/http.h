/*
 * HTTP requests and their answers, several at a time, streamed both ways. This is where redirections are followed
 * and credentials given out, by one rule: a credential goes to its own origin only, and no field of the caller's
 * but Accept, Range and User-Agent leaves the origin that it was written for. It knows no forge; what a status
 * means is the caller's.
 *
 * An answer with status 400 or 500 is an answer. A failure has one of these kinds:
 *   ERR_UNSENT    nothing left this machine: refused by us, no such host, no connection
 *   ERR_TLS       nor here: no safe connection
 *   ERR_REDIRECT  a read was sent to where it does not go
 *   ERR_LIMIT     the peer answered with more than the cap
 *   ERR_UNKNOWN   the request went out and no whole answer came back
 *   ERR_UNSUPPORTED  there is no libcurl; nothing was sent
 * After ERR_LIMIT and ERR_UNKNOWN a write may have been done. No text holds a query, a field's value or a secret.
 *
 * Nor does an answer hold a secret, as far as credential_redact knows it again: a server, or a proxy before it, may say
 * back what it was sent. Only the bytes that go to a sink are those that came.
 */
#ifndef RELRUN_HTTP_H
#define RELRUN_HTTP_H

#include <stddef.h>

#include "buf.h"
#include "digest.h"
#include "err.h"
#include "fields.h"

struct credential;

#define HTTP_REDIRECTS_MAX 5
#define HTTP_PARALLEL_MAX 6
#define HTTP_MAX_DEFAULT ((unsigned long long)16 << 20)     /* bytes of an answer in memory */
#define HTTP_FILE_MAX_DEFAULT ((unsigned long long)16 << 30) /* bytes of an answer in a file */
#define HTTP_TIMEOUT_MS 300000          /* for a request whose bytes are in memory */
#define HTTP_FILE_TIMEOUT_MS 21600000   /* for one with a file on either side: how long GitHub's jobs may take */
#define HTTP_IDLE_MS 60000

struct http_request {
    const char *method;              /* GET, HEAD, POST, PUT, PATCH or DELETE */
    const char *url;                 /* see url.h */
    const char *const *fields;       /* name, value, name, value, NULL; may be NULL. See http_field_is_allowed */
    const void *body;                /* bytes to send, or */
    size_t body_length;
    const char *upload;              /* the path of a regular file to send, */
    long long upload_size;           /* which has so many bytes; negative: whatever it has */
    struct credential *const *credentials; /* NULL-terminated, each for its own origin; may be NULL */
    const char *sink;                /* a path that must not be there, for the bytes of an answer with status 2xx */
    unsigned long long max;          /* bytes of the answer; 0: the default */
    unsigned timeout_ms;             /* for each address asked; 0: the default */
    unsigned idle_ms;                /* with next to no bytes moving; 0: HTTP_IDLE_MS */
    int redirects;                   /* GET and HEAD follow so many at most; 0: HTTP_REDIRECTS_MAX, negative: none */
    const char *ca_file;             /* PEM file of the only authorities to trust; NULL: the system's */
    unsigned gap_ms;                 /* begins no sooner after the beginning of the last one that had a gap; 0: none */
};

struct http_answer {
    int rc;                          /* 0, or the kind of ${err}: the rest is empty then */
    struct err err;
    int status;
    struct fields fields;
    int in_file;                     /* 1: the bytes are in the sink, and ${sha256} is theirs */
    struct buf body;                 /* otherwise they are here, without secrets */
    unsigned long long size;         /* bytes that came */
    char sha256[DIGEST_HEX_MAX];
    char upload_sha256[DIGEST_HEX_MAX]; /* of body or upload, when all of it was sent; otherwise "" */
    struct buf url;                  /* who answered; when redirected, without a query: that may be signed */
    int redirected;
};

/* Called with the bytes that moved and are to move (0: not known), some ten times a second and at the end. Not 0 ends
 * all requests, as failures. */
typedef int http_progress(void *context, unsigned long long done, unsigned long long total);

struct http_options {
    unsigned at_most;        /* requests at a time; 0: HTTP_PARALLEL_MAX, which is also the most */
    http_progress *progress; /* may be NULL */
    void *context;
};

/* 1 unless the field is HTTP's own or a credential's (Host, Content-Length, Authorization, Cookie ...). */
int http_field_is_allowed(const char *name);

/*
 * Sends ${count} requests and fills as many answers, in the same order; each has its own failure. The caller releases
 * every answer. An interrupt removes what stands half in a sink and then ends the process as proc.h says.
 */
void http_send(struct http_answer *out, const struct http_request *requests, size_t count,
               const struct http_options *options);
void http_answer_release(struct http_answer *answer);

/* Closes kept connections; the next request begins anew. */
void http_close(void);

#endif
