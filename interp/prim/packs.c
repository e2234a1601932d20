#include "packs.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>

#include "buf.h"
#include "digest.h"
#include "mem.h"

#include "banned.h"

/* https://git-scm.com/docs/gitformat-pack: an index is a head, 256 counts, and then for each object
 * its name, its CRC and its place in the pack; places beyond 2 GiB stand in a table of their own. */
#define HEAD 8
#define FANOUT (256 * 4)
#define NAMES (HEAD + FANOUT)
#define TRAILER (2 * OID_BYTES)
#define COMMIT 1

#define PACKS_MAX 64              /* two descriptors each; in the packs beyond, nothing is found */
#define PROBE 256                 /* names that are looked at together */
#define WINDOW ((size_t)32 << 10) /* of a pack: more than a hundred commits */
#define COMMIT_MAX ((size_t)1 << 20)
#define NAME_ROOM 24              /* before a commit: "commit LENGTH" and its NUL */
#define FAST_ROOM 258             /* zlib has a quick way, which it takes while there is this much room */
#define TRIES 64                  /* how often more the next one may be another than it is the one */

struct pack {
    int index, data;
    uint64_t index_size, size;
    uint32_t fanout[256];
};

struct packs {
    struct pack *all;
    size_t count;
    z_stream zlib;
    struct buf commit;       /* the last one, behind NAME_ROOM bytes */
    const struct pack *last; /* its pack; NULL: none yet */
    uint64_t next;           /* the place behind it there */
    size_t misses;
    const struct pack *window_of;
    uint64_t window_at;
    size_t window_length;
    unsigned char window[WINDOW];
};

static uint32_t number(const unsigned char *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static int read_at(void *out, size_t length, int fd, uint64_t at) {
    return pread(fd, out, length, (off_t)at) == (ssize_t)length ? 0 : -1;
}

/* ---- opening ---- */

static int open_file(uint64_t *size, const char *directory, const char *name, size_t stem,
                     const char *ending) {
    struct buf path = BUF_INIT;
    struct stat st;
    int fd = -1;

    if (buf_append_text(&path, directory) == 0 && buf_append(&path, name, stem) == 0 &&
        buf_append_text(&path, ending) == 0)
        fd = open(path.bytes, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe would make us wait for its writer */
    buf_release(&path);
    if (fd >= 0 && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))) {
        close(fd);
        return -1;
    }
    if (fd >= 0)
        *size = (uint64_t)st.st_size;
    return fd;
}

static void close_pack(struct pack *pack) {
    if (pack->index >= 0)
        close(pack->index);
    if (pack->data >= 0)
        close(pack->data);
}

/* The counts must rise, and the file must be as long as they say. */
static int read_fanout(struct pack *pack) {
    unsigned char head[NAMES];
    size_t i;

    if (pack->index < 0 || pack->data < 0 || read_at(head, sizeof head, pack->index, 0) < 0 ||
        memcmp(head, "\377tOc\0\0\0\2", HEAD) != 0)
        return -1;
    for (i = 0; i < 256; i++) {
        pack->fanout[i] = number(head + HEAD + 4 * i);
        if (i > 0 && pack->fanout[i] < pack->fanout[i - 1])
            return -1;
    }
    return pack->index_size < NAMES + (uint64_t)pack->fanout[255] * (OID_BYTES + 8) + TRAILER ? -1 : 0;
}

static void add_pack(struct packs *packs, const char *directory, const char *name, size_t stem) {
    struct pack *more = mem_resize(packs->all, packs->count + 1, sizeof *more);
    struct pack *pack;

    if (more == NULL)
        return;
    packs->all = more;
    pack = &more[packs->count];
    pack->index = open_file(&pack->index_size, directory, name, stem, ".idx");
    pack->data = open_file(&pack->size, directory, name, stem, ".pack");
    if (read_fanout(pack) == 0)
        packs->count++;
    else
        close_pack(pack);
}

struct packs *packs_open(const char *objects) {
    struct packs *packs = mem_new(sizeof *packs);
    struct buf path = BUF_INIT;
    struct dirent *entry;
    DIR *directory = NULL;

    if (packs == NULL || inflateInit(&packs->zlib) != Z_OK) {
        mem_free(packs);
        return NULL;
    }
    if (buf_append_text(&path, objects) == 0 && buf_append_text(&path, "pack/") == 0)
        directory = opendir(path.bytes);
    while (directory && packs->count < PACKS_MAX && (entry = readdir(directory)) != NULL) {
        size_t length = strlen(entry->d_name);
        if (length > 4 && strcmp(entry->d_name + length - 4, ".idx") == 0)
            add_pack(packs, path.bytes, entry->d_name, length - 4);
    }
    if (directory)
        closedir(directory);
    buf_release(&path);
    return packs;
}

void packs_free(struct packs *packs) {
    size_t i;
    if (packs == NULL)
        return;
    for (i = 0; i < packs->count; i++)
        close_pack(&packs->all[i]);
    (void)inflateEnd(&packs->zlib);
    buf_release(&packs->commit);
    mem_free(packs->all);
    mem_free(packs);
}

/* ---- finding ---- */

/* The name in a sorted row of ${count} names: its index, or -1. */
static int search(const unsigned char *names, uint32_t count, const struct oid *oid) {
    uint32_t low = 0, high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = memcmp(names + (size_t)middle * OID_BYTES, oid->bytes, OID_BYTES);
        if (order == 0)
            return (int)middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return -1;
}

/*
 * The index of a name in the pack. Names are digests and so spread evenly: where one stands can be
 * told from its bytes, and one look of PROBE names around that place nearly always finds it. Else
 * the looks go on beside it, each twice as far as the one before.
 */
static int find(uint32_t *out, const struct pack *pack, const struct oid *oid) {
    unsigned char names[PROBE * OID_BYTES];
    uint32_t low = oid->bytes[0] ? pack->fanout[oid->bytes[0] - 1] : 0;
    uint32_t high = pack->fanout[oid->bytes[0]], step = 0;
    uint32_t at = low + (uint32_t)((uint64_t)(high - low) * number(oid->bytes + 1) >> 32);

    at = at - low > PROBE / 2 ? at - PROBE / 2 : low;
    while (low < high) {
        uint32_t count = high - low < PROBE ? high - low : PROBE;
        int found;
        if (at > high - count)
            at = high - count;
        if (read_at(names, (size_t)count * OID_BYTES, pack->index, NAMES + (uint64_t)at * OID_BYTES) < 0)
            return 0;
        found = search(names, count, oid);
        if (found >= 0) {
            *out = at + (uint32_t)found;
            return 1;
        }
        if (memcmp(oid->bytes, names, OID_BYTES) < 0) {
            high = at;
            at = high - low > PROBE + step ? high - PROBE - step : low;
        } else if (memcmp(oid->bytes, names + (size_t)(count - 1) * OID_BYTES, OID_BYTES) > 0) {
            low = at + count;
            at = high - low > step ? low + step : low;
        } else
            return 0;
        step = 2 * step + PROBE;
    }
    return 0;
}

/* Where object ${index} lies in the pack. */
static int place_of(uint64_t *out, const struct pack *pack, uint32_t index) {
    uint64_t count = pack->fanout[255], places = NAMES + count * (OID_BYTES + 4), wide;
    unsigned char bytes[8];

    if (read_at(bytes, 4, pack->index, places + (uint64_t)index * 4) < 0)
        return -1;
    *out = number(bytes);
    if (*out >> 31) {
        wide = places + count * 4 + (*out & 0x7fffffff) * 8;
        if (wide + 8 + TRAILER > pack->index_size || read_at(bytes, 8, pack->index, wide) < 0)
            return -1;
        *out = (uint64_t)number(bytes) << 32 | number(bytes + 4);
    }
    return *out < pack->size ? 0 : -1;
}

/* ---- reading ---- */

/* Brings bytes of the pack from ${at} on into the window: how many there are, 0 at the end. */
static size_t look(struct packs *packs, const struct pack *pack, uint64_t at) {
    ssize_t n = pread(pack->data, packs->window, WINDOW, (off_t)at);
    packs->window_of = pack;
    packs->window_at = at;
    packs->window_length = n > 0 ? (size_t)n : 0;
    return packs->window_length;
}

/* Inflates what begins at ${at} of the window into ${size} bytes behind NAME_ROOM. */
static int unpack(struct packs *packs, const struct pack *pack, size_t at, size_t size) {
    z_stream *zlib = &packs->zlib;
    int rc;

    buf_clear(&packs->commit);
    if (buf_reserve(&packs->commit, NAME_ROOM + size + FAST_ROOM) < 0 || inflateReset(zlib) != Z_OK)
        return -1;
    zlib->next_in = packs->window + at;
    zlib->avail_in = (uInt)(packs->window_length - at);
    zlib->next_out = (unsigned char *)packs->commit.bytes + NAME_ROOM;
    zlib->avail_out = (uInt)(size + FAST_ROOM);
    while ((rc = inflate(zlib, Z_FINISH)) == Z_BUF_ERROR && zlib->avail_in == 0) {
        zlib->avail_in = (uInt)look(packs, pack, packs->window_at + packs->window_length);
        if (zlib->avail_in == 0)
            return -1;
        zlib->next_in = packs->window;
    }
    if (rc != Z_STREAM_END || zlib->total_out != size)
        return -1;
    packs->commit.length = NAME_ROOM + size;
    packs->commit.bytes[NAME_ROOM + size] = '\0';
    packs->last = pack;
    packs->next = packs->window_at + (size_t)(zlib->next_in - packs->window);
    return 0;
}

/* Reads the object at ${place} if it is a whole commit. */
static int read_commit(struct packs *packs, const struct pack *pack, uint64_t place) {
    const unsigned char *bytes = packs->window;
    size_t at, size;
    unsigned shift = 4;

    /* its head is a few bytes; with less than that in the window, the window moves */
    if ((packs->window_of != pack || place < packs->window_at ||
         place - packs->window_at + 16 > packs->window_length) && look(packs, pack, place) < 16)
        return -1;
    at = (size_t)(place - packs->window_at);
    if ((bytes[at] >> 4 & 7) != COMMIT)
        return -1;
    size = bytes[at] & 15;
    while (bytes[at++] & 0x80) {
        size |= (size_t)(bytes[at] & 0x7f) << shift;
        shift += 7;
        if (size > COMMIT_MAX || shift > 25)
            return -1;
    }
    return unpack(packs, pack, at, size);
}

/* Is the commit that was read the one with this name? */
static int is_named(struct packs *packs, const struct oid *oid) {
    unsigned char digest[DIGEST_MAX];
    char name[NAME_ROOM];
    char *bytes = packs->commit.bytes + NAME_ROOM;
    int n = snprintf(name, sizeof name, "commit %zu", packs->commit.length - NAME_ROOM) + 1;

    memcpy(bytes - n, name, (size_t)n);
    return digest_bytes(digest, DIGEST_SHA1, bytes - n, (size_t)(packs->commit.bytes +
                        packs->commit.length - (bytes - n)), NULL) == OID_BYTES &&
           memcmp(digest, oid->bytes, OID_BYTES) == 0;
}

/* The commit behind the last one, if it is the one that is wanted. */
static int read_next(struct packs *packs, const struct oid *oid) {
    if (packs->last == NULL || packs->misses > TRIES)
        return 0;
    if (read_commit(packs, packs->last, packs->next) == 0 && is_named(packs, oid)) {
        packs->misses -= packs->misses > 0;
        return 1;
    }
    packs->misses++;
    return 0;
}

/* A commit by the index of whichever pack has it, the last one first. */
static int read_found(struct packs *packs, const struct oid *oid) {
    size_t first = packs->last ? (size_t)(packs->last - packs->all) : 0, i;

    for (i = 0; i < packs->count; i++) {
        const struct pack *pack = &packs->all[(first + i) % packs->count];
        uint32_t index;
        uint64_t place;
        if (find(&index, pack, oid))
            return place_of(&place, pack, index) == 0 && read_commit(packs, pack, place) == 0;
    }
    return 0;
}

int packs_commit(const char **out, size_t *length, struct packs *packs, const struct oid *oid) {
    if (packs == NULL || !(read_next(packs, oid) || read_found(packs, oid)))
        return 0;
    *out = packs->commit.bytes + NAME_ROOM;
    *length = packs->commit.length - NAME_ROOM;
    return 1;
}
