/*
 * Absolute http and https addresses, judged before anybody connects to them. The grammar is narrower than
 * RFC 3986: what two readers could understand differently (userinfo, backslashes, white space, other
 * alphabets, numbers that are not quite addresses) is refused, not repaired. It resolves no name.
 */
#ifndef RELRUN_URL_H
#define RELRUN_URL_H

#include <stddef.h>

struct err;

#define URL_MAX 8192        /* bytes of an address; signed storage addresses take 2,000 */
#define URL_HOST_MAX 253    /* RFC 1035: the longest name */
#define URL_ORIGIN_MAX 272  /* "https://" host ":" port, brackets and a NUL */

struct url {
    /* scheme://host[:port]/path[?query]: scheme and host in lower case, no default port, no dot segments, a path, no
     * fragment. Equal origins are equal bytes. */
    char text[URL_MAX + 1];
    size_t origin_length; /* of scheme, host and port, at the beginning of the text */
    size_t path_length;   /* of the path behind it, without the query */
    int tls;              /* 1: https */
    unsigned port;
};

/*
 * Parses an absolute address. Plain http is for this machine only (127.0.0.0/8, [::1], localhost): ERR_FORMAT
 * for it and for whatever the grammar refuses, ERR_LIMIT for what is too long. The messages quote no part of
 * the address but its host.
 */
int url_parse(struct url *out, const char *text, struct err *err);

/* What ${reference} (a Location) means seen from ${base}: RFC 3986 5.2, then judged as url_parse does. ${out} may
 * not be ${base}. */
int url_resolve(struct url *out, const struct url *base, const char *reference, struct err *err);

/* Writes "https://host[:port]", by which credentials are bound (RFC 6454). */
void url_origin(char out[URL_ORIGIN_MAX], const struct url *url);

/* 1 when scheme, host and port are the same. */
int url_same_origin(const struct url *a, const struct url *b);

#endif
