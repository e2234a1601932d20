#include "pack_stream.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <zlib.h>

#include "digest.h"
#include "mem.h"

#include "banned.h"

#define COMMIT 1
#define COMMIT_MAX ((size_t)1 << 20)
#define WINDOW ((size_t)32 << 10) /* of a pack: more than a hundred commits */
#define HEAD_MAX 16

struct pack_stream {
    z_stream zlib;
    struct digest *digest;
    int fd;
    uint64_t place;     /* in the pack, of what comes next */
    uint64_t body;      /* and of its bytes, behind its head */
    uint64_t window_at; /* what the window holds */
    size_t window_length;
    unsigned char window[WINDOW];
};

struct pack_stream *pack_stream_new(void) {
    struct pack_stream *stream = mem_new(sizeof *stream);

    if (stream == NULL)
        return NULL;
    stream->fd = -1;
    if (inflateInit(&stream->zlib) != Z_OK) {
        mem_free(stream);
        return NULL;
    }
    if (digest_new(&stream->digest, DIGEST_SHA1, NULL) < 0) {
        pack_stream_free(stream);
        return NULL;
    }
    return stream;
}

void pack_stream_free(struct pack_stream *stream) {
    if (stream == NULL)
        return;
    (void)inflateEnd(&stream->zlib);
    digest_free(stream->digest);
    mem_free(stream);
}

void pack_stream_seek(struct pack_stream *stream, int fd, uint64_t place) {
    if (fd != stream->fd)
        stream->window_length = 0;
    stream->fd = fd;
    stream->place = place;
}

uint64_t pack_stream_place(const struct pack_stream *stream) {
    return stream->place;
}

/* Brings bytes of the pack from ${at} on into the window: how many there are, 0 at the end. */
static size_t look(struct pack_stream *stream, uint64_t at) {
    ssize_t n = pread(stream->fd, stream->window, WINDOW, (off_t)at);
    stream->window_at = at;
    stream->window_length = n > 0 ? (size_t)n : 0;
    return stream->window_length;
}

/* https://git-scm.com/docs/gitformat-pack: type and size, seven bits a byte after the first. */
int pack_stream_head(size_t *size, struct pack_stream *stream) {
    const unsigned char *bytes = stream->window;
    unsigned shift = 4;
    size_t at;

    /* with less than a head in the window, the window moves */
    if ((stream->place < stream->window_at ||
         stream->place - stream->window_at + HEAD_MAX > stream->window_length) &&
        look(stream, stream->place) < HEAD_MAX)
        return 0;
    at = (size_t)(stream->place - stream->window_at);
    if ((bytes[at] >> 4 & 7) != COMMIT)
        return 0;
    *size = bytes[at] & 15;
    while (bytes[at++] & 0x80) {
        *size |= (size_t)(bytes[at] & 0x7f) << shift;
        shift += 7;
        if (*size > COMMIT_MAX || shift > 25)
            return 0;
    }
    stream->body = stream->window_at + at;
    return 1;
}

int pack_stream_read(char *out, struct pack_stream *stream, size_t size) {
    z_stream *zlib = &stream->zlib;
    size_t at = (size_t)(stream->body - stream->window_at);
    int rc;

    if (inflateReset(zlib) != Z_OK)
        return 0;
    zlib->next_in = stream->window + at;
    zlib->avail_in = (uInt)(stream->window_length - at);
    zlib->next_out = (unsigned char *)out;
    zlib->avail_out = (uInt)(size + PACK_STREAM_AFTER);
    while ((rc = inflate(zlib, Z_FINISH)) == Z_BUF_ERROR && zlib->avail_in == 0) {
        zlib->avail_in = (uInt)look(stream, stream->window_at + stream->window_length);
        if (zlib->avail_in == 0)
            return 0;
        zlib->next_in = stream->window;
    }
    if (rc != Z_STREAM_END || zlib->total_out != size)
        return 0;
    out[size] = '\0';
    stream->place = stream->window_at + (size_t)(zlib->next_in - stream->window);
    return 1;
}

int pack_stream_name(struct oid *out, struct pack_stream *stream, char *bytes, size_t size) {
    char head[PACK_STREAM_BEFORE];
    int n = snprintf(head, sizeof head, "commit %zu", size) + 1;

    memcpy(bytes - n, head, (size_t)n);
    return digest_add(stream->digest, bytes - n, size + (size_t)n, NULL) == 0 &&
           digest_finish_bytes(out->bytes, stream->digest, NULL) == OID_BYTES;
}
