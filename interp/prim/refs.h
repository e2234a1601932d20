/*
 * All refs below a prefix, read from the files that git keeps them in: packed-refs
 * and one file per loose ref. Reading them here in one pass takes a tenth of the
 * time that libgit2's iterator takes, and tells what packed-refs knows of tags.
 * One ref by name, and every change of one, is repo.h's.
 */
#ifndef RELRUN_REFS_H
#define RELRUN_REFS_H

#include <stddef.h>

#include "buf.h"
#include "oid.h"

struct err;
struct repo;

struct ref {
    const char *name;
    struct oid oid;    /* what the ref names: a commit or a tag object */
    struct oid peeled; /* what the tag leads to, when known */
    int is_peeled;     /* packed-refs told ${peeled} */
};

struct refs {
    struct ref *items; /* sorted by name, each name once */
    size_t count;
    const char **broken; /* names of refs whose file does not hold a value, or that lead nowhere */
    size_t broken_count;
    struct buf names; /* where the names stand */
};

/*
 * Reads every ref whose name starts with ${prefix} ("refs/" for all); symbolic refs are followed.
 * Refs of this work tree only (refs/bisect, refs/worktree, refs/rewritten) are left out. ERR_FORMAT a
 * packed-refs file that git did not write, ERR_MEMORY, ERR_LIMIT, ERR_SYSTEM. Release with
 * refs_release also after a failure.
 */
int refs_read(struct refs *out, struct repo *repo, const char *prefix, struct err *err);

/* Frees the lists; harmless on zeroed or released ones. */
void refs_release(struct refs *refs);

#endif
