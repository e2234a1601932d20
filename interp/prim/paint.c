#include "paint.h"

#include <limits.h>
#include <string.h>

#include "err.h"
#include "graph.h"
#include "mem.h"
#include "queue.h"

#include "banned.h"

enum { QUEUED = 1, VISITED = 2, ASKED = 4 };

#define SLOP_SECONDS 86400 /* clocks that differ by less than a day cost no exactness */
#define SLOP_COMMITS 32    /* looked at beyond the border, to notice a clock that went back */

struct walk {
    struct paint *paint;
    struct graph *graph;
    struct queue queue;
    size_t open_queued;    /* queued, of the base, lacking a group */
    size_t again_queued;   /* queued, visited before: what lies below has stale bits */
    size_t asked;          /* asked for and not reached yet */
    long long oldest_open; /* of the visited commits that lacked a group */
    long long oldest_asked;
    long long skew; /* the largest backward step from a child to its parent */
    size_t beyond;  /* commits visited since the last one that could matter */
};

static int out_of_memory(struct err *err) {
    return err_set(err, ERR_MEMORY, "no memory for the history");
}

static uint64_t *bits_of(const struct paint *paint, uint32_t number) {
    return paint->bits + number * paint->words;
}

int paint_has(const struct paint *paint, uint32_t number, size_t bit) {
    return number < paint->room && (bits_of(paint, number)[bit / 64] >> (bit % 64) & 1);
}

int paint_is_open(const struct paint *paint, uint32_t number) {
    const uint64_t *bits;
    size_t last = paint->words - 1, i;
    if (!paint_has(paint, number, 0))
        return 0;
    bits = bits_of(paint, number);
    for (i = 0; i < last; i++)
        if (bits[i] != UINT64_MAX)
            return 1;
    return bits[last] != UINT64_MAX >> (63 - paint->groups % 64);
}

/* Bits and states for every commit that has a number. */
static int make_room(struct paint *paint, const struct graph *graph) {
    size_t room = paint->room ? paint->room : 1024;
    unsigned char *states;
    uint64_t *bits;

    if (graph->count <= paint->room)
        return 0;
    while (room < graph->count)
        room *= 2;
    bits = mem_resize(paint->bits, room * paint->words, sizeof *bits);
    if (bits == NULL)
        return -1;
    paint->bits = bits;
    states = mem_resize(paint->states, room, 1);
    if (states == NULL)
        return -1;
    paint->states = states;
    memset(bits + paint->room * paint->words, 0,
           (room - paint->room) * paint->words * sizeof *bits);
    memset(states + paint->room, 0, room - paint->room);
    paint->room = room;
    return 0;
}

/* Adds bits to a commit and queues it when it gained some. */
static int add_bits(struct walk *w, uint32_t number, const uint64_t *bits, struct err *err) {
    struct paint *paint = w->paint;
    uint64_t *own = bits_of(paint, number), gained = 0;
    int had_base = (int)(own[0] & 1), was_open, is_open, rc;
    size_t i;

    was_open = paint_is_open(paint, number);
    for (i = 0; i < paint->words; i++) {
        gained |= bits[i] & ~own[i];
        own[i] |= bits[i];
    }
    if (gained == 0)
        return 0;
    is_open = paint_is_open(paint, number);
    if (!had_base && (own[0] & 1) && paint->states[number] & ASKED)
        w->asked--;
    if (paint->states[number] & QUEUED) {
        w->open_queued += (size_t)is_open - (size_t)was_open;
        return 0;
    }
    rc = graph_load(w->graph, number, is_open, err);
    if (rc < 0)
        return rc;
    paint->states[number] |= QUEUED;
    w->open_queued += (size_t)is_open;
    w->again_queued += (paint->states[number] & VISITED) != 0;
    return queue_push(&w->queue, w->graph, 0, number) < 0 ? out_of_memory(err) : 0;
}

static int seed(struct walk *w, const struct oid *oid, size_t bit, struct err *err) {
    uint64_t few[16] = {0}, *bits = few;
    uint32_t number;
    int rc = graph_number(&number, w->graph, oid, err);

    if (rc < 0)
        return rc;
    if (make_room(w->paint, w->graph) < 0)
        return out_of_memory(err);
    if (w->paint->words > sizeof few / sizeof *few) {
        bits = mem_new_array(w->paint->words, sizeof *bits);
        if (bits == NULL)
            return out_of_memory(err);
    }
    bits[bit / 64] = (uint64_t)1 << (bit % 64);
    rc = add_bits(w, number, bits, err);
    if (bits != few)
        mem_free(bits);
    return rc;
}

static int ask_for(struct walk *w, const struct oid *oid, struct err *err) {
    uint32_t number;
    int rc = graph_number(&number, w->graph, oid, err);

    if (rc == 0)
        rc = graph_load(w->graph, number, 0, err);
    if (rc < 0)
        return rc;
    if (make_room(w->paint, w->graph) < 0)
        return out_of_memory(err);
    if (w->paint->states[number] & ASKED)
        return 0;
    w->paint->states[number] |= ASKED;
    w->asked += !paint_has(w->paint, number, 0);
    if (w->graph->nodes[number].time < w->oldest_asked)
        w->oldest_asked = w->graph->nodes[number].time;
    return 0;
}

/* ${time} - ${less} without wrapping: dates are whatever somebody wrote. */
static long long earlier(long long time, long long less) {
    return time < LLONG_MIN + less ? LLONG_MIN : time - less;
}

/* Whether what is still queued can no longer change an answer. */
static int is_done(struct walk *w) {
    long long slop = SLOP_SECONDS, next = w->queue.items[0].time;

    if (w->open_queued > 0 || w->again_queued > 0) {
        w->beyond = 0;
        return 0;
    }
    slop = w->skew > LLONG_MAX / 4 ? LLONG_MAX / 2 : slop + 2 * w->skew;
    if (w->asked > 0 && next >= earlier(w->oldest_asked, slop))
        return 0;
    if (w->oldest_open == LLONG_MAX)
        return w->asked == 0 || w->beyond >= SLOP_COMMITS;
    return next < earlier(w->oldest_open, slop) && w->beyond >= SLOP_COMMITS;
}

static int visit(struct walk *w, uint32_t number, struct err *err) {
    struct graph *graph = w->graph;
    struct paint *paint = w->paint;
    uint32_t i;

    w->open_queued -= (size_t)paint_is_open(paint, number);
    w->again_queued -= (paint->states[number] & VISITED) != 0;
    paint->states[number] = (unsigned char)((paint->states[number] & ASKED) | VISITED);
    w->beyond++;
    if (paint_is_open(paint, number) && graph->nodes[number].time < w->oldest_open)
        w->oldest_open = graph->nodes[number].time;
    if (make_room(paint, graph) < 0)
        return out_of_memory(err);
    for (i = 0; i < graph->nodes[number].parent_count; i++) {
        uint32_t parent = graph->parents[graph->nodes[number].parents + i];
        long long child_time = graph->nodes[number].time, back;
        int rc = add_bits(w, parent, bits_of(paint, number), err);
        if (rc < 0)
            return rc;
        if (make_room(paint, graph) < 0) /* loading the parent numbered its own */
            return out_of_memory(err);
        if (graph->nodes[parent].time > child_time &&
            !__builtin_ssubll_overflow(graph->nodes[parent].time, child_time, &back) &&
            back > w->skew)
            w->skew = back;
    }
    return 0;
}

int paint_run(struct paint *out, struct graph *graph, const struct oid *base,
              const struct paint_seed *seeds, size_t seed_count, size_t groups,
              const struct oid *ask, size_t ask_count, struct err *err) {
    struct walk w = {out, graph, {NULL, 0, 0}, 0, 0, 0, LLONG_MAX, LLONG_MAX, 0, 0};
    size_t i;
    int rc;

    memset(out, 0, sizeof *out);
    out->groups = groups;
    out->words = groups / 64 + 1;
    rc = seed(&w, base, 0, err);
    for (i = 0; rc == 0 && i < seed_count; i++)
        rc = seed(&w, &seeds[i].oid, seeds[i].group, err);
    for (i = 0; rc == 0 && i < ask_count; i++)
        rc = ask_for(&w, &ask[i], err);
    while (rc == 0 && w.queue.count > 0 && !is_done(&w))
        rc = visit(&w, queue_pop(&w.queue, graph), err);
    queue_release(&w.queue);
    return rc;
}

void paint_release(struct paint *paint) {
    mem_free(paint->bits);
    mem_free(paint->states);
    memset(paint, 0, sizeof *paint);
}
