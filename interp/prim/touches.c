#include "touches.h"

#include <pthread.h>
#include <string.h>

#include "err.h"
#include "graph.h"
#include "mem.h"
#include "paint.h"
#include "repo.h"

#include "banned.h"

/* Below this many commits a second thread costs more than it spares. */
#define SPLIT_MIN 512

/* One thread's share of the commits. */
struct share {
    const struct touches_request *request;
    struct touches *touches;
    struct touches_part *part;
    struct repo *repo;
    struct paths *paths;   /* NULL: all ranges are whole */
    unsigned char *wanted; /* of each range, for the last commit */
    uint64_t *bits;        /* of the last commit */
    size_t from, to;
    int rc;
    struct err err;
};

static int out_of_memory(struct err *err) {
    return err_set(err, ERR_MEMORY, "no memory to compare commits");
}

/* Brings ${wanted} up to date for this commit: 1 when it changed. */
static int update_wanted(struct share *share, uint32_t number, int is_first) {
    const struct touches_request *q = share->request;
    size_t range;

    if (q->paint) {
        const uint64_t *bits = q->paint->bits + number * q->paint->words;
        if (!is_first && memcmp(bits, share->bits, q->paint->words * sizeof *bits) == 0)
            return 0;
        memcpy(share->bits, bits, q->paint->words * sizeof *bits);
    } else if (!is_first)
        return 0;
    for (range = 0; range < q->range_count; range++)
        share->wanted[range] = (unsigned char)(!q->paint || !paint_has(q->paint, number, q->groups[range]));
    return 1;
}

/* Adds the ranges of one commit to the share's. */
static int add_commit(struct share *share, uint32_t number, struct err *err) {
    const struct graph *graph = share->request->graph;
    const struct graph_node *node = &graph->nodes[number];
    struct touches_part *part = share->part;
    const struct oid *old_tree = NULL;
    const uint32_t *touched;
    size_t count;
    int rc;

    if (node->parent_count > 0)
        old_tree = &graph->nodes[graph->parents[node->parents]].tree;
    rc = paths_compare(&touched, &count, share->paths, old_tree, &node->tree, err);
    if (rc < 0 || count == 0)
        return rc;
    if (part->count + count > part->room) {
        size_t room = 2 * part->room + count + 1024;
        uint32_t *ranges = mem_resize(part->ranges, room, sizeof *ranges);
        if (ranges == NULL)
            return out_of_memory(err);
        part->ranges = ranges;
        part->room = room;
    }
    memcpy(part->ranges + part->count, touched, count * sizeof *touched);
    part->count += count;
    return 0;
}

static int compare_share(struct share *share) {
    const struct touches_request *q = share->request;
    struct touches *touches = share->touches;
    size_t i, found = 0;

    for (i = share->from; i < share->to && (q->limit == 0 || found < q->limit); i++) {
        size_t start = share->part->count;
        int rc;
        if (update_wanted(share, q->order[i], i == share->from))
            paths_want(share->paths, share->wanted);
        rc = add_commit(share, q->order[i], &share->err);
        if (rc < 0)
            return rc;
        touches->at[i] = (uint32_t)start;
        touches->length[i] = (uint32_t)(share->part->count - start);
        found += touches->length[i] > 0;
    }
    share->to = i;
    return 0;
}

static void *run_share(void *argument) {
    struct share *share = argument;
    const struct touches_request *q = share->request;

    share->rc = paths_new(&share->paths, share->repo, q->ranges, q->range_count, &share->err);
    share->wanted = mem_new(q->range_count);
    share->bits = mem_new_array(q->paint ? q->paint->words : 1, sizeof *share->bits);
    if (share->rc == 0 && (share->wanted == NULL || share->bits == NULL))
        share->rc = out_of_memory(&share->err);
    if (share->rc == 0)
        share->rc = compare_share(share);
    paths_free(share->paths);
    mem_free(share->wanted);
    mem_free(share->bits);
    return NULL;
}

/* Whether trees will be read at all, and often enough for two threads. */
static int is_worth_splitting(const struct touches_request *request) {
    size_t i;
    for (i = 0; request->count >= SPLIT_MIN && request->limit == 0 && i < request->range_count; i++)
        if (request->ranges[i].root[0] || request->ranges[i].exclude_count)
            return 1;
    return 0;
}

int touches_find(struct touches *out, const struct touches_request *request, struct err *err) {
    struct share shares[2];
    struct repo *second = NULL;
    pthread_t thread;
    int is_split = 0, i;

    memset(out, 0, sizeof *out);
    memset(shares, 0, sizeof shares);
    out->at = mem_new_array(request->count, sizeof *out->at);
    out->length = mem_new_array(request->count, sizeof *out->length);
    if (out->at == NULL || out->length == NULL)
        return out_of_memory(err);
    /* a second repository or thread that cannot be had is no failure: one thread does it all */
    if (is_worth_splitting(request))
        is_split = repo_open(&second, repo_git_dir(request->repo), NULL) == 0;
    out->split = is_split ? request->count / 2 : request->count;
    for (i = 0; i < 2; i++) {
        shares[i].request = request;
        shares[i].touches = out;
        shares[i].part = &out->parts[i];
        shares[i].repo = i ? second : request->repo;
        shares[i].from = i ? out->split : 0;
        shares[i].to = i ? request->count : out->split;
    }
    is_split = is_split && pthread_create(&thread, NULL, run_share, &shares[1]) == 0;
    if (!is_split) {
        out->split = request->count;
        shares[0].to = request->count;
    }
    run_share(&shares[0]);
    if (is_split)
        pthread_join(thread, NULL);
    repo_free(second);
    out->count = is_split ? shares[1].to : shares[0].to;
    for (i = 0; i < 2; i++)
        if (shares[i].rc < 0)
            return err_set(err, shares[i].rc, "%s", shares[i].err.text);
    return 0;
}

const uint32_t *touches_of(size_t *count, const struct touches *touches, size_t index) {
    *count = touches->length[index];
    return touches->parts[index >= touches->split].ranges + touches->at[index];
}

void touches_release(struct touches *touches) {
    mem_free(touches->parts[0].ranges);
    mem_free(touches->parts[1].ranges);
    mem_free(touches->at);
    mem_free(touches->length);
    memset(touches, 0, sizeof *touches);
}
