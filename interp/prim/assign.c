#include "assign.h"

#include <string.h>

#include "err.h"
#include "graph.h"
#include "mem.h"

#include "banned.h"

/* A commit of a stop that is not (yet) known to be the head's carries this bit beside its stop. */
#define OUTSIDE ((uint32_t)1 << 31)

struct assigning {
    struct graph *graph;
    uint32_t *stops; /* per commit: ASSIGN_NONE, or a stop, perhaps with OUTSIDE */
    uint32_t *stack;
    size_t room, depth, stack_room;
};

static int out_of_memory(struct err *err) {
    return err_set(err, ERR_MEMORY, "no memory for the history");
}

static int make_room(struct assigning *a) {
    size_t room = a->room ? a->room : 1024;
    uint32_t *stops;
    if (a->graph->count <= a->room)
        return 0;
    while (room < a->graph->count)
        room *= 2;
    stops = mem_resize(a->stops, room, sizeof *stops);
    if (stops == NULL)
        return -1;
    memset(stops + a->room, 0xff, (room - a->room) * sizeof *stops);
    a->stops = stops;
    a->room = room;
    return 0;
}

static int push(struct assigning *a, uint32_t number) {
    if (a->depth == a->stack_room) {
        size_t room = a->stack_room ? 2 * a->stack_room : 1024;
        uint32_t *stack = mem_resize(a->stack, room, sizeof *stack);
        if (stack == NULL)
            return -1;
        a->stack = stack;
        a->stack_room = room;
    }
    a->stack[a->depth++] = number;
    return 0;
}

/*
 * Visits what ${oid} holds. The head's visit gives every commit the last stop's successor; a stop's
 * visit lowers that to the stop and turns back where an earlier stop has been.
 */
static int visit(struct assigning *a, const struct oid *oid, uint32_t stop, uint32_t none, int keep,
                 struct err *err) {
    uint32_t number;
    int rc = graph_number(&number, a->graph, oid, err);

    if (rc < 0)
        return rc;
    a->depth = 0;
    if (make_room(a) < 0 || push(a, number) < 0)
        return out_of_memory(err);
    while (a->depth > 0) {
        const struct graph_node *node;
        uint32_t i;

        number = a->stack[--a->depth];
        if (stop == none ? a->stops[number] != ASSIGN_NONE
                         : a->stops[number] != ASSIGN_NONE && a->stops[number] != none)
            continue;
        a->stops[number] = a->stops[number] == ASSIGN_NONE && stop != none ? stop | OUTSIDE : stop;
        rc = graph_load(a->graph, number, keep, err);
        if (rc < 0)
            return rc;
        if (make_room(a) < 0)
            return out_of_memory(err);
        node = &a->graph->nodes[number];
        for (i = node->parent_count; i-- > 0;) /* the first parent is visited first */
            if (push(a, a->graph->parents[node->parents + i]) < 0)
                return out_of_memory(err);
    }
    return 0;
}

int assign_run(uint32_t **out, struct graph *graph, const struct oid *head,
               const struct oid *stops, size_t stop_count, struct err *err) {
    struct assigning a = {graph, NULL, NULL, 0, 0, 0};
    uint32_t none = (uint32_t)stop_count;
    size_t i;
    int rc = visit(&a, head, none, none, 1, err);

    for (i = 0; rc == 0 && i < stop_count; i++)
        rc = visit(&a, &stops[i], (uint32_t)i, none, 0, err);
    mem_free(a.stack);
    if (rc < 0) {
        mem_free(a.stops);
        return rc;
    }
    for (i = 0; i < a.room; i++)
        if (a.stops[i] & OUTSIDE)
            a.stops[i] = ASSIGN_NONE;
    *out = a.stops;
    return 0;
}
