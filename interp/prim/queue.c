#include "queue.h"

#include <string.h>

#include "err.h"
#include "graph.h"
#include "mem.h"

#include "banned.h"

static int before(const struct graph *graph, const struct queue_item *a,
                  const struct queue_item *b) {
    if (a->rank != b->rank)
        return a->rank > b->rank;
    if (a->time != b->time)
        return a->time > b->time;
    return oid_compare(&graph->nodes[a->number].oid, &graph->nodes[b->number].oid) < 0;
}

int queue_push(struct queue *queue, const struct graph *graph, uint32_t rank, uint32_t number) {
    struct queue_item item = {graph->nodes[number].time, rank, number};
    size_t at = queue->count;

    if (queue->count == queue->room) {
        size_t room = queue->room ? 2 * queue->room : 256;
        struct queue_item *items = mem_resize(queue->items, room, sizeof *items);
        if (items == NULL)
            return ERR_MEMORY;
        queue->items = items;
        queue->room = room;
    }
    queue->count++;
    while (at > 0 && before(graph, &item, &queue->items[(at - 1) / 2])) {
        queue->items[at] = queue->items[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    queue->items[at] = item;
    return 0;
}

uint32_t queue_pop(struct queue *queue, const struct graph *graph) {
    uint32_t first = queue->items[0].number;
    struct queue_item item = queue->items[--queue->count];
    size_t at = 0, child;

    while ((child = 2 * at + 1) < queue->count) {
        if (child + 1 < queue->count &&
            before(graph, &queue->items[child + 1], &queue->items[child]))
            child++;
        if (!before(graph, &queue->items[child], &item))
            break;
        queue->items[at] = queue->items[child];
        at = child;
    }
    queue->items[at] = item;
    return first;
}

void queue_release(struct queue *queue) {
    mem_free(queue->items);
    memset(queue, 0, sizeof *queue);
}
