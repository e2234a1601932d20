/*
 * A growing run of bytes with a cap. It talks to mem only. The bytes are always
 * followed by a NUL that does not count, so that text can be passed on as it is.
 */
#ifndef RELRUN_BUF_H
#define RELRUN_BUF_H

#include <stddef.h>

struct buf {
    char *bytes;
    size_t length;
    size_t room; /* allocated, the NUL included; 0: nothing yet */
    size_t cap;  /* the largest allowed length; 0: BUF_CAP_DEFAULT */
};

#define BUF_CAP_DEFAULT ((size_t)1 << 30)
#define BUF_INIT                                                                                   \
    { NULL, 0, 0, 0 }

/* Makes room for ${more} bytes behind the present ones. ERR_LIMIT above the cap, ERR_MEMORY. */
int buf_reserve(struct buf *buf, size_t more);

/* Appends; on failure (ERR_LIMIT, ERR_MEMORY) the buffer is as it was. */
int buf_append(struct buf *buf, const void *bytes, size_t length);
int buf_append_text(struct buf *buf, const char *text);
int buf_append_byte(struct buf *buf, char byte);

/* The bytes as text, never NULL. Valid until the next call on this buffer. */
const char *buf_text(const struct buf *buf);

/* Forgets the bytes and keeps the room. */
void buf_clear(struct buf *buf);

/* Frees the bytes; the buffer is empty and usable again. */
void buf_release(struct buf *buf);

#endif
