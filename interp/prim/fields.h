/*
 * HTTP fields (RFC 9110, 5): which names and values may be sent, and the list of those that an answer brought,
 * capped in number and bytes. Field names are compared without case. It knows neither requests nor connections.
 */
#ifndef RELRUN_FIELDS_H
#define RELRUN_FIELDS_H

#include <stddef.h>

#include "buf.h"

struct err;

#define FIELDS_COUNT_MAX 256
#define FIELDS_BYTES_MAX ((size_t)128 << 10) /* of all lines of an answer, interim answers and trailers included */

struct fields {
    struct buf entries; /* name NUL value NUL, names in lower case */
    size_t count;       /* lines so far */
    size_t bytes;
};

#define FIELDS_INIT                                                                                \
    { BUF_INIT, 0, 0 }

/* 1 for a token (RFC 9110, 5.6.2), and for a value of visible ASCII, spaces and tabs, without either at its ends. */
int fields_is_name(const char *name);
int fields_is_value(const char *value);

/* Counts a line of ${length} bytes against the caps: ERR_LIMIT. Status lines and trailers count too. */
int fields_count(struct fields *fields, size_t length, struct err *err);

/* Takes one line of an answer's head, "Name: value" with or without its line end. A line without a name, a name that
 * is no token, or a value with control bytes is ERR_FORMAT; ERR_MEMORY. */
int fields_add_line(struct fields *fields, const char *line, size_t length, struct err *err);

/* Forgets the entries; what was counted stays counted: a peer may not begin anew for ever. */
void fields_clear(struct fields *fields);
void fields_release(struct fields *fields);

/* The entries in their order: the offset of the first is 0; 1 and the next offset in ${at}, or 0 at the end. */
int fields_next(const char **name, const char **value, const struct fields *fields, size_t *at);

/* The value of ${name} (lower case), or NULL; the first of several. */
const char *fields_get(const struct fields *fields, const char *name);

/* 1 when ${name} stands with two different values: whoever has to choose one would guess. */
int fields_disagree(const struct fields *fields, const char *name);

#endif
