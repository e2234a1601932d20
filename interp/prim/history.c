#include "history.h"

#include <stdlib.h>
#include <string.h>

#include "assign.h"
#include "err.h"
#include "graph.h"
#include "mem.h"
#include "packs.h"
#include "paint.h"
#include "queue.h"
#include "repo.h"
#include "touches.h"

#include "banned.h"

struct history {
    struct repo *repo;
    struct graph graph;
    struct paint paint;      /* unreleased */
    uint32_t *stops;         /* log: of each commit */
    size_t stop_count;
    uint32_t *order;         /* the commits in the order they are given */
    size_t order_count, at;
    struct touches touches;  /* of order; not for a log of the whole repository */
    int is_log, has_touches;
};

static int out_of_memory(struct err *err) {
    return err_set(err, ERR_MEMORY, "no memory for the history");
}

struct packs *history_expect(const struct repo *repo, const struct oid *head) {
    struct packs *packs = graph_packs(repo);
    packs_expect(packs, head);
    return packs;
}

static int begin(struct history **out, struct repo *repo, struct packs *packs, struct err *err) {
    struct history *history = mem_new(sizeof *history);
    int rc;
    if (history == NULL)
        return out_of_memory(err);
    history->repo = repo;
    rc = graph_init(&history->graph, repo, packs, err);
    if (rc < 0) {
        history_free(history);
        return rc;
    }
    *out = history;
    return 0;
}

void history_free(struct history *history) {
    if (history == NULL)
        return;
    touches_release(&history->touches);
    mem_free(history->order);
    mem_free(history->stops);
    paint_release(&history->paint);
    graph_release(&history->graph);
    mem_free(history);
}

/* ---- order ---- */

/* The rank of a commit in the order, or 0 when it is not given: later stops come first. */
static uint32_t rank_of(const struct history *history, uint32_t number) {
    if (!history->is_log)
        return (uint32_t)paint_is_open(&history->paint, number);
    return history->stops[number] == ASSIGN_NONE ? 0 : history->stops[number] + 1;
}

/*
 * Puts the commits that are given into their order. A commit waits for its children; what is given is
 * closed between any two of its commits, so children that are not given hold nothing back.
 */
static int put_in_order(struct history *history, struct err *err) {
    const struct graph *graph = &history->graph;
    uint32_t *children = mem_new_array(graph->count, sizeof *children), number, i;
    struct queue queue = {NULL, 0, 0};
    size_t total = 0;
    int rc = 0;

    if (children == NULL)
        return out_of_memory(err);
    for (number = 0; number < graph->count; number++) {
        const struct graph_node *node = &graph->nodes[number];
        if (!rank_of(history, number))
            continue;
        total++;
        for (i = 0; i < node->parent_count; i++)
            children[graph->parents[node->parents + i]]++;
    }
    history->order = mem_new_array(total, sizeof *history->order);
    if (history->order == NULL)
        rc = out_of_memory(err);
    for (number = 0; rc == 0 && number < graph->count; number++)
        if (children[number] == 0 && rank_of(history, number) &&
            queue_push(&queue, graph, rank_of(history, number), number) < 0)
            rc = out_of_memory(err);
    while (rc == 0 && queue.count > 0) {
        const struct graph_node *node;
        number = queue_pop(&queue, graph);
        history->order[history->order_count++] = number;
        node = &graph->nodes[number];
        for (i = 0; i < node->parent_count; i++) {
            uint32_t parent = graph->parents[node->parents + i];
            if (--children[parent] == 0 && rank_of(history, parent) &&
                queue_push(&queue, graph, rank_of(history, parent), parent) < 0)
                rc = out_of_memory(err);
        }
    }
    queue_release(&queue);
    mem_free(children);
    return rc;
}

/* ---- unreleased ---- */

/* The since-commits of a request as seeds, one group for each distinct set of them. */
struct groups {
    struct paint_seed *seeds;
    size_t seed_count, count;
    uint32_t *of_range;
};

static int by_oid(const void *a, const void *b) {
    return oid_compare(a, b);
}

static int same_since(const struct history_range *a, const struct history_range *b) {
    return a->since_count == b->since_count &&
           (a->since_count == 0 || memcmp(a->since, b->since, a->since_count * sizeof *a->since) == 0);
}

/* A range and where it stood, to bring equal sets of since-commits together. */
struct sorted_range {
    struct history_range range;
    uint32_t index;
};

static int by_since(const void *a, const void *b) {
    const struct history_range *x = &((const struct sorted_range *)a)->range;
    const struct history_range *y = &((const struct sorted_range *)b)->range;
    if (x->since_count != y->since_count)
        return x->since_count < y->since_count ? -1 : 1;
    return x->since_count ? memcmp(x->since, y->since, x->since_count * sizeof *x->since) : 0;
}

/* Numbers the distinct sets from 1 on. ${sorted} and ${oids} are room for the ranges and all their
 * since-commits; each range's commits are copied there and sorted, so that order makes no difference. */
static int make_groups(struct groups *out, struct sorted_range *sorted, struct oid *oids,
                       const struct history_request *request) {
    size_t i, k;

    for (i = 0; i < request->range_count; i++) {
        const struct history_range *range = &request->ranges[i];
        if (range->since_count)
            memcpy(oids, range->since, range->since_count * sizeof *oids);
        qsort(oids, range->since_count, sizeof *oids, by_oid);
        sorted[i].range = *range;
        sorted[i].range.since = oids;
        sorted[i].index = (uint32_t)i;
        oids += range->since_count;
    }
    qsort(sorted, request->range_count, sizeof *sorted, by_since);
    for (i = 0; i < request->range_count; i++) {
        const struct history_range *range = &sorted[i].range;
        if (i == 0 || !same_since(range, &sorted[i - 1].range)) {
            out->count++;
            for (k = 0; k < range->since_count; k++) {
                struct paint_seed seed = {range->since[k], (uint32_t)out->count};
                out->seeds[out->seed_count++] = seed;
            }
        }
        out->of_range[sorted[i].index] = (uint32_t)out->count;
    }
    return 0;
}

static void groups_release(struct groups *groups) {
    mem_free(groups->seeds);
    mem_free(groups->of_range);
}

static int groups_init(struct groups *out, const struct history_request *request, struct err *err) {
    struct sorted_range *sorted = mem_new_array(request->range_count, sizeof *sorted);
    struct oid *oids;
    size_t total = 0, i;
    int rc = 0;

    memset(out, 0, sizeof *out);
    for (i = 0; i < request->range_count; i++)
        total += request->ranges[i].since_count;
    oids = mem_new_array(total, sizeof *oids);
    out->seeds = mem_new_array(total, sizeof *out->seeds);
    out->of_range = mem_new_array(request->range_count, sizeof *out->of_range);
    if (sorted && oids && out->seeds && out->of_range)
        rc = make_groups(out, sorted, oids, request);
    else
        rc = out_of_memory(err);
    mem_free(sorted);
    mem_free(oids);
    return rc;
}

/* Compares the paths of all commits in order. */
static int find_touches(struct history *history, const struct paths_range *ranges,
                        size_t range_count, const uint32_t *groups, size_t limit,
                        struct err *err) {
    struct touches_request request = {history->repo,
                                      &history->graph,
                                      history->is_log ? NULL : &history->paint,
                                      groups,
                                      ranges,
                                      range_count,
                                      history->order,
                                      history->order_count,
                                      limit};
    int rc = touches_find(&history->touches, &request, err);
    history->has_touches = 1;
    history->order_count = history->touches.count;
    return rc;
}

int history_unreleased(struct history **out, struct repo *repo,
                       const struct history_request *request, struct err *err) {
    struct history *history;
    struct paths_range *ranges = NULL;
    struct groups groups;
    size_t i;
    int rc = begin(&history, repo, request->packs, err);

    if (rc < 0)
        return rc;
    rc = groups_init(&groups, request, err);
    if (rc == 0)
        rc = paint_run(&history->paint, &history->graph, &request->base, groups.seeds,
                       groups.seed_count, groups.count, request->ask, request->ask_count, err);
    if (rc == 0)
        rc = put_in_order(history, err);
    if (rc == 0) {
        ranges = mem_new_array(request->range_count, sizeof *ranges);
        rc = ranges ? 0 : out_of_memory(err);
    }
    for (i = 0; rc == 0 && i < request->range_count; i++)
        ranges[i] = request->ranges[i].paths;
    if (rc == 0)
        rc = find_touches(history, ranges, request->range_count, groups.of_range, request->limit, err);
    mem_free(ranges);
    groups_release(&groups);
    if (rc < 0)
        history_free(history);
    else
        *out = history;
    return rc;
}

int history_contains(const struct history *history, const struct oid *oid) {
    uint32_t number;
    return graph_find(&number, &history->graph, oid) && paint_has(&history->paint, number, 0);
}

/* ---- log ---- */

int history_log(struct history **out, struct repo *repo, const struct history_log *request,
                struct err *err) {
    struct history *history;
    int rc = begin(&history, repo, request->packs, err);

    if (rc < 0)
        return rc;
    history->is_log = 1;
    history->stop_count = request->stop_count;
    rc = assign_run(&history->stops, &history->graph, &request->head, request->stops,
                    request->stop_count, err);
    if (rc == 0)
        rc = put_in_order(history, err);
    if (rc == 0 && (request->paths.root[0] || request->paths.exclude_count))
        rc = find_touches(history, &request->paths, 1, NULL, 0, err);
    if (rc < 0)
        history_free(history);
    else
        *out = history;
    return rc;
}

/* ---- the answer ---- */

int history_next(struct history_commit *out, struct history *history, struct err *err) {
    const struct graph_node *node;
    struct graph_text text;
    uint32_t number;
    int rc;

    memset(out, 0, sizeof *out);
    while (history->has_touches && history->at < history->order_count) {
        out->ranges = touches_of(&out->range_count, &history->touches, history->at);
        if (out->range_count > 0)
            break;
        history->at++;
    }
    if (history->at == history->order_count)
        return 0;
    number = history->order[history->at++];
    rc = graph_text(&text, &history->graph, number, err);
    if (rc < 0)
        return rc;
    node = &history->graph.nodes[number];
    out->oid = node->oid;
    out->time = node->time;
    out->parent_count = node->parent_count;
    out->is_border = node->is_border;
    out->author = object_person(text.author);
    out->encoding = text.encoding;
    out->message = text.message;
    if (history->is_log && history->stops[number] < history->stop_count)
        out->stop = history->stops[number] + 1;
    return 1;
}
