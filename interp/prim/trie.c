#include "trie.h"

#include <stdlib.h>
#include <string.h>

#include "err.h"
#include "mem.h"
#include "paths.h"

#include "banned.h"

static int order(const char *a, size_t a_length, const char *b, size_t b_length) {
    int by_bytes = memcmp(a, b, a_length < b_length ? a_length : b_length);
    return by_bytes ? by_bytes : (a_length > b_length) - (a_length < b_length);
}

/* Where the child of that name is, or belongs. */
static size_t place(int *found, const struct trie_node *node, const char *name, size_t length) {
    size_t low = 0, high = node->child_count;
    *found = 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct trie_node *child = node->children[middle];
        int o = order(name, length, child->name, child->length);
        if (o == 0) {
            *found = 1;
            return middle;
        }
        if (o < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

struct trie_node *trie_child(const struct trie_node *node, const char *name, size_t length) {
    int found;
    size_t at = place(&found, node, name, length);
    return found ? node->children[at] : NULL;
}

static struct trie_node *new_node(const char *name, size_t length) {
    struct trie_node *node = mem_new(sizeof *node);
    if (node == NULL)
        return NULL;
    node->name = mem_copy(name, length);
    node->length = length;
    if (node->name == NULL) {
        mem_free(node);
        return NULL;
    }
    return node;
}

static struct trie_node *add_child(struct trie_node *node, const char *name, size_t length) {
    int found;
    size_t at = place(&found, node, name, length);
    struct trie_node *child;

    if (found)
        return node->children[at];
    if (node->child_count == node->child_room) {
        size_t room = node->child_room ? 2 * node->child_room : 4;
        struct trie_node **children = mem_resize(node->children, room, sizeof(struct trie_node *));
        if (children == NULL)
            return NULL;
        node->children = children;
        node->child_room = room;
    }
    child = new_node(name, length);
    if (child == NULL)
        return NULL;
    memmove(node->children + at + 1, node->children + at,
            (node->child_count - at) * sizeof *node->children);
    node->children[at] = child;
    node->child_count++;
    return child;
}

/* The node at ${path}, made as needed; "" is the node itself, empty components are skipped. */
static struct trie_node *add_path(struct trie_node *node, const char *path) {
    while (node && *path) {
        size_t length = strcspn(path, "/");
        if (length > 0)
            node = add_child(node, path, length);
        path += length + (path[length] == '/');
    }
    return node;
}

static int append(struct trie_list *list, uint32_t item) {
    if (list->count == list->room) {
        size_t room = list->room ? 2 * list->room : 2;
        uint32_t *items = mem_resize(list->items, room, sizeof *items);
        if (items == NULL)
            return -1;
        list->items = items;
        list->room = room;
    }
    list->items[list->count++] = item;
    return 0;
}

static int holds(const struct trie_list *list, uint32_t item) {
    size_t i;
    for (i = 0; i < list->count; i++)
        if (list->items[i] == item)
            return 1;
    return 0;
}

/* Hands each node the ranges that it is inside of: its directory's and its own, less the excluded. */
static int spread(struct trie_node *node, const struct trie_list *above, size_t *inner_count) {
    size_t i;
    for (i = 0; above && i < above->count; i++)
        if (!holds(&node->stops, above->items[i]) && append(&node->open, above->items[i]) < 0)
            return -1;
    for (i = 0; i < node->starts.count; i++)
        if (!holds(&node->stops, node->starts.items[i]) &&
            append(&node->open, node->starts.items[i]) < 0)
            return -1;
    if (node->child_count > 0)
        node->number = (uint32_t)(*inner_count)++;
    for (i = 0; i < node->child_count; i++)
        if (spread(node->children[i], &node->open, inner_count) < 0)
            return -1;
    return 0;
}

static int add_range(struct trie_node *root, const struct paths_range *range, uint32_t number) {
    struct trie_node *node = add_path(root, range->root);
    size_t i;

    if (node == NULL ||
        append(range->exclude_count ? &node->starts : &node->sure, number) < 0)
        return -1;
    for (i = 0; i < range->exclude_count; i++) {
        node = add_path(root, range->excludes[i]);
        if (node == NULL || append(&node->stops, number) < 0)
            return -1;
    }
    return 0;
}

int trie_new(struct trie_node **out, size_t *inner_count, const struct paths_range *ranges,
             size_t count, struct err *err) {
    struct trie_node *root = new_node("", 0);
    size_t i;
    int rc = root ? 0 : -1;

    for (i = 0; rc == 0 && i < count; i++)
        rc = add_range(root, &ranges[i], (uint32_t)i);
    *inner_count = 0;
    if (rc == 0)
        rc = spread(root, NULL, inner_count);
    if (rc < 0) {
        trie_free(root);
        return err_set(err, ERR_MEMORY, "no memory for %zu paths", count);
    }
    if (root->child_count == 0) /* nothing below matters, but the root itself is compared */
        *inner_count = 1;
    *out = root;
    return 0;
}

void trie_free(struct trie_node *node) {
    size_t i;
    if (node == NULL)
        return;
    for (i = 0; i < node->child_count; i++)
        trie_free(node->children[i]);
    mem_free(node->children);
    mem_free(node->sure.items);
    mem_free(node->open.items);
    mem_free(node->starts.items);
    mem_free(node->stops.items);
    mem_free(node->name);
    mem_free(node);
}

static int wants(const struct trie_list *list, const unsigned char *wanted) {
    size_t i;
    for (i = 0; i < list->count; i++)
        if (wanted[list->items[i]])
            return 1;
    return 0;
}

void trie_want(struct trie_node *node, const unsigned char *wanted) {
    size_t i;
    node->is_deep = (unsigned char)wants(&node->open, wanted);
    for (i = 0; i < node->child_count; i++) {
        trie_want(node->children[i], wanted);
        node->is_deep |= node->children[i]->is_live;
    }
    node->is_live = node->is_deep || wants(&node->sure, wanted);
}
