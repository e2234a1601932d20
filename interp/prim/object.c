#include "object.h"

#include <limits.h>
#include <string.h>

#include "err.h"

#include "banned.h"

#define PARENT_LINE (7 + OID_HEX + 1) /* "parent HEX\n" */

static const char *const type_names[] = {"none", "commit", "tree", "blob", "tag"};

const char *object_type_name(enum object_type type) {
    return type_names[type <= OBJECT_TAG ? type : OBJECT_NONE];
}

enum object_type object_type_named(const char *name, size_t length) {
    int type;
    for (type = OBJECT_COMMIT; type <= OBJECT_TAG; type++)
        if (strlen(type_names[type]) == length && memcmp(type_names[type], name, length) == 0)
            return (enum object_type)type;
    return OBJECT_NONE;
}

/* The bytes not yet read; every step checks what is left before it looks. */
struct reader {
    const char *at, *end;
};

/* Reads "KEY VALUE\n" when the next line has this key; 1 or 0. */
static int read_header(struct object_text *value, struct reader *reader, const char *key) {
    size_t key_length = strlen(key);
    size_t left = (size_t)(reader->end - reader->at);
    const char *newline;

    if (left <= key_length || memcmp(reader->at, key, key_length) != 0 ||
        reader->at[key_length] != ' ')
        return 0;
    newline = memchr(reader->at + key_length, '\n', left - key_length);
    if (newline == NULL)
        return 0;
    value->bytes = reader->at + key_length + 1;
    value->length = (size_t)(newline - value->bytes);
    reader->at = newline + 1;
    return 1;
}

static int read_oid_header(struct oid *oid, struct reader *reader, const char *key) {
    struct object_text value;
    return read_header(&value, reader, key) && oid_parse(oid, value.bytes, value.length) == 0;
}

/* The whole number that starts at ${at}, or 0; ${*end} is behind its last digit. */
static long long read_number(const char **end, const char *at, const char *limit) {
    int negative = at < limit && *at == '-';
    long long value = 0;

    for (at += negative; at < limit && *at >= '0' && *at <= '9'; at++) {
        if (value > (LLONG_MAX - 9) / 10) { /* no clock says this */
            value = 0;
            break;
        }
        value = value * 10 + (*at - '0');
    }
    *end = at;
    return negative ? -value : value;
}

/* The time of "Name <mail> 1400000000 +0000": what follows the last '>', as git reads it. */
static long long time_of(struct object_text line) {
    const char *limit = line.bytes + line.length, *at = limit, *end;
    while (at > line.bytes && at[-1] != '>')
        at--;
    if (at == line.bytes)
        return 0;
    while (at < limit && *at == ' ')
        at++;
    return read_number(&end, at, limit);
}

struct object_text object_person(struct object_text line) {
    size_t length = line.length;
    while (length > 0 && line.bytes[length - 1] != '>')
        length--;
    if (length > 0)
        line.length = length;
    return line;
}

/* Skips the headers that are left, keeping the encoding, up to the message. */
static void read_rest(struct object_commit *out, struct reader *reader) {
    while (reader->at < reader->end && *reader->at != '\n') {
        struct object_text value;
        const char *newline;
        if (read_header(&value, reader, "encoding")) {
            out->encoding = value;
            continue;
        }
        newline = memchr(reader->at, '\n', (size_t)(reader->end - reader->at));
        reader->at = newline ? newline + 1 : reader->end;
    }
    if (reader->at < reader->end)
        reader->at++; /* the empty line */
    out->message.bytes = reader->at;
    out->message.length = (size_t)(reader->end - reader->at);
}

int object_commit_parse(struct object_commit *out, const void *bytes, size_t length,
                        struct err *err) {
    struct reader reader = {bytes, (const char *)bytes + length};
    struct oid parent;

    memset(out, 0, sizeof *out);
    if (!read_oid_header(&out->tree, &reader, "tree"))
        return err_set(err, ERR_FORMAT, "commit without a tree line");
    out->parents = reader.at;
    while (reader.end - reader.at > 7 && memcmp(reader.at, "parent ", 7) == 0) {
        if (!read_oid_header(&parent, &reader, "parent"))
            return err_set(err, ERR_FORMAT, "commit with a broken parent line");
        out->parent_count++;
    }
    if (!read_header(&out->author, &reader, "author"))
        return err_set(err, ERR_FORMAT, "commit without an author line");
    if (!read_header(&out->committer, &reader, "committer"))
        return err_set(err, ERR_FORMAT, "commit without a committer line");
    out->time = time_of(out->committer);
    read_rest(out, &reader);
    return 0;
}

struct oid object_commit_parent(const struct object_commit *commit, size_t index) {
    struct oid oid;
    memset(&oid, 0, sizeof oid);
    if (index < commit->parent_count)
        (void)oid_parse(&oid, commit->parents + index * PARENT_LINE + 7, OID_HEX);
    return oid;
}

int object_tree_next(struct object_entry *out, size_t *at, const void *bytes, size_t length,
                     struct err *err) {
    const char *start = (const char *)bytes + *at;
    const char *end = (const char *)bytes + length;
    const char *p = start, *nul;
    unsigned mode = 0;

    if (start >= end)
        return 0;
    for (; p < end && *p >= '0' && *p <= '7' && p - start < 7; p++)
        mode = mode << 3 | (unsigned)(*p - '0');
    if (p == start || p >= end || *p != ' ')
        return err_set(err, ERR_FORMAT, "tree with a broken mode at byte %zu", *at);
    p++;
    nul = memchr(p, '\0', (size_t)(end - p));
    if (nul == NULL || nul == p || end - nul - 1 < OID_BYTES)
        return err_set(err, ERR_FORMAT, "tree with a torn entry at byte %zu", *at);
    out->mode = mode;
    out->name = p;
    out->name_length = (size_t)(nul - p);
    memcpy(out->oid.bytes, nul + 1, OID_BYTES);
    *at += (size_t)(nul - start) + 1 + OID_BYTES;
    return 1;
}

enum object_type object_mode_type(unsigned mode) {
    switch (mode & 0170000u) {
    case OBJECT_MODE_TREE: return OBJECT_TREE;
    case OBJECT_MODE_SUBMODULE: return OBJECT_COMMIT;
    default: return OBJECT_BLOB;
    }
}

int object_name_compare(const char *a, size_t a_length, int a_is_tree, const char *b,
                        size_t b_length, int b_is_tree) {
    size_t shorter = a_length < b_length ? a_length : b_length;
    int order = memcmp(a, b, shorter), x, y;
    if (order != 0)
        return order;
    x = a_length > shorter ? (unsigned char)a[shorter] : a_is_tree ? '/' : 0;
    y = b_length > shorter ? (unsigned char)b[shorter] : b_is_tree ? '/' : 0;
    return x - y;
}

int object_tag_parse(struct object_tag *out, const void *bytes, size_t length, struct err *err) {
    struct reader reader = {bytes, (const char *)bytes + length};
    struct object_text type;

    if (!read_oid_header(&out->target, &reader, "object"))
        return err_set(err, ERR_FORMAT, "tag without an object line");
    if (!read_header(&type, &reader, "type"))
        return err_set(err, ERR_FORMAT, "tag without a type line");
    out->type = object_type_named(type.bytes, type.length);
    if (out->type == OBJECT_NONE)
        return err_set(err, ERR_FORMAT, "tag of an unknown type");
    return 0;
}
