#include "tree.h"

#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "err.h"
#include "mem.h"

#include "banned.h"

#define DEPTH_MAX 256 /* directories in a path */

int tree_read(struct repo_object *out, struct repo *repo, const struct oid *oid, struct err *err) {
    struct object_commit commit;
    struct oid at = *oid;
    int rc = repo_read(out, repo, &at, err);

    if (rc == 0 && out->type == OBJECT_TAG) {
        repo_object_release(out);
        rc = repo_peel(&at, repo, oid, err);
        if (rc == 0)
            rc = repo_read(out, repo, &at, err);
    }
    if (rc < 0 || out->type == OBJECT_TREE)
        return rc;
    if (out->type != OBJECT_COMMIT) {
        repo_object_release(out);
        return repo_read_type(out, repo, &at, OBJECT_TREE, err); /* for its message */
    }
    rc = object_commit_parse(&commit, out->bytes, out->length, err);
    repo_object_release(out);
    return rc < 0 ? rc : repo_read_type(out, repo, &commit.tree, OBJECT_TREE, err);
}

/* Finds one name in a tree's bytes: 1 found, 0 not there. */
static int find(struct object_entry *out, const struct repo_object *tree, const char *name,
                size_t length, struct err *err) {
    size_t at = 0;
    int rc;
    while ((rc = object_tree_next(out, &at, tree->bytes, tree->length, err)) == 1)
        if (out->name_length == length && memcmp(out->name, name, length) == 0)
            return 1;
    return rc;
}

int tree_lookup(struct object_entry *out, struct repo *repo, const struct oid *oid,
                const char *path, struct err *err) {
    struct repo_object tree;
    const char *at = path;
    int rc = tree_read(&tree, repo, oid, err);

    while (rc == 0) {
        size_t length = strcspn(at, "/");
        rc = find(out, &tree, at, length, err);
        repo_object_release(&tree);
        out->name = NULL; /* it stood in the tree's bytes */
        if (rc < 0)
            return rc;
        if (rc == 0 || (at[length] && object_mode_type(out->mode) != OBJECT_TREE))
            return err_set(err, ERR_NOT_FOUND, "%s: not in the tree", path);
        if (at[length] == '\0')
            return 0;
        at += length + 1;
        rc = repo_read_type(&tree, repo, &out->oid, OBJECT_TREE, err);
    }
    return rc;
}

/* ---- editing ---- */

struct item {
    const char *name;
    size_t length;
    unsigned mode;
    struct oid oid;
};

struct editing {
    struct repo *repo;
    int write;
};

/* What an edit puts into a stored tree must be stored, and be what its mode says. */
static int check_object(struct repo *repo, const struct tree_edit *edit, struct err *err) {
    enum object_type type, wanted = object_mode_type(edit->mode);
    struct err cause;
    int rc;

    if (edit->mode == 0 || wanted == OBJECT_COMMIT) /* a submodule's commit lives elsewhere */
        return 0;
    rc = repo_stored_type(&type, repo, &edit->oid, &cause);
    if (rc < 0)
        return err_set(err, rc, "%s: %s", edit->path, cause.text);
    if (type != wanted)
        return err_set(err, ERR_FORMAT, "%s: a %s, but the mode is a %s's", edit->path,
                       object_type_name(type), object_type_name(wanted));
    return 0;
}

/* Edits are grouped by component: after the end of a path the slash comes first. */
static int rank(char c) {
    return c == '\0' ? 0 : c == '/' ? 1 : (unsigned char)c + 1;
}

static int by_path(const void *a, const void *b) {
    const char *x = ((const struct tree_edit *)a)->path;
    const char *y = ((const struct tree_edit *)b)->path;
    while (*x && *x == *y)
        x++, y++;
    return rank(*x) - rank(*y);
}

static int by_plain_name(const void *a, const void *b) {
    const struct item *x = a, *y = b;
    return object_name_compare(x->name, x->length, 0, y->name, y->length, 0);
}

static int by_git_order(const void *a, const void *b) {
    const struct item *x = a, *y = b;
    return object_name_compare(x->name, x->length, x->mode == OBJECT_MODE_TREE, y->name, y->length,
                               y->mode == OBJECT_MODE_TREE);
}

static int check_path(const char *path, struct err *err) {
    const char *at = path;
    int depth = 0;
    for (;;) {
        size_t length = strcspn(at, "/");
        if (!object_name_ok(at, length))
            return err_set(err, ERR_FORMAT, "%s: not a path that may stand in a tree", path);
        if (++depth > DEPTH_MAX)
            return err_set(err, ERR_LIMIT, "%.64s...: more than %d directories deep", path, DEPTH_MAX);
        if (at[length] == '\0')
            return 0;
        at += length + 1;
    }
}

/* The modes that git writes today; old trees have group-writable files. */
static unsigned canonical(unsigned mode) {
    if ((mode & 0170000u) == 0100000u)
        return mode & 0100 ? 0100755 : 0100644;
    return mode & 0170000u;
}

/* The items of a tree's bytes, sorted by plain name; the caller frees ${*out}. */
static int read_items(struct item **out, size_t *count, const struct repo_object *tree,
                      struct err *err) {
    struct object_entry entry;
    size_t at = 0, room = tree->length / (OID_BYTES + 4) + 1; /* "0 x\0" is the shortest */
    int rc;

    *count = 0;
    *out = mem_new_array(room, sizeof **out);
    if (*out == NULL)
        return err_set(err, ERR_MEMORY, "no memory for a tree");
    while ((rc = object_tree_next(&entry, &at, tree->bytes, tree->length, err)) == 1) {
        struct item *item = &(*out)[(*count)++];
        item->name = entry.name;
        item->length = entry.name_length;
        item->mode = canonical(entry.mode);
        item->oid = entry.oid;
    }
    if (rc == 0)
        qsort(*out, *count, sizeof **out, by_plain_name);
    return rc;
}

static int put_tree(struct oid *out, const struct editing *e, struct item *items, size_t count,
                    struct err *err) {
    struct buf bytes = BUF_INIT;
    size_t i;
    int rc = 0;

    qsort(items, count, sizeof *items, by_git_order);
    for (i = 0; rc == 0 && i < count; i++) {
        char mode[8];
        size_t n = 0;
        int shift = items[i].mode >= 0100000u ? 15 : 12;
        for (; shift >= 0; shift -= 3)
            mode[n++] = (char)('0' + (items[i].mode >> shift & 7));
        mode[n++] = ' ';
        if (buf_append(&bytes, mode, n) < 0 ||
            buf_append(&bytes, items[i].name, items[i].length) < 0 ||
            buf_append_byte(&bytes, '\0') < 0 ||
            buf_append(&bytes, items[i].oid.bytes, OID_BYTES) < 0)
            rc = err_set(err, ERR_MEMORY, "no memory for a tree");
    }
    if (rc == 0 && e->write)
        rc = repo_write(out, e->repo, OBJECT_TREE, buf_text(&bytes), bytes.length, err);
    else if (rc == 0)
        rc = repo_hold(out, e->repo, OBJECT_TREE, buf_text(&bytes), bytes.length, err);
    buf_release(&bytes);
    return rc;
}

static int edit_directory(struct oid *out, size_t *left, const struct editing *e,
                          const struct oid *base, const struct tree_edit *edits, size_t count,
                          size_t skip, struct err *err);

/*
 * Makes the edits of one name: ${item} holds what stands there now (mode 0: nothing) and is given what
 * shall stand there. All of the edits' paths begin with the same ${skip} bytes and then the name.
 */
static int edit_name(struct item *item, const struct editing *e, const struct tree_edit *edits,
                     size_t count, size_t skip, struct err *err) {
    const struct tree_edit *edit = &edits[0];
    int is_tree = item->mode == OBJECT_MODE_TREE;
    size_t left;
    int rc;

    if (edit->path[skip + item->length] == '\0') {
        if (count > 1 && strcmp(edits[1].path, edit->path) == 0)
            return err_set(err, ERR_FORMAT, "%s: named twice", edit->path);
        if (count > 1)
            return err_set(err, ERR_FORMAT, "%s: a file and, for %s, a directory", edit->path,
                           edits[1].path);
        if (edit->mode == 0 && item->mode == 0)
            return err_set(err, ERR_NOT_FOUND, "%s: not in the tree, so not to be removed", edit->path);
        if (edit->mode != 0 && item->mode != 0 && is_tree != (edit->mode == OBJECT_MODE_TREE))
            return err_set(err, ERR_FORMAT, "%s: is a %s", edit->path, is_tree ? "directory" : "file");
        item->mode = edit->mode;
        item->oid = edit->oid;
        return 0;
    }
    if (item->mode != 0 && !is_tree)
        return err_set(err, ERR_FORMAT, "%s: %.*s is a file", edit->path,
                       (int)(skip + item->length), edit->path);
    rc = edit_directory(&item->oid, &left, e, is_tree ? &item->oid : NULL, edits, count,
                        skip + item->length + 1, err);
    item->mode = left ? OBJECT_MODE_TREE : 0;
    return rc;
}

/* Merges items and groups of edits, both in order of plain names, into ${merged}. */
static int merge(struct item *merged, size_t *merged_count, const struct item *items,
                 size_t item_count, const struct editing *e, const struct tree_edit *edits,
                 size_t count, size_t skip, struct err *err) {
    size_t i = 0, at = 0;
    while (i < item_count || at < count) {
        struct item item = {NULL, 0, 0, {{0}}};
        size_t end = at;
        int order = -1, rc;

        if (at < count) {
            item.name = edits[at].path + skip;
            item.length = strcspn(item.name, "/");
            order = i < item_count ? by_plain_name(&items[i], &item) : 1;
        }
        if (order < 0) {
            merged[(*merged_count)++] = items[i++];
            continue;
        }
        if (order == 0)
            item = items[i++];
        while (end < count && strncmp(edits[end].path + skip, item.name, item.length) == 0 &&
               strchr("/", edits[end].path[skip + item.length]))
            end++;
        rc = edit_name(&item, e, edits + at, end - at, skip, err);
        if (rc < 0)
            return rc;
        if (item.mode != 0)
            merged[(*merged_count)++] = item;
        at = end;
    }
    return 0;
}

/* Edits below one directory; ${*left} is how many entries it then has (0: nothing was stored). */
static int edit_directory(struct oid *out, size_t *left, const struct editing *e,
                          const struct oid *base, const struct tree_edit *edits, size_t count,
                          size_t skip, struct err *err) {
    struct repo_object tree = {OBJECT_TREE, "", 0, NULL};
    struct item *items = NULL, *merged = NULL;
    size_t item_count = 0;
    int rc;

    *left = 0;
    rc = base ? repo_read_type(&tree, e->repo, base, OBJECT_TREE, err) : 0;
    if (rc == 0)
        rc = read_items(&items, &item_count, &tree, err);
    if (rc == 0) {
        merged = mem_new_array(item_count + count, sizeof *merged);
        rc = merged ? 0 : err_set(err, ERR_MEMORY, "no memory for a tree");
    }
    if (rc == 0)
        rc = merge(merged, left, items, item_count, e, edits, count, skip, err);
    if (rc == 0 && (*left > 0 || skip == 0))
        rc = put_tree(out, e, merged, *left, err);
    mem_free(merged);
    mem_free(items);
    repo_object_release(&tree);
    return rc;
}

int tree_edit(struct oid *out, struct repo *repo, const struct oid *base, struct tree_edit *edits,
              size_t count, int write, struct err *err) {
    struct editing editing = {repo, write};
    size_t i, left;

    for (i = 0; i < count; i++) {
        int rc = check_path(edits[i].path, err);
        if (rc == 0 && write)
            rc = check_object(repo, &edits[i], err);
        if (rc < 0)
            return rc;
    }
    qsort(edits, count, sizeof *edits, by_path);
    return edit_directory(out, &left, &editing, base, edits, count, 0, err);
}
