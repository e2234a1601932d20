/* What may be stored: names that no file system can turn against git, and whole objects. */
#include <string.h>

#include "err.h"
#include "object.h"

#include "banned.h"

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static int same_word(const char *name, size_t length, const char *word) {
    size_t i;
    if (strlen(word) != length)
        return 0;
    for (i = 0; i < length; i++)
        if (lower(name[i]) != word[i])
            return 0;
    return 1;
}

/* The length of the code point that HFS+ leaves out when it compares names, at ${at}, or 0. */
static size_t hfs_ignored(const unsigned char *at, size_t left) {
    if (left < 3)
        return 0;
    if (at[0] == 0xe2 && at[1] == 0x80 &&
        ((at[2] >= 0x8c && at[2] <= 0x8f) || (at[2] >= 0xaa && at[2] <= 0xae)))
        return 3; /* U+200C..U+200F, U+202A..U+202E */
    if (at[0] == 0xe2 && at[1] == 0x81 && at[2] >= 0xaa && at[2] <= 0xaf)
        return 3; /* U+206A..U+206F */
    if (at[0] == 0xef && at[1] == 0xbb && at[2] == 0xbf)
        return 3; /* U+FEFF */
    return 0;
}

static int is_git_on_hfs(const char *name, size_t length) {
    char folded[8];
    size_t n = 0, at = 0;
    while (at < length) {
        size_t ignored = hfs_ignored((const unsigned char *)name + at, length - at);
        if (ignored == 0) {
            if (n == sizeof folded)
                return 0;
            folded[n++] = name[at];
        }
        at += ignored ? ignored : 1;
    }
    return same_word(folded, n, ".git");
}

/* NTFS cuts a name at ':' (a stream) and drops dots and spaces from its end; "git~1" is the short name. */
static int is_git_on_ntfs(const char *name, size_t length) {
    const char *colon = memchr(name, ':', length), *backslash = memchr(name, '\\', length);
    if (backslash)
        length = (size_t)(backslash - name);
    if (colon && (size_t)(colon - name) < length)
        length = (size_t)(colon - name);
    while (length > 0 && (name[length - 1] == '.' || name[length - 1] == ' '))
        length--;
    return same_word(name, length, ".git") || same_word(name, length, "git~1");
}

int object_name_ok(const char *name, size_t length) {
    if (length == 0 || memchr(name, '/', length) || memchr(name, '\0', length))
        return 0;
    if (name[0] == '.' && (length == 1 || (length == 2 && name[1] == '.')))
        return 0;
    return !is_git_on_hfs(name, length) && !is_git_on_ntfs(name, length);
}

static int mode_ok(unsigned mode) {
    return mode == OBJECT_MODE_TREE || mode == 0100644 || mode == 0100755 ||
           mode == OBJECT_MODE_LINK || mode == OBJECT_MODE_SUBMODULE;
}

/*
 * A file and a directory of one name do not stand side by side in git's order ("a", "a-b", "a/"),
 * so a directory looks back over the entries that may lie between.
 */
static int file_has_name(const char *bytes, size_t until, const char *name, size_t length) {
    struct object_entry entry;
    size_t at = 0;
    while (at < until && object_tree_next(&entry, &at, bytes, until, NULL) == 1)
        if (entry.name_length == length && memcmp(entry.name, name, length) == 0)
            return 1;
    return 0;
}

static int check_tree(const char *bytes, size_t length, struct err *err) {
    struct object_entry entry, last;
    size_t at = 0, start = 0;
    int rc, first = 1, shared = 0;

    memset(&last, 0, sizeof last);
    while ((rc = object_tree_next(&entry, &at, bytes, length, err)) == 1) {
        int is_tree = entry.mode == OBJECT_MODE_TREE;
        if (!mode_ok(entry.mode) || bytes[start] == '0')
            return err_set(err, ERR_FORMAT, "tree with mode %o at byte %zu", entry.mode, start);
        if (!object_name_ok(entry.name, entry.name_length))
            return err_set(err, ERR_FORMAT, "tree with a name that is not allowed at byte %zu", start);
        if (oid_is_zero(&entry.oid))
            return err_set(err, ERR_FORMAT, "tree with a null object at byte %zu", start);
        if (!first &&
            object_name_compare(last.name, last.name_length, last.mode == OBJECT_MODE_TREE,
                                entry.name, entry.name_length, is_tree) >= 0)
            return err_set(err, ERR_FORMAT, "tree not in git's order at byte %zu", start);
        /* only a run of names with one common prefix can hide a file behind its directory */
        shared = !first && entry.name_length <= last.name_length &&
                 memcmp(last.name, entry.name, entry.name_length) == 0;
        if (is_tree && shared && file_has_name(bytes, start, entry.name, entry.name_length))
            return err_set(err, ERR_FORMAT, "tree with a name twice at byte %zu", start);
        last = entry;
        first = 0;
        start = at;
    }
    return rc;
}

/* "Name <mail> seconds zone": one pair of brackets, digits, and a sign with four digits. */
static int person_ok(struct object_text line) {
    const char *end = line.bytes + line.length, *at;
    const char *open = memchr(line.bytes, '<', line.length);
    const char *close = memchr(line.bytes, '>', line.length);
    int digits;

    if (!open || !close || close < open || memchr(line.bytes, '\0', line.length))
        return 0;
    if (open > line.bytes && open[-1] != ' ')
        return 0;
    if (memchr(open + 1, '<', (size_t)(end - open - 1)) || memchr(close + 1, '>', (size_t)(end - close - 1)))
        return 0;
    at = close + 1;
    if (at == end || *at++ != ' ')
        return 0;
    for (digits = 0; at < end && *at >= '0' && *at <= '9'; at++)
        digits++;
    if (digits == 0 || digits > 18 || end - at != 6 || at[0] != ' ' || (at[1] != '+' && at[1] != '-'))
        return 0;
    for (at += 2; at < end; at++)
        if (*at < '0' || *at > '9')
            return 0;
    return 1;
}

static int check_commit(const char *bytes, size_t length, struct err *err) {
    struct object_commit commit;
    int rc = object_commit_parse(&commit, bytes, length, err);
    if (rc < 0)
        return rc;
    if (!person_ok(commit.author))
        return err_set(err, ERR_FORMAT, "commit with a broken author line");
    if (!person_ok(commit.committer))
        return err_set(err, ERR_FORMAT, "commit with a broken committer line");
    if (commit.message.bytes == bytes || commit.message.bytes[-1] != '\n' ||
        commit.message.bytes - bytes < 2 || commit.message.bytes[-2] != '\n')
        return err_set(err, ERR_FORMAT, "commit without an empty line before its message");
    if (memchr(bytes, '\0', length))
        return err_set(err, ERR_FORMAT, "commit with a NUL byte");
    return 0;
}

/* Finds the value of the line that starts with ${key} at ${*at}; 1 or 0. */
static int take_line(struct object_text *value, const char **at, const char *end, const char *key) {
    size_t n = strlen(key);
    const char *newline = *at < end ? memchr(*at, '\n', (size_t)(end - *at)) : NULL;
    if (newline == NULL || (size_t)(newline - *at) < n || memcmp(*at, key, n) != 0)
        return 0;
    value->bytes = *at + n;
    value->length = (size_t)(newline - value->bytes);
    *at = newline + 1;
    return 1;
}

static int check_tag(const char *bytes, size_t length, struct err *err) {
    const char *at = bytes, *end = bytes + length;
    struct object_text value;
    struct object_tag tag;
    int rc = object_tag_parse(&tag, bytes, length, err);

    if (rc < 0)
        return rc;
    (void)take_line(&value, &at, end, "object ");
    (void)take_line(&value, &at, end, "type ");
    if (!take_line(&value, &at, end, "tag ") || value.length == 0)
        return err_set(err, ERR_FORMAT, "tag without a name line");
    if (!take_line(&value, &at, end, "tagger ") || !person_ok(value))
        return err_set(err, ERR_FORMAT, "tag without a well-formed tagger line");
    if (at < end && *at != '\n')
        return err_set(err, ERR_FORMAT, "tag without an empty line before its message");
    if (memchr(bytes, '\0', length))
        return err_set(err, ERR_FORMAT, "tag with a NUL byte");
    return 0;
}

int object_check(enum object_type type, const void *bytes, size_t length, struct err *err) {
    switch (type) {
    case OBJECT_COMMIT: return check_commit(bytes, length, err);
    case OBJECT_TREE: return check_tree(bytes, length, err);
    case OBJECT_TAG: return check_tag(bytes, length, err);
    case OBJECT_BLOB: return 0;
    default: return err_set(err, ERR_FORMAT, "an object of no known type");
    }
}
