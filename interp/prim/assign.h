/*
 * The whole history by release: which of the stops, in their order, is the first
 * that holds a commit. No dates are used, and no commit is visited twice.
 */
#ifndef RELRUN_ASSIGN_H
#define RELRUN_ASSIGN_H

#include <stddef.h>
#include <stdint.h>

#include "oid.h"

struct err;
struct graph;

#define ASSIGN_NONE UINT32_MAX

/*
 * Reads all that ${head} holds. ${*out}: for each commit of the graph its stop (0 and up), ${stop_count}
 * when only the head holds it, ASSIGN_NONE when the head does not; the caller frees with mem_free.
 * Errors as graph_load.
 */
int assign_run(uint32_t **out, struct graph *graph, const struct oid *head,
               const struct oid *stops, size_t stop_count, struct err *err);

#endif
