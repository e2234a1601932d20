/*
 * A thread that reads the commits of a pack ahead of who asks for them: unpacking and hashing take longer than
 * what history does with a commit, and a second processor does them meanwhile. It follows the pack, not the
 * history: git packs commits in the order in which history asks for them, and the name of each is its digest.
 *
 * It holds a few thousand commits, in memory that is taken before the thread begins, and waits when it is that far
 * ahead. It knows no index and no repository.
 */
#ifndef RELRUN_PACK_AHEAD_H
#define RELRUN_PACK_AHEAD_H

#include <stddef.h>
#include <stdint.h>

#include "oid.h"

struct pack_ahead;

/* One that reads nothing yet; NULL where there is no second processor, or no memory. The caller frees with
 * pack_ahead_free, which waits for the thread; it must not be running when the process ends. */
struct pack_ahead *pack_ahead_new(void);
void pack_ahead_free(struct pack_ahead *ahead);

/* Begins at ${place} of the pack that ${fd} reads, which stays open until pack_ahead_stop or _free. ${eager}: goes as
 * far ahead as it can at once; else only as far as it has been followed. 0, or -1 where no thread can be had. What was
 * read before is forgotten. */
int pack_ahead_start(struct pack_ahead *ahead, int fd, uint64_t place, int eager);

/* Ends the thread and forgets what it read. */
void pack_ahead_stop(struct pack_ahead *ahead);

/* Is it at work, or has it something left to give? ${ahead} may be NULL. */
int pack_ahead_is_active(const struct pack_ahead *ahead);

/* The bytes of a commit, followed by a NUL and valid until the next call: 1, or 0 when it is not among those that were
 * read. Waits for what comes next, but not for all; after many that were not there it stops. ${ahead} may be NULL. */
int pack_ahead_take(const char **out, size_t *length, struct pack_ahead *ahead, const struct oid *oid);

#endif
