/*
 * Trees as directories: what stands at a path, and a tree like another one but for
 * some paths. It reads and stores through repo.h.
 */
#ifndef RELRUN_TREE_H
#define RELRUN_TREE_H

#include <stddef.h>

#include "object.h"
#include "oid.h"
#include "repo.h"

struct err;

/* Reads the tree that ${oid} is, or that the commit or tag ${oid} has; release the object. */
int tree_read(struct repo_object *out, struct repo *repo, const struct oid *oid, struct err *err);

/*
 * Finds ${path} ("a/b", no slash at either end) from the tree or commit ${oid}; ${out->name} is not
 * set. ERR_NOT_FOUND when there is nothing, or a file stands where a directory is needed.
 */
int tree_lookup(struct object_entry *out, struct repo *repo, const struct oid *oid,
                const char *path, struct err *err);

struct tree_edit {
    const char *path;
    unsigned mode; /* 0100644, 0100755, 0120000, 0160000 or 040000; 0: remove */
    struct oid oid;
};

/*
 * The tree ${base} (NULL: an empty one) with each edit made. ${write}: stored with repo_write, else
 * held in memory (repo_hold). Directories appear as needed and vanish when empty. Edits are sorted in
 * place. ERR_FORMAT a path that may not stand in a tree, a path named twice, or a file where a
 * directory stands or the other way round; ERR_NOT_FOUND a path to remove, or with ${write} an object, that is
 * not there.
 */
int tree_edit(struct oid *out, struct repo *repo, const struct oid *base, struct tree_edit *edits,
              size_t count, int write, struct err *err);

#endif
