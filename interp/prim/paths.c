#include "paths.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "mem.h"
#include "repo.h"
#include "trie.h"

#include "banned.h"

#define SLOTS 4 /* trees kept for each directory: a commit's, its parent's, and those of a branch */
#define RUN 512 /* bytes compared at once */

/* Where the entries of a tree begin. Trees of one directory mostly differ in object names only, and
 * then share one layout: it is counted once and not parsed again. */
struct layout {
    uint32_t users, count;
    uint32_t at[]; /* count + 1: the last is the length */
};

struct slot {
    struct oid oid;
    struct repo_object tree;
    struct layout *layout; /* or NULL: not known yet */
    uint64_t used;         /* 0: empty */
};

struct paths {
    struct repo *repo;
    struct trie_node *root;
    struct slot *slots; /* SLOTS for each directory of the trie */
    size_t directory_count;
    unsigned char *wanted;
    unsigned char *is_touched;
    uint32_t *touched;
    size_t touched_count, range_count;
    uint64_t clock;
};

/* One side of a changed entry; mode 0: not there. */
struct side {
    unsigned mode;
    struct oid oid;
};

static int out_of_memory(struct err *err) {
    return err_set(err, ERR_MEMORY, "no memory to compare trees");
}

int paths_new(struct paths **out, struct repo *repo, const struct paths_range *ranges,
              size_t count, struct err *err) {
    struct paths *paths = mem_new(sizeof *paths);
    int rc;

    if (paths == NULL)
        return out_of_memory(err);
    paths->repo = repo;
    paths->range_count = count;
    rc = trie_new(&paths->root, &paths->directory_count, ranges, count, err);
    if (rc == 0) {
        paths->slots = mem_new_array(paths->directory_count * SLOTS, sizeof *paths->slots);
        paths->wanted = mem_new(count);
        paths->is_touched = mem_new(count);
        paths->touched = mem_new_array(count, sizeof *paths->touched);
        if (!paths->slots || !paths->wanted || !paths->is_touched || !paths->touched)
            rc = out_of_memory(err);
    }
    if (rc < 0) {
        paths_free(paths);
        return rc;
    }
    memset(paths->wanted, 1, count);
    trie_want(paths->root, paths->wanted);
    *out = paths;
    return 0;
}

static void release_layout(struct layout *layout) {
    if (layout && --layout->users == 0)
        mem_free(layout);
}

static void empty_slot(struct slot *slot) {
    repo_object_release(&slot->tree);
    release_layout(slot->layout);
    memset(slot, 0, sizeof *slot);
}

void paths_free(struct paths *paths) {
    size_t i;
    if (paths == NULL)
        return;
    for (i = 0; paths->slots && i < paths->directory_count * SLOTS; i++)
        empty_slot(&paths->slots[i]);
    mem_free(paths->slots);
    mem_free(paths->wanted);
    mem_free(paths->is_touched);
    mem_free(paths->touched);
    trie_free(paths->root);
    mem_free(paths);
}

void paths_want(struct paths *paths, const unsigned char *wanted) {
    memcpy(paths->wanted, wanted, paths->range_count);
    trie_want(paths->root, paths->wanted);
}

static void touch(struct paths *paths, const struct trie_list *list) {
    size_t i;
    for (i = 0; i < list->count; i++) {
        uint32_t range = list->items[i];
        if (paths->wanted[range] && !paths->is_touched[range]) {
            paths->is_touched[range] = 1;
            paths->touched[paths->touched_count++] = range;
        }
    }
}

/* The tree of this directory, read or still at hand; it stays until SLOTS - 1 others came. */
static int get_tree(struct slot **out, struct paths *paths, const struct trie_node *node,
                    const struct oid *oid, struct err *err) {
    struct slot *slots = paths->slots + (size_t)node->number * SLOTS, *oldest = slots;
    struct err cause;
    int i, rc;

    for (i = 0; i < SLOTS; i++) {
        if (slots[i].used && oid_compare(&slots[i].oid, oid) == 0) {
            slots[i].used = ++paths->clock;
            *out = &slots[i];
            return 0;
        }
        if (slots[i].used < oldest->used)
            oldest = &slots[i];
    }
    empty_slot(oldest);
    rc = repo_read_type(&oldest->tree, paths->repo, oid, OBJECT_TREE, &cause);
    if (rc == ERR_NOT_FOUND)
        return err_set(err, rc, "%s: the clone is partial or damaged; fetch it whole", cause.text);
    if (rc < 0)
        return err_set(err, rc, "%s", cause.text);
    if (oldest->tree.length > UINT32_MAX)
        return err_set(err, ERR_LIMIT, "a tree of %zu bytes", oldest->tree.length);
    oldest->oid = *oid;
    oldest->used = ++paths->clock;
    *out = oldest;
    return 0;
}

static int parse_layout(struct slot *slot, struct err *err) {
    const struct repo_object *tree = &slot->tree;
    struct object_entry entry;
    struct layout *layout;
    size_t at = 0;
    int rc;

    layout = mem_new(sizeof *layout +
                     (tree->length / (OID_BYTES + 4) + 2) * sizeof layout->at[0]);
    if (layout == NULL)
        return out_of_memory(err);
    layout->users = 1;
    while ((rc = object_tree_next(&entry, &at, tree->bytes, tree->length, err)) == 1)
        layout->at[++layout->count] = (uint32_t)at;
    if (rc < 0)
        mem_free(layout);
    else
        slot->layout = layout;
    return rc;
}

static int compare_directory(struct paths *paths, const struct trie_node *node,
                             const struct oid *old_oid, const struct oid *new_oid,
                             struct err *err);

/* An entry of directory ${node} differs: marks what that touches, and looks below where that matters. */
static int changed(struct paths *paths, const struct trie_node *node, const char *name,
                   size_t length, const struct side *old_side, const struct side *new_side,
                   struct err *err) {
    const struct trie_node *child = trie_child(node, name, length);
    int old_is_tree = object_mode_type(old_side->mode) == OBJECT_TREE;
    int new_is_tree = object_mode_type(new_side->mode) == OBJECT_TREE;

    if (child == NULL) {
        touch(paths, &node->open);
        return 0;
    }
    if (!child->is_live)
        return 0;
    touch(paths, &child->sure);
    /* a changed file is the path itself; what is below a directory is only looked at on the way */
    if (child->child_count == 0 || (old_side->mode && !old_is_tree) ||
        (new_side->mode && !new_is_tree))
        touch(paths, &child->open);
    if (child->child_count == 0 || !child->is_deep || !(old_is_tree || new_is_tree))
        return 0;
    return compare_directory(paths, child, old_is_tree ? &old_side->oid : NULL,
                             new_is_tree ? &new_side->oid : NULL, err);
}

/* Where two runs of bytes first differ at or behind ${at}, or ${end}. */
static size_t first_difference(const char *a, const char *b, size_t at, size_t end) {
    while (end - at >= RUN && memcmp(a + at, b + at, RUN) == 0)
        at += RUN;
    while (end - at >= sizeof(uint64_t)) {
        uint64_t x, y;
        memcpy(&x, a + at, sizeof x);
        memcpy(&y, b + at, sizeof y);
        if (x != y)
            break;
        at += sizeof x;
    }
    while (at < end && a[at] == b[at])
        at++;
    return at;
}

/* The entry of the layout that holds byte ${at}, not before entry ${from}. */
static uint32_t entry_at(const struct layout *layout, uint32_t from, size_t at) {
    uint32_t low = from, high = layout->count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (layout->at[middle] <= at)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/*
 * Compares while the entries of both trees lie at the same places: only object names differ, so an
 * entry that differs is found by its byte and needs no parsing. ${*at} is where that ends: at the end
 * of both, or at an entry whose mode or name differs, from where compare_merged goes on.
 */
static int compare_aligned(size_t *at, struct paths *paths, const struct trie_node *node,
                           const struct slot *old_slot, const struct slot *new_slot,
                           struct err *err) {
    const char *a = old_slot->tree.bytes, *b = new_slot->tree.bytes;
    const struct layout *layout = old_slot->layout;
    size_t shorter = old_slot->tree.length < new_slot->tree.length ? old_slot->tree.length
                                                                   : new_slot->tree.length;
    uint32_t entry = 0;

    for (*at = 0; *at < shorter;) {
        size_t differs = first_difference(a, b, *at, shorter), next, ignored = 0;
        struct object_entry old_entry, new_entry;
        struct side old_side, new_side;
        int rc;

        if (differs == shorter) { /* back to the start of an entry that one of them cuts */
            entry = entry_at(layout, entry, shorter);
            *at = layout->at[entry + 1] == shorter ? shorter : layout->at[entry];
            return 0;
        }
        entry = entry_at(layout, entry, differs);
        next = layout->at[entry + 1];
        *at = layout->at[entry];
        if (differs < next - OID_BYTES || next > shorter)
            return 0;
        rc = object_tree_next(&old_entry, &ignored, a + *at, next - *at, err);
        ignored = 0;
        if (rc == 1)
            rc = object_tree_next(&new_entry, &ignored, b + *at, next - *at, err);
        if (rc < 1)
            return rc;
        old_side = (struct side){old_entry.mode, old_entry.oid};
        new_side = (struct side){new_entry.mode, new_entry.oid};
        rc = changed(paths, node, old_entry.name, old_entry.name_length, &old_side, &new_side, err);
        if (rc < 0)
            return rc;
        *at = next;
    }
    return 0;
}

/* Merges the entries of both trees from byte ${at} on, in git's order. */
static int compare_merged(struct paths *paths, const struct trie_node *node,
                          const struct repo_object *old_tree, const struct repo_object *new_tree,
                          size_t at, struct err *err) {
    static const struct side absent;
    size_t old_at = at, new_at = at;
    struct object_entry a, b;
    int has_a = object_tree_next(&a, &old_at, old_tree->bytes, old_tree->length, err);
    int has_b = has_a < 0 ? has_a
                          : object_tree_next(&b, &new_at, new_tree->bytes, new_tree->length, err);

    while (has_a >= 0 && has_b >= 0 && (has_a || has_b)) {
        int order = !has_a ? 1
                    : !has_b
                        ? -1
                        : object_name_compare(a.name, a.name_length,
                                              object_mode_type(a.mode) == OBJECT_TREE, b.name,
                                              b.name_length, object_mode_type(b.mode) == OBJECT_TREE);
        struct side old_side = order <= 0 ? (struct side){a.mode, a.oid} : absent;
        struct side new_side = order >= 0 ? (struct side){b.mode, b.oid} : absent;
        int rc = 0;

        if (order != 0 || a.mode != b.mode || oid_compare(&a.oid, &b.oid) != 0)
            rc = changed(paths, node, order <= 0 ? a.name : b.name,
                         order <= 0 ? a.name_length : b.name_length, &old_side, &new_side, err);
        if (rc < 0)
            return rc;
        if (order <= 0)
            has_a = object_tree_next(&a, &old_at, old_tree->bytes, old_tree->length, err);
        if (order >= 0)
            has_b = object_tree_next(&b, &new_at, new_tree->bytes, new_tree->length, err);
    }
    return has_a < 0 ? has_a : has_b;
}

static int compare_slots(struct paths *paths, const struct trie_node *node, struct slot *old_slot,
                         struct slot *new_slot, struct err *err) {
    size_t at = 0;
    int rc;

    if (old_slot->layout == NULL && new_slot->layout) {
        struct slot *swap = old_slot; /* which side is the old one makes no difference to paths */
        old_slot = new_slot;
        new_slot = swap;
    }
    rc = old_slot->layout ? 0 : parse_layout(old_slot, err);
    if (rc == 0)
        rc = compare_aligned(&at, paths, node, old_slot, new_slot, err);
    if (rc < 0)
        return rc;
    if (at < old_slot->tree.length || at < new_slot->tree.length)
        return compare_merged(paths, node, &old_slot->tree, &new_slot->tree, at, err);
    if (new_slot->layout == NULL) {
        new_slot->layout = old_slot->layout;
        new_slot->layout->users++;
    }
    return 0;
}

static int compare_directory(struct paths *paths, const struct trie_node *node,
                             const struct oid *old_oid, const struct oid *new_oid,
                             struct err *err) {
    static const struct repo_object empty = {OBJECT_TREE, "", 0, NULL};
    struct slot *old_slot = NULL, *new_slot = NULL;
    int rc = 0;

    if (old_oid && new_oid && oid_compare(old_oid, new_oid) == 0)
        return 0;
    if (old_oid)
        rc = get_tree(&old_slot, paths, node, old_oid, err);
    if (rc == 0 && new_oid)
        rc = get_tree(&new_slot, paths, node, new_oid, err);
    if (rc < 0)
        return rc;
    if (old_slot && new_slot)
        return compare_slots(paths, node, old_slot, new_slot, err);
    return compare_merged(paths, node, old_slot ? &old_slot->tree : &empty,
                          new_slot ? &new_slot->tree : &empty, 0, err);
}

static int ascending(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

int paths_compare(const uint32_t **touched, size_t *count, struct paths *paths,
                  const struct oid *old_tree, const struct oid *new_tree, struct err *err) {
    size_t i;
    int rc = 0;

    for (i = 0; i < paths->touched_count; i++)
        paths->is_touched[paths->touched[i]] = 0;
    paths->touched_count = 0;
    touch(paths, &paths->root->sure);
    if (paths->root->is_deep)
        rc = compare_directory(paths, paths->root, old_tree, new_tree, err);
    qsort(paths->touched, paths->touched_count, sizeof *paths->touched, ascending);
    *touched = paths->touched;
    *count = paths->touched_count;
    return rc;
}
