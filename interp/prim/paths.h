/*
 * Which of many paths a commit touches: two trees are compared as raw bytes, only
 * along the directories that lead to a root, and no deeper than the root. It knows
 * trees and ranges of paths; it knows nothing of commits and history.
 *
 * A range is a root less its excludes. A changed path belongs to each range whose
 * root is the path or a directory above it, unless one of the range's excludes is
 * too; "pkg-1" is not above "pkg-10/x". Changed means another name, mode or object.
 * The range of everything (root "" without excludes) is touched by every comparison,
 * also of equal trees, and for it alone no tree is read.
 */
#ifndef RELRUN_PATHS_H
#define RELRUN_PATHS_H

#include <stddef.h>
#include <stdint.h>

#include "oid.h"

struct err;
struct paths;
struct repo;

struct paths_range {
    const char *root; /* "a/b", a directory or a file; "": everything */
    const char *const *excludes;
    size_t exclude_count;
};

/* Prepares the comparison; the ranges are copied. ${repo} must outlive it. ERR_MEMORY. */
int paths_new(struct paths **out, struct repo *repo, const struct paths_range *ranges,
              size_t count, struct err *err);
void paths_free(struct paths *paths);

/* From now on only ranges with a 1 in ${wanted} are looked for (one byte each; all at first). */
void paths_want(struct paths *paths, const unsigned char *wanted);

/*
 * Compares two root trees (${old_tree} NULL: an empty one). ${*touched} gets the wanted ranges that
 * changed, ascending, valid until the next call. ERR_NOT_FOUND names a tree that is not here (a
 * partial or damaged clone), ERR_FORMAT a torn one, ERR_MEMORY.
 */
int paths_compare(const uint32_t **touched, size_t *count, struct paths *paths,
                  const struct oid *old_tree, const struct oid *new_tree, struct err *err);

#endif
