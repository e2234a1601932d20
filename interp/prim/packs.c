#include "packs.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "mem.h"
#include "pack_ahead.h"
#include "pack_stream.h"

#include "banned.h"

/* https://git-scm.com/docs/gitformat-pack: an index is a head, 256 counts, and then for each object
 * its name, its CRC and its place in the pack; places beyond 2 GiB stand in a table of their own. */
#define HEAD 8
#define FANOUT (256 * 4)
#define NAMES (HEAD + FANOUT)
#define TRAILER (2 * OID_BYTES)

#define PACKS_MAX 64              /* two descriptors each; in the packs beyond, nothing is found */
#define PROBE 256                 /* names that are looked at together */
#define TRIES 64                  /* how often more the next one may be another than it is the one */
#define RUN 128                   /* so many in a row were the next one: then it is worth to read ahead */

struct pack {
    int index, data;
    uint64_t index_size, size;
    uint32_t fanout[256];
};

struct packs {
    struct pack *all;
    size_t count;
    struct pack_stream *stream;
    struct pack_ahead *ahead; /* NULL: nobody did, or can, read ahead */
    struct buf commit;        /* the last one, behind room for its head */
    const struct pack *last;  /* its pack; NULL: none yet */
    size_t misses, run;
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

    if (packs == NULL)
        return NULL;
    packs->stream = pack_stream_new();
    if (packs->stream == NULL) {
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
    pack_ahead_free(packs->ahead); /* it reads from the packs */
    for (i = 0; i < packs->count; i++)
        close_pack(&packs->all[i]);
    pack_stream_free(packs->stream);
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

/* Reads the commit that is next in the stream. */
static int read_commit(struct packs *packs) {
    size_t size;

    if (!pack_stream_head(&size, packs->stream))
        return 0;
    buf_clear(&packs->commit);
    if (buf_reserve(&packs->commit, PACK_STREAM_BEFORE + size + PACK_STREAM_AFTER) < 0 ||
        !pack_stream_read(packs->commit.bytes + PACK_STREAM_BEFORE, packs->stream, size))
        return 0;
    packs->commit.length = PACK_STREAM_BEFORE + size;
    return 1;
}

/* Is the commit that was read the one with this name? */
static int is_named(struct packs *packs, const struct oid *oid) {
    struct oid name;
    return pack_stream_name(&name, packs->stream, packs->commit.bytes + PACK_STREAM_BEFORE,
                            packs->commit.length - PACK_STREAM_BEFORE) && oid_compare(&name, oid) == 0;
}

/* From this place on a thread reads, where one can. */
static void read_ahead(struct packs *packs, const struct pack *pack, uint64_t place, int eager) {
    if (packs->ahead == NULL)
        packs->ahead = pack_ahead_new();
    if (packs->ahead)
        (void)pack_ahead_start(packs->ahead, pack->data, place, eager);
    packs->run = 0;
}

/* The commit behind the last one, if it is the one that is wanted. */
static int read_next(struct packs *packs, const struct oid *oid) {
    if (packs->last == NULL || packs->misses > TRIES)
        return 0;
    if (read_commit(packs) && is_named(packs, oid)) {
        packs->misses -= packs->misses > 0;
        if (++packs->run == RUN)
            read_ahead(packs, packs->last, pack_stream_place(packs->stream), 0);
        return 1;
    }
    packs->misses++;
    packs->run = 0;
    return 0;
}

/* Where the commit lies, by the index of whichever pack has it, the last one first. */
static const struct pack *place(uint64_t *out, const struct packs *packs, const struct oid *oid) {
    size_t first = packs->last ? (size_t)(packs->last - packs->all) : 0, i;

    for (i = 0; i < packs->count; i++) {
        const struct pack *pack = &packs->all[(first + i) % packs->count];
        uint32_t index;
        if (find(&index, pack, oid))
            return place_of(out, pack, index) == 0 ? pack : NULL;
    }
    return NULL;
}

static int read_found(struct packs *packs, const struct oid *oid) {
    uint64_t at;
    const struct pack *pack = place(&at, packs, oid);

    if (pack == NULL)
        return 0;
    pack_stream_seek(packs->stream, pack->data, at);
    if (!read_commit(packs))
        return 0;
    packs->last = pack;
    return 1;
}

void packs_expect(struct packs *packs, const struct oid *oid) {
    uint64_t at;
    const struct pack *pack = packs ? place(&at, packs, oid) : NULL;

    if (pack)
        read_ahead(packs, pack, at, 1);
}

int packs_commit(const char **out, size_t *length, struct packs *packs, const struct oid *oid) {
    if (packs == NULL)
        return 0;
    if (pack_ahead_take(out, length, packs->ahead, oid))
        return 1;
    /* While one reads ahead, what it has not is nowhere near. */
    if (!(!pack_ahead_is_active(packs->ahead) && read_next(packs, oid)) && !read_found(packs, oid))
        return 0;
    *out = packs->commit.bytes + PACK_STREAM_BEFORE;
    *length = packs->commit.length - PACK_STREAM_BEFORE;
    return 1;
}
