/*
 * Who reaches whom: paints bits from commits down to their ancestors. Bit 0 is the
 * base's; each other bit is a group's, and a group's bit on a commit means that one
 * of its commits holds this one. A commit that the base reaches and that lacks a
 * group's bit is what the base has more than that group: the difference of two sets
 * of ancestors, never a comparison of dates.
 *
 * Dates only decide when to stop. The walk ends once every commit still queued has
 * all bits and is older, by a day or by twice the worst backward step of a clock
 * that the walk has met, than every commit that lacked one. The answer is exact
 * unless a commit beyond that border is dated too early by more than that: then
 * what it reaches back into the younger region may be missed.
 */
#ifndef RELRUN_PAINT_H
#define RELRUN_PAINT_H

#include <stddef.h>
#include <stdint.h>

#include "oid.h"

struct err;
struct graph;

struct paint {
    size_t words;   /* 64-bit words of a commit's bits */
    size_t groups;
    uint64_t *bits; /* ${words} for each commit of the graph */
    size_t room;
    unsigned char *states;
};

struct paint_seed {
    struct oid oid;
    uint32_t group; /* 1 and up; its bit */
};

/*
 * Paints from ${base} and the seeds, and further down until it is known of each of ${ask} whether the
 * base reaches it. Errors as graph_load. Release with paint_release also after a failure.
 */
int paint_run(struct paint *out, struct graph *graph, const struct oid *base,
              const struct paint_seed *seeds, size_t seed_count, size_t groups,
              const struct oid *ask, size_t ask_count, struct err *err);

/* 1 when commit ${number} has the bit. */
int paint_has(const struct paint *paint, uint32_t number, size_t bit);

/* 1 when the base reaches the commit and some group lacks it. */
int paint_is_open(const struct paint *paint, uint32_t number);

void paint_release(struct paint *paint);

#endif
