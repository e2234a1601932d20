#include "url.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "err.h"

#include "banned.h"

/* RFC 3986's sets, spelled out: no locale takes part. */
#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define SCHEME_CHARS LETTERS DIGITS "+-."
#define HOST_CHARS LETTERS DIGITS "-._"
#define PATH_CHARS LETTERS DIGITS "-._~!$&'()*+,;=:@%/?[]"

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static void lower_all(char *text) {
    for (; *text; text++)
        *text = lower(*text);
}

/* ${length} bytes are ${word}, whatever their case. */
static int is_word(const char *text, size_t length, const char *word) {
    size_t i;
    for (i = 0; i < length && word[i]; i++)
        if (lower(text[i]) != word[i])
            return 0;
    return i == length && word[i] == '\0';
}

static int is_hex(char c) {
    return c != '\0' && strchr(DIGITS "abcdefABCDEF", c) != NULL;
}

/* Only what may stand in a path or query, and percent signs with their two digits. */
static int check_path(const char *text, struct err *err) {
    size_t plain = strspn(text, PATH_CHARS);
    const char *at;

    if (text[plain] != '\0')
        return err_set(err, ERR_FORMAT, "byte 0x%02x in an address, where it has to stand as %%%02X",
                       (unsigned)(unsigned char)text[plain], (unsigned)(unsigned char)text[plain]);
    for (at = strchr(text, '%'); at; at = strchr(at + 1, '%'))
        if (!is_hex(at[1]) || !is_hex(at[2]))
            return err_set(err, ERR_FORMAT, "a percent sign in an address without two hex digits");
    return 0;
}

/* "127.0.0.1", and no other way to write it: inet_pton takes neither octal nor hex nor short forms. */
static int check_ipv4(const char *host, int *loopback, struct err *err) {
    unsigned char raw[4];
    if (inet_pton(AF_INET, host, raw) != 1)
        return err_set(err, ERR_FORMAT, "host '%s' ends in a number and is no address of four", host);
    *loopback = raw[0] == 127;
    return 0;
}

/* A host that ends in a number is an address (WHATWG URL, "ends in a number"): 0x7f.1 is no name. */
static int ends_in_number(const char *host) {
    const char *dot = strrchr(host, '.'), *last = dot ? dot + 1 : host;
    if (strspn(last, DIGITS) == strlen(last))
        return 1;
    return last[0] == '0' && last[1] == 'x' && strspn(last + 2, DIGITS "abcdef") == strlen(last + 2);
}

static int check_name(const char *host, int *loopback, struct err *err) {
    const char *label = host;

    if (strspn(host, HOST_CHARS) != strlen(host))
        return err_set(err, ERR_FORMAT, "a host holds letters, digits, '-', '_' and '.' only; "
                                        "names in other alphabets are written as xn--");
    for (;;) {
        size_t n = strcspn(label, ".");
        if (n == 0 || n > 63 || label[0] == '-' || label[n - 1] == '-')
            return err_set(err, ERR_FORMAT, "host '%s' has a part that is empty, too long or ends in '-'", host);
        if (label[n] == '\0')
            break;
        label += n + 1;
    }
    if (ends_in_number(host))
        return check_ipv4(host, loopback, err);
    *loopback = strcmp(host, "localhost") == 0;
    return 0;
}

/* "[...]", rewritten in its shortest form. */
static int check_ipv6(char host[URL_HOST_MAX + 1], int *loopback, struct err *err) {
    static const unsigned char own[16] = {[15] = 1};
    size_t n = strlen(host);
    char text[INET6_ADDRSTRLEN];
    unsigned char raw[16];

    if (n < 2 || n - 2 >= sizeof text || host[n - 1] != ']')
        return err_set(err, ERR_FORMAT, "an IPv6 address without its end");
    memcpy(text, host + 1, n - 2);
    text[n - 2] = '\0';
    if (inet_pton(AF_INET6, text, raw) != 1 || inet_ntop(AF_INET6, raw, text, sizeof text) == NULL)
        return err_set(err, ERR_FORMAT, "a host in brackets that is no IPv6 address");
    snprintf(host, URL_HOST_MAX + 1, "[%s]", text);
    *loopback = memcmp(raw, own, sizeof own) == 0;
    return 0;
}

static int parse_port(unsigned *out, const char *text, size_t length, struct err *err) {
    unsigned port = 0;
    size_t i;

    for (i = 0; i < length && i < 6 && text[i] >= '0' && text[i] <= '9'; i++)
        port = port * 10 + (unsigned)(text[i] - '0');
    if (length == 0 || i < length || port < 1 || port > 65535)
        return err_set(err, ERR_FORMAT, "a port is a number from 1 to 65535");
    *out = port;
    return 0;
}

/* The authority, ${length} bytes: host, and port when it is not the scheme's. */
static int parse_authority(struct url *out, const char *text, size_t length, struct err *err) {
    char host[URL_HOST_MAX + 3];
    size_t n = length;
    int loopback = 0, rc;

    if (memchr(text, '@', length))
        return err_set(err, ERR_FORMAT, "an address with a user name in it; credentials are given by the environment");
    out->port = out->tls ? 443 : 80;
    if (length > 0 && text[0] == '[') {
        const char *end = memchr(text, ']', length);
        n = end ? (size_t)(end - text) + 1 : length;
    } else {
        const char *colon = memchr(text, ':', length);
        n = colon ? (size_t)(colon - text) : length;
    }
    if (n == 0)
        return err_set(err, ERR_FORMAT, "an address without a host");
    if (n > URL_HOST_MAX)
        return err_set(err, ERR_LIMIT, "a host of more than %d bytes", URL_HOST_MAX);
    memcpy(host, text, n);
    host[n] = '\0';
    lower_all(host);
    rc = host[0] == '[' ? check_ipv6(host, &loopback, err) : check_name(host, &loopback, err);
    if (rc < 0)
        return rc;
    if (n < length) {
        if (text[n] != ':')
            return err_set(err, ERR_FORMAT, "host '%s' is followed by neither a port nor a path", host);
        rc = parse_port(&out->port, text + n + 1, length - n - 1, err);
        if (rc < 0)
            return rc;
    }
    if (!out->tls && !loopback)
        return err_set(err, ERR_FORMAT, "plain http to '%s'; without TLS relrun speaks to this machine only", host);
    n = (size_t)snprintf(out->text, sizeof out->text, "http%s://%s", out->tls ? "s" : "", host);
    if (out->port != (out->tls ? 443 : 80))
        n += (size_t)snprintf(out->text + n, sizeof out->text - n, ":%u", out->port);
    out->origin_length = n;
    return 0;
}

/* RFC 3986 5.2.4, in place: "." and ".." segments go, none climbs above the root. The path begins with a slash. */
static void remove_dots(char *path) {
    char *from = path, *to = path;

    while (*from) {
        size_t n = strcspn(from + 1, "/") + 1; /* a segment with the slash before it */
        int more = from[n] != '\0';
        if ((n == 2 && from[1] == '.') || (n == 3 && from[1] == '.' && from[2] == '.')) {
            if (n == 3)
                while (to > path && *--to != '/')
                    ;
            if (!more)
                *to++ = '/';
        } else {
            memmove(to, from, n);
            to += n;
        }
        from += n;
    }
    *to = '\0';
}

/* Puts path and query behind the origin. ${path} may lack its slash; ${query} begins with '?' or is empty. */
static int set_path(struct url *out, const char *path, size_t path_length, const char *query, size_t query_length,
                    struct err *err) {
    size_t at = out->origin_length;
    int rooted = path_length > 0 && path[0] == '/', rc;

    if (at + !rooted + path_length + query_length > URL_MAX)
        return err_set(err, ERR_LIMIT, "an address of more than %d bytes", URL_MAX);
    if (!rooted)
        out->text[at++] = '/';
    memcpy(out->text + at, path, path_length);
    out->text[at + path_length] = '\0';
    rc = check_path(out->text + out->origin_length, err);
    if (rc < 0)
        return rc;
    remove_dots(out->text + out->origin_length);
    at = strlen(out->text);
    out->path_length = at - out->origin_length;
    memcpy(out->text + at, query, query_length);
    out->text[at + query_length] = '\0';
    return check_path(out->text + at, err);
}

/* Splits what follows an authority, cutting the fragment. */
static int set_rest(struct url *out, const char *rest, struct err *err) {
    size_t all = strcspn(rest, "#"), path = strcspn(rest, "?#");
    return set_path(out, rest, path, rest + path, all - path, err);
}

int url_parse(struct url *out, const char *text, struct err *err) {
    size_t scheme = strspn(text, SCHEME_CHARS), authority;
    int rc;

    if (strlen(text) > URL_MAX)
        return err_set(err, ERR_LIMIT, "an address of more than %d bytes", URL_MAX);
    if (scheme == 0 || text[scheme] != ':')
        return err_set(err, ERR_FORMAT, "an address without https:// before it");
    out->tls = is_word(text, scheme, "https");
    if (!out->tls && !is_word(text, scheme, "http"))
        return err_set(err, ERR_FORMAT, "an address that is neither https nor http");
    text += scheme + 1;
    if (strncmp(text, "//", 2) != 0)
        return err_set(err, ERR_FORMAT, "an address without // behind its scheme");
    text += 2;
    authority = strcspn(text, "/?#");
    rc = parse_authority(out, text, authority, err);
    return rc < 0 ? rc : set_rest(out, text + authority, err);
}

/* The path of ${base} up to its last slash, and the reference behind it. */
static int merge(struct url *out, const struct url *base, const char *reference, struct err *err) {
    const char *path = base->text + base->origin_length;
    size_t all = strcspn(reference, "#"), own = strcspn(reference, "?#"), kept = base->path_length;
    char merged[URL_MAX + 1];

    while (kept > 0 && path[kept - 1] != '/')
        kept--;
    if (kept + own > URL_MAX)
        return err_set(err, ERR_LIMIT, "an address of more than %d bytes", URL_MAX);
    memcpy(merged, path, kept);
    memcpy(merged + kept, reference, own);
    return set_path(out, merged, kept + own, reference + own, all - own, err);
}

int url_resolve(struct url *out, const struct url *base, const char *reference, struct err *err) {
    size_t scheme = strspn(reference, SCHEME_CHARS);
    const char *query;
    int rc;

    if (strlen(reference) > URL_MAX)
        return err_set(err, ERR_LIMIT, "an address of more than %d bytes", URL_MAX);
    /* "x:" is a scheme when a letter begins it; "1:2" and "./x:" are paths, which no server sends. */
    if (scheme > 0 && reference[scheme] == ':' && strchr(LETTERS, reference[0]))
        return url_parse(out, reference, err);
    out->tls = base->tls;
    if (strncmp(reference, "//", 2) == 0) {
        size_t authority = strcspn(reference + 2, "/?#");
        rc = parse_authority(out, reference + 2, authority, err);
        return rc < 0 ? rc : set_rest(out, reference + 2 + authority, err);
    }
    out->port = base->port;
    out->origin_length = base->origin_length;
    memcpy(out->text, base->text, base->origin_length);
    if (reference[0] == '/')
        return set_rest(out, reference, err);
    if (reference[0] == '?')
        return set_path(out, base->text + base->origin_length, base->path_length, reference,
                        strcspn(reference, "#"), err);
    if (reference[0] != '\0' && reference[0] != '#')
        return merge(out, base, reference, err);
    query = base->text + base->origin_length + base->path_length;
    return set_path(out, base->text + base->origin_length, base->path_length, query, strlen(query), err);
}

void url_origin(char out[URL_ORIGIN_MAX], const struct url *url) {
    memcpy(out, url->text, url->origin_length);
    out[url->origin_length] = '\0';
}

int url_same_origin(const struct url *a, const struct url *b) {
    return a->origin_length == b->origin_length && memcmp(a->text, b->text, a->origin_length) == 0;
}
