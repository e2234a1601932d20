/*
 * Commits by number: each is read from the repository once and keeps its tree, time
 * and parents; of its text as much is kept as a budget allows and the rest is read
 * again when asked for. In a shallow clone the commits at the border have no
 * parents, as git has it. Replace refs and old grafts are not followed. It knows no
 * walk: who needs which commits, and in which order, is for others.
 */
#ifndef RELRUN_GRAPH_H
#define RELRUN_GRAPH_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "object.h"
#include "oid.h"
#include "repo.h"

struct err;
struct packs;

#define GRAPH_NO_TEXT UINT32_MAX

struct graph_node {
    struct oid oid, tree;
    long long time;        /* committer's */
    uint32_t parents;      /* where in graph->parents */
    uint32_t parent_count;
    uint32_t text;         /* where in graph->texts, or GRAPH_NO_TEXT */
    unsigned char is_loaded;
    unsigned char is_border; /* of a shallow clone */
};

struct graph {
    struct repo *repo;
    struct packs *packs; /* NULL: the repository reads all commits */
    struct packs *own;   /* those, where nobody lent any */
    struct graph_node *nodes;
    uint32_t *parents; /* numbers */
    uint32_t *slots;   /* hash table of number + 1 */
    size_t count, room, parent_count, parent_room, slot_count;
    struct buf texts;
    struct repo_object again; /* a commit read again for its text */
};

struct graph_text {
    struct object_text author, encoding, message; /* as in struct object_commit */
};

/* A reader of the repository's packs, for graph_init; NULL where there is none. The caller frees with packs_free. */
struct packs *graph_packs(const struct repo *repo);

/* An empty graph over ${repo}, which must outlive it, as must ${packs}, that of a reader who was there before, or NULL:
 * then it opens its own. Reads where a shallow clone ends. ERR_MEMORY,
 * ERR_FORMAT a broken shallow file, ERR_SYSTEM. Release also after a failure. */
int graph_init(struct graph *graph, struct repo *repo, struct packs *packs, struct err *err);
void graph_release(struct graph *graph);

/* The number of this commit, new or known; nothing is read. ERR_MEMORY, ERR_LIMIT. */
int graph_number(uint32_t *out, struct graph *graph, const struct oid *oid, struct err *err);

/* The number of a commit that is known: 1 or 0. */
int graph_find(uint32_t *out, const struct graph *graph, const struct oid *oid);

/* Reads commit ${number} unless it was read, and numbers its parents. ${keep}: its text will be asked
 * for. ERR_NOT_FOUND, ERR_FORMAT naming the object. */
int graph_load(struct graph *graph, uint32_t number, int keep, struct err *err);

/* The text of a loaded commit, valid until the next call. Errors as graph_load. */
int graph_text(struct graph_text *out, struct graph *graph, uint32_t number, struct err *err);

#endif
