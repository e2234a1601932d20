/*
 * Which ranges each of many commits touches: paths.h for one commit after another,
 * in two threads when there are many, each with a repository of its own.
 */
#ifndef RELRUN_TOUCHES_H
#define RELRUN_TOUCHES_H

#include <stddef.h>
#include <stdint.h>

#include "paths.h"

struct err;
struct graph;
struct paint;
struct repo;

struct touches_request {
    struct repo *repo;
    const struct graph *graph;
    const struct paint *paint;   /* NULL: every range is open for every commit */
    const uint32_t *groups;      /* each range's bit: a commit that has it is closed for the range */
    const struct paths_range *ranges;
    size_t range_count;
    const uint32_t *order; /* the commits; a child soon before its parent compares quickest */
    size_t count;
    size_t limit; /* of commits that touch something; 0: all */
};

struct touches_part {
    uint32_t *ranges; /* of its commits, one after another */
    size_t count, room;
};

struct touches {
    struct touches_part parts[2];
    uint32_t *at; /* where the ranges of commit order[i] begin in its part */
    uint32_t *length;
    size_t split; /* the first commit of the second part */
    size_t count; /* commits looked at; fewer than asked when the limit was met */
};

/* Finds them all. A merge is compared with its first parent, a commit without parents with an empty
 * tree. Errors as paths_compare and repo_open. Release also after a failure. */
int touches_find(struct touches *out, const struct touches_request *request, struct err *err);

/* The ranges of the ${index}th commit, ascending. */
const uint32_t *touches_of(size_t *count, const struct touches *touches, size_t index);

void touches_release(struct touches *touches);

#endif
