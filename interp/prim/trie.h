/*
 * The roots and excludes of all ranges as one tree of names: what paths.c walks
 * alongside two git trees. It reads nothing.
 */
#ifndef RELRUN_TRIE_H
#define RELRUN_TRIE_H

#include <stddef.h>
#include <stdint.h>

struct err;
struct paths_range;

struct trie_list {
    uint32_t *items; /* range numbers */
    size_t count, room;
};

struct trie_node {
    char *name;
    size_t length;
    struct trie_node **children; /* sorted by name */
    size_t child_count, child_room;
    struct trie_list sure;   /* roots here without excludes: any change at or below touches them */
    struct trie_list open;   /* ranges with excludes that this path is inside of */
    struct trie_list starts; /* roots here with excludes */
    struct trie_list stops;  /* excludes here */
    uint32_t number;         /* of directories that lead somewhere: 0, 1, 2, ... */
    unsigned char is_live;   /* something wanted is here or below */
    unsigned char is_deep;   /* something wanted needs a look below */
};

/* The trie of these ranges and how many of its nodes have children; the caller frees. ERR_MEMORY. */
int trie_new(struct trie_node **out, size_t *inner_count, const struct paths_range *ranges,
             size_t count, struct err *err);
void trie_free(struct trie_node *node);

/* The child of that name, or NULL. */
struct trie_node *trie_child(const struct trie_node *node, const char *name, size_t length);

/* Marks the nodes that lead to a wanted range (one byte for each range). */
void trie_want(struct trie_node *node, const unsigned char *wanted);

#endif
