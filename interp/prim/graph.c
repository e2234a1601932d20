#include "graph.h"

#include <string.h>

#include "err.h"
#include "file.h"
#include "mem.h"
#include "packs.h"

#include "banned.h"

/* Texts of 100,000 commits take about 20 MB; half a million are read twice rather than held. */
#define TEXT_BUDGET (((size_t)32 << 20) - 1)
#define COUNT_MAX ((size_t)1 << 30)

struct lengths {
    uint32_t author, encoding, message;
};

static int out_of_memory(struct err *err) {
    return err_set(err, ERR_MEMORY, "no memory for the history");
}

/* Every line of the shallow file names a commit whose parents are not here. */
static int read_border(struct graph *graph, struct err *err) {
    static const struct file_read_options options = {0, 1, 0};
    struct buf path = BUF_INIT, bytes = BUF_INIT;
    size_t at = 0;
    int rc;

    if (buf_append_text(&path, repo_common_dir(graph->repo)) < 0 ||
        buf_append_text(&path, "shallow") < 0)
        rc = out_of_memory(err);
    else
        rc = file_read(&bytes, path.bytes, &options, err);
    while (rc == 0 && at < bytes.length) {
        struct oid oid;
        uint32_t number;
        size_t length = strcspn(bytes.bytes + at, "\n");
        if (oid_parse(&oid, bytes.bytes + at, length) < 0)
            rc = err_set(err, ERR_FORMAT, "%s: byte %zu is not an object name", path.bytes, at);
        else
            rc = graph_number(&number, graph, &oid, err);
        if (rc == 0)
            graph->nodes[number].is_border = 1;
        at += length + 1;
    }
    buf_release(&path);
    buf_release(&bytes);
    return rc == ERR_NOT_FOUND ? 0 : rc;
}

struct packs *graph_packs(const struct repo *repo) {
    struct buf path = BUF_INIT;
    struct packs *packs = NULL;

    if (buf_append_text(&path, repo_common_dir(repo)) == 0 && buf_append_text(&path, "objects/") == 0)
        packs = packs_open(path.bytes);
    buf_release(&path);
    return packs;
}

int graph_init(struct graph *graph, struct repo *repo, struct packs *packs, struct err *err) {
    memset(graph, 0, sizeof *graph);
    graph->repo = repo;
    graph->own = packs ? NULL : graph_packs(repo);
    graph->packs = packs ? packs : graph->own;
    graph->texts.cap = TEXT_BUDGET;
    return read_border(graph, err);
}

void graph_release(struct graph *graph) {
    repo_object_release(&graph->again);
    packs_free(graph->own);
    buf_release(&graph->texts);
    mem_free(graph->nodes);
    mem_free(graph->parents);
    mem_free(graph->slots);
    memset(graph, 0, sizeof *graph);
}

/* The slot that holds this commit, or the free one where it belongs. */
static size_t slot_of(const struct graph *graph, const struct oid *oid) {
    size_t mask = graph->slot_count - 1, slot = oid_hash(oid) & mask;
    while (graph->slots[slot] &&
           oid_compare(&graph->nodes[graph->slots[slot] - 1].oid, oid) != 0)
        slot = (slot + 1) & mask;
    return slot;
}

/* Keeps the table at most half full. */
static int grow_slots(struct graph *graph) {
    size_t count = graph->slot_count ? 2 * graph->slot_count : 1024, i;
    uint32_t *slots = mem_new_array(count, sizeof *slots);
    if (slots == NULL)
        return -1;
    mem_free(graph->slots);
    graph->slots = slots;
    graph->slot_count = count;
    for (i = 0; i < graph->count; i++)
        slots[slot_of(graph, &graph->nodes[i].oid)] = (uint32_t)i + 1;
    return 0;
}

/* Room for ${more} elements behind ${count}; the block may move. */
static int grow(void **block, size_t *room, size_t count, size_t more, size_t size) {
    size_t wanted = *room ? *room : 512;
    void *bigger;
    while (wanted < count + more)
        wanted *= 2;
    if (wanted == *room)
        return 0;
    bigger = mem_resize(*block, wanted, size);
    if (bigger == NULL)
        return -1;
    *block = bigger;
    *room = wanted;
    return 0;
}

int graph_find(uint32_t *out, const struct graph *graph, const struct oid *oid) {
    uint32_t found = graph->slot_count ? graph->slots[slot_of(graph, oid)] : 0;
    *out = found - 1;
    return found != 0;
}

int graph_number(uint32_t *out, struct graph *graph, const struct oid *oid, struct err *err) {
    size_t slot;
    if (2 * (graph->count + 1) > graph->slot_count && grow_slots(graph) < 0)
        return out_of_memory(err);
    slot = slot_of(graph, oid);
    if (graph->slots[slot]) {
        *out = graph->slots[slot] - 1;
        return 0;
    }
    if (graph->count >= COUNT_MAX)
        return err_set(err, ERR_LIMIT, "more than %zu commits", COUNT_MAX);
    if (grow((void **)&graph->nodes, &graph->room, graph->count, 1, sizeof *graph->nodes) < 0)
        return out_of_memory(err);
    memset(&graph->nodes[graph->count], 0, sizeof *graph->nodes);
    graph->nodes[graph->count].oid = *oid;
    graph->nodes[graph->count].text = GRAPH_NO_TEXT;
    *out = (uint32_t)graph->count;
    graph->slots[slot] = (uint32_t)++graph->count;
    return 0;
}

/* Keeps the text behind its lengths while the budget lasts; beyond it the text is read again. */
static void keep_text(struct graph *graph, uint32_t number, const struct object_commit *commit) {
    struct lengths lengths = {(uint32_t)commit->author.length, (uint32_t)commit->encoding.length,
                              (uint32_t)commit->message.length};
    size_t total = sizeof lengths + commit->author.length + commit->encoding.length +
                   commit->message.length;
    size_t at = graph->texts.length;

    if (commit->message.length > TEXT_BUDGET || buf_reserve(&graph->texts, total) < 0)
        return;
    (void)buf_append(&graph->texts, &lengths, sizeof lengths);
    (void)buf_append(&graph->texts, commit->author.bytes, commit->author.length);
    (void)buf_append(&graph->texts, commit->encoding.bytes, commit->encoding.length);
    (void)buf_append(&graph->texts, commit->message.bytes, commit->message.length);
    graph->nodes[number].text = (uint32_t)at;
}

/* Reads a commit; its parts are valid until the next call and the release of ${object}. */
static int read_commit(struct repo_object *object, struct object_commit *commit,
                       struct graph *graph, uint32_t number, struct err *err) {
    const struct oid *oid = &graph->nodes[number].oid;
    char hex[OID_HEX + 1];
    const char *bytes;
    struct err cause;
    size_t length;
    int rc;

    memset(object, 0, sizeof *object);
    if (packs_commit(&bytes, &length, graph->packs, oid) &&
        object_commit_parse(commit, bytes, length, NULL) == 0)
        return 0;
    rc = repo_read_type(object, graph->repo, oid, OBJECT_COMMIT, err);
    if (rc < 0)
        return rc;
    rc = object_commit_parse(commit, object->bytes, object->length, &cause);
    if (rc < 0) {
        repo_object_release(object);
        oid_format(hex, &graph->nodes[number].oid);
        return err_set(err, rc, "object %s: %s", hex, cause.text);
    }
    return 0;
}

static int number_parents(struct graph *graph, uint32_t number, const struct object_commit *commit,
                          struct err *err) {
    size_t i;
    if (grow((void **)&graph->parents, &graph->parent_room, graph->parent_count,
             commit->parent_count, sizeof *graph->parents) < 0)
        return out_of_memory(err);
    for (i = 0; i < commit->parent_count; i++) {
        struct oid oid = object_commit_parent(commit, i);
        int rc = graph_number(&graph->parents[graph->parent_count + i], graph, &oid, err);
        if (rc < 0)
            return rc;
    }
    graph->nodes[number].parents = (uint32_t)graph->parent_count;
    graph->nodes[number].parent_count = (uint32_t)commit->parent_count;
    graph->parent_count += commit->parent_count;
    return 0;
}

int graph_load(struct graph *graph, uint32_t number, int keep, struct err *err) {
    struct object_commit commit;
    struct repo_object object;
    int rc;

    if (graph->nodes[number].is_loaded)
        return 0;
    rc = read_commit(&object, &commit, graph, number, err);
    if (rc < 0)
        return rc;
    if (!graph->nodes[number].is_border)
        rc = number_parents(graph, number, &commit, err);
    if (rc == 0) {
        struct graph_node *node = &graph->nodes[number]; /* only now: numbering may move it */
        node->tree = commit.tree;
        node->time = commit.time;
        node->is_loaded = 1;
        if (keep)
            keep_text(graph, number, &commit);
    }
    repo_object_release(&object);
    return rc;
}

int graph_text(struct graph_text *out, struct graph *graph, uint32_t number, struct err *err) {
    struct object_commit commit;
    struct lengths lengths;
    const char *at;
    int rc;

    repo_object_release(&graph->again);
    if (graph->nodes[number].text == GRAPH_NO_TEXT) {
        rc = read_commit(&graph->again, &commit, graph, number, err);
        if (rc < 0)
            return rc;
        out->author = commit.author;
        out->encoding = commit.encoding;
        out->message = commit.message;
        return 0;
    }
    at = graph->texts.bytes + graph->nodes[number].text;
    memcpy(&lengths, at, sizeof lengths);
    at += sizeof lengths;
    out->author = (struct object_text){at, lengths.author};
    out->encoding = (struct object_text){at + lengths.author, lengths.encoding};
    out->message = (struct object_text){at + lengths.author + lengths.encoding, lengths.message};
    return 0;
}
