/*
 * The commits in a repository's packs, read as they lie there: one after another. History reads
 * thousands of them, and the general way to each, through a mapped index and a mapped pack, costs
 * more than the reading: a page fault for nearly every look into the index.
 *
 * git packs commits in the order in which history asks for them, so the next commit is tried first:
 * its own bytes tell whether it is the one, for an object's name is their digest. Only where that
 * order breaks is the index asked. While the order holds, a thread reads ahead (pack_ahead.h).
 *
 * Only what is plainly there is read: a whole commit in a pack with an index of version 2. All else -
 * deltas, loose objects, alternates, packs that came later, and everything that is damaged - is
 * answered with "not here", and whoever asks goes the general way (repo.h), which knows it all and
 * tells what is wrong. Where the index is asked it is believed, as git and libgit2 believe it.
 */
#ifndef RELRUN_PACKS_H
#define RELRUN_PACKS_H

#include <stddef.h>

#include "oid.h"

struct packs;

/* The packs below ${objects}, an objects directory with a slash at its end; NULL when none can be
 * read. The caller frees with packs_free. */
struct packs *packs_open(const char *objects);

/* packs_free(NULL) is harmless. */
void packs_free(struct packs *packs);

/* Tells that this commit, and what lies behind it, will be asked for soon: where it is plainly there, and a second
 * processor, a thread begins to read. */
void packs_expect(struct packs *packs, const struct oid *oid);

/* The bytes of a commit, followed by a NUL and valid until the next call: 1, or 0 when the commit is
 * not plainly there. ${packs} may be NULL. */
int packs_commit(const char **out, size_t *length, struct packs *packs, const struct oid *oid);

#endif
