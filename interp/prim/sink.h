/*
 * Where an answer's bytes go: into memory below a cap, or into a new file while SHA-256 is computed. It counts
 * what comes and refuses the byte above the cap, whatever a length field said. It knows no connection.
 */
#ifndef RELRUN_SINK_H
#define RELRUN_SINK_H

#include <stddef.h>

#include "buf.h"
#include "digest.h"

struct err;

struct sink {
    unsigned long long max;  /* bytes that may come */
    unsigned long long size; /* bytes that came */
    struct buf bytes;        /* of a sink in memory */
    const char *path;        /* NULL: in memory; borrowed */
    int fd;
    struct digest *digest;
};

#define SINK_INIT                                                                                  \
    { 0, 0, BUF_INIT, NULL, -1, NULL }

/* Begins a sink of at most ${max} bytes; with a ${path}, makes that file (mode 0600), which must not be there.
 * ERR_EXISTS and err_system's kinds, ERR_MEMORY. */
int sink_open(struct sink *sink, const char *path, unsigned long long max, struct err *err);

/* ERR_LIMIT above the cap, ERR_MEMORY, ERR_SYSTEM. */
int sink_write(struct sink *sink, const void *bytes, size_t length, struct err *err);

/* Ends a sink: the file is closed and stays, its digest goes to ${sha256} ("" for memory). ERR_SYSTEM: it is removed.
 */
int sink_close(char sha256[DIGEST_HEX_MAX], struct sink *sink, struct err *err);

/* Gives up a sink: removes its file, frees its bytes. Harmless after sink_close, which leaves only the bytes. */
void sink_drop(struct sink *sink);

#endif
