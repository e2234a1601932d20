/*
 * The bytes of git objects, taken apart and judged. It reads nothing from a
 * repository and allocates nothing: what it gives points into the bytes it was
 * given. Every reader is bounds-checked and takes any bytes.
 */
#ifndef RELRUN_OBJECT_H
#define RELRUN_OBJECT_H

#include <stddef.h>

#include "oid.h"

struct err;

enum object_type { OBJECT_NONE, OBJECT_COMMIT, OBJECT_TREE, OBJECT_BLOB, OBJECT_TAG };

/* "commit", "tree", "blob" or "tag"; "none" for others. */
const char *object_type_name(enum object_type type);

/* The type of that name, or OBJECT_NONE. */
enum object_type object_type_named(const char *name, size_t length);

struct object_text {
    const char *bytes;
    size_t length;
};

struct object_commit {
    struct oid tree;
    const char *parents;    /* lines of 48 bytes, "parent HEX\n", one after another */
    size_t parent_count;
    struct object_text author;    /* the line behind "author ": name, mail, time, zone */
    struct object_text committer; /* likewise */
    struct object_text encoding;  /* the encoding header, or length 0: UTF-8 */
    struct object_text message;   /* behind the first empty line */
    long long time;               /* committer's, in seconds since 1970; 0 when unreadable, as in git */
};

/* Takes a commit apart. ERR_FORMAT when the tree, a parent, or the author or committer line is not
 * where git puts it. A time that cannot be read is 0: such commits exist and git walks them. */
int object_commit_parse(struct object_commit *out, const void *bytes, size_t length,
                        struct err *err);

/* The ${index}th parent of a parsed commit. */
struct oid object_commit_parent(const struct object_commit *commit, size_t index);

/* "Name <mail>" of an author or committer line: the line without its time and zone. */
struct object_text object_person(struct object_text line);

struct object_entry {
    unsigned mode; /* as in the tree: 040000, 0100644, 0100755, 0120000, 0160000, or an old 0100664 */
    const char *name;
    size_t name_length;
    struct oid oid;
};

#define OBJECT_MODE_TREE 040000u
#define OBJECT_MODE_LINK 0120000u
#define OBJECT_MODE_SUBMODULE 0160000u

/*
 * Reads the entry at ${*at} and moves ${*at} behind it: 1 an entry, 0 the end of the tree,
 * ERR_FORMAT a torn entry. Start with ${*at} 0.
 */
int object_tree_next(struct object_entry *out, size_t *at, const void *bytes, size_t length,
                     struct err *err);

/* The type that an entry of this mode points to. */
enum object_type object_mode_type(unsigned mode);

/* Git's order of tree entries: names by bytes, a directory as if its name ended in a slash. */
int object_name_compare(const char *a, size_t a_length, int a_is_tree, const char *b,
                        size_t b_length, int b_is_tree);

/*
 * Whether a name may stand in a tree: not empty, no slash, no NUL, not "." or "..", and nothing that
 * a file system could take for ".git" (any case, HFS+ ignorable characters, NTFS short names,
 * streams and trailing dots or spaces). 1 or 0.
 */
int object_name_ok(const char *name, size_t length);

struct object_tag {
    struct oid target;
    enum object_type type;
};

/* Takes the target out of an annotated tag. ERR_FORMAT. */
int object_tag_parse(struct object_tag *out, const void *bytes, size_t length, struct err *err);

/*
 * Judges bytes that are to be stored: a commit with well-formed people, a tree with sane modes and
 * names in order and none twice, a tag with all its headers. Stricter than the readers. ERR_FORMAT.
 */
int object_check(enum object_type type, const void *bytes, size_t length, struct err *err);

#endif
