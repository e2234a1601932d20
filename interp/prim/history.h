/*
 * Questions about history: what is unreleased, and the whole log by release. Both
 * are one walk, whatever the number of ranges and tags, and give their commits one
 * at a time. It knows no tag names and no messages' meaning.
 *
 * Commits come newest first, a child always before its parents; of those that could
 * come next the one with the later committer date, then the smaller name. A merge is
 * compared with its first parent; in a shallow clone the commits at the border count
 * as roots. Replace refs and old grafts are not followed.
 */
#ifndef RELRUN_HISTORY_H
#define RELRUN_HISTORY_H

#include <stddef.h>
#include <stdint.h>

#include "object.h"
#include "oid.h"
#include "paths.h"

struct err;
struct history;
struct packs;
struct repo;

struct history_range {
    struct paths_range paths;
    const struct oid *since; /* commits; what they hold is released */
    size_t since_count;
};

/*
 * Tells that the history of this commit will be asked for, so that reading can begin before; for a request's `packs`.
 * NULL where nothing can be read ahead. The caller frees with packs_free.
 */
struct packs *history_expect(const struct repo *repo, const struct oid *head);

struct history_request {
    struct oid base;
    const struct history_range *ranges;
    size_t range_count;
    const struct oid *ask; /* commits: does the base hold them? */
    size_t ask_count;
    size_t limit; /* at most so many commits, the newest; 0: all */
    struct packs *packs; /* of history_expect, which must outlive the answer; or NULL */
};

struct history_commit {
    struct oid oid;
    long long time;
    size_t parent_count;
    int is_border; /* the shallow clone ends here: its parents and what they changed are unknown */
    struct object_text author; /* "Name <mail>" */
    struct object_text encoding, message;
    const uint32_t *ranges; /* ascending; unreleased only */
    size_t range_count;
    size_t stop; /* 1 and up, 0: only the head holds it; log only */
};

/*
 * What the base holds and a range's since-commits do not, and that touches the range's paths; the
 * whole repository (root "" without excludes) is touched by every commit, also an empty one. The sets
 * are exact as paint.h says. ERR_NOT_FOUND an object is not here, ERR_FORMAT, ERR_MEMORY. The repository
 * must outlive the answer, which is freed with history_free.
 */
int history_unreleased(struct history **out, struct repo *repo,
                       const struct history_request *request, struct err *err);

struct history_log {
    struct oid head;
    const struct oid *stops; /* commits of the releases, oldest first */
    size_t stop_count;
    struct paths_range paths; /* root "" without excludes: all commits */
    struct packs *packs;      /* as above */
};

/*
 * Every commit that the head holds, once, under the first stop that holds it: those of no stop first,
 * then the last stop's, and so on. Exact whatever the dates, linear in the history. As above.
 */
int history_log(struct history **out, struct repo *repo, const struct history_log *request,
                struct err *err);

/* The next commit: 1, or 0 after the last. What ${out} points to is valid until the next call. */
int history_next(struct history_commit *out, struct history *history, struct err *err);

/* Whether the base holds the commit: one of those asked for. */
int history_contains(const struct history *history, const struct oid *oid);

void history_free(struct history *history);

#endif
