/*
 * A priority queue of commits: higher rank first, then the newer, then the one whose
 * name is smaller, so that its order never depends on how it was filled.
 */
#ifndef RELRUN_QUEUE_H
#define RELRUN_QUEUE_H

#include <stddef.h>
#include <stdint.h>

struct graph;

struct queue_item {
    long long time;
    uint32_t rank, number;
};

struct queue {
    struct queue_item *items; /* a heap: items[0] comes next */
    size_t count, room;
};

/* Adds a loaded commit; 0 or ERR_MEMORY. */
int queue_push(struct queue *queue, const struct graph *graph, uint32_t rank, uint32_t number);

/* Takes the next commit out of a queue that is not empty. */
uint32_t queue_pop(struct queue *queue, const struct graph *graph);

void queue_release(struct queue *queue);

#endif
