#include "buf.h"

#include <string.h>

#include "err.h"
#include "mem.h"

#include "banned.h"

int buf_reserve(struct buf *buf, size_t more) {
    size_t cap = buf->cap ? buf->cap : BUF_CAP_DEFAULT;
    size_t need, room;
    char *bytes;

    if (more > cap || buf->length > cap - more)
        return ERR_LIMIT;
    need = buf->length + more + 1;
    if (need <= buf->room)
        return 0;
    room = buf->room ? buf->room : 64;
    while (room < need)
        room *= 2; /* need is at most the cap, so this cannot wrap */
    bytes = mem_resize(buf->bytes, room, 1);
    if (bytes == NULL)
        return ERR_MEMORY;
    buf->bytes = bytes;
    buf->room = room;
    bytes[buf->length] = '\0';
    return 0;
}

int buf_append(struct buf *buf, const void *bytes, size_t length) {
    int rc = buf_reserve(buf, length);
    if (rc < 0)
        return rc;
    if (length)
        memcpy(buf->bytes + buf->length, bytes, length);
    buf->length += length;
    buf->bytes[buf->length] = '\0';
    return 0;
}

int buf_append_text(struct buf *buf, const char *text) {
    return buf_append(buf, text, strlen(text));
}

int buf_append_byte(struct buf *buf, char byte) {
    return buf_append(buf, &byte, 1);
}

const char *buf_text(const struct buf *buf) {
    return buf->bytes ? buf->bytes : "";
}

void buf_clear(struct buf *buf) {
    buf->length = 0;
    if (buf->bytes)
        buf->bytes[0] = '\0';
}

void buf_release(struct buf *buf) {
    mem_free(buf->bytes);
    buf->bytes = NULL;
    buf->length = buf->room = 0;
}
