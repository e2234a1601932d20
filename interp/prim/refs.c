#include "refs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "err.h"
#include "file.h"
#include "mem.h"
#include "repo.h"

#include "banned.h"

#define PACKED_MAX ((size_t)1 << 30)
#define DEPTH_MAX 64 /* directories below refs/ */
#define LOOSE_MAX 1024 /* a loose ref is 41 bytes, a symbolic one a name */

/* A ref while names are still being collected: the text may move, so names are offsets. */
struct row {
    size_t name;
    size_t target; /* offset of a symbolic ref's target, or 0 */
    struct oid oid, peeled;
    unsigned char is_loose, is_peeled, is_broken;
};

struct reading {
    struct buf names;
    struct row *rows;
    size_t count, room;
    struct repo *repo;
    const char *prefix;
    size_t prefix_length;
};

static int wanted(const struct reading *r, const char *name, size_t length) {
    static const char *const own[] = {"refs/bisect/", "refs/worktree/", "refs/rewritten/"};
    size_t i;
    if (length < r->prefix_length || memcmp(name, r->prefix, r->prefix_length) != 0)
        return 0;
    for (i = 0; i < sizeof own / sizeof *own; i++)
        if (length > strlen(own[i]) && memcmp(name, own[i], strlen(own[i])) == 0)
            return 0;
    return 1;
}

/* A new zeroed row with this name, or NULL. */
static struct row *add(struct reading *r, const char *name, size_t length) {
    struct row *row;
    if (r->count == r->room) {
        size_t room = r->room ? 2 * r->room : 256;
        row = mem_resize(r->rows, room, sizeof *row);
        if (row == NULL)
            return NULL;
        r->rows = row;
        r->room = room;
    }
    row = &r->rows[r->count];
    memset(row, 0, sizeof *row);
    row->name = r->names.length;
    if (buf_append(&r->names, name, length) < 0 || buf_append_byte(&r->names, '\0') < 0)
        return NULL;
    r->count++;
    return row;
}

static int out_of_memory(struct err *err) {
    return err_set(err, ERR_MEMORY, "no memory for the refs");
}

static int torn(size_t line, struct err *err) {
    return err_set(err, ERR_FORMAT, "packed-refs: line %zu is not a ref", line);
}

/* "HEX NAME\n", each perhaps followed by "^HEX\n": what that tag leads to. */
static int read_packed_lines(struct reading *r, const char *at, const char *end, struct err *err) {
    struct row *last = NULL;
    int peeled = 0, fully = 0;
    size_t number = 0;

    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t length = (size_t)((newline ? newline : end) - at);
        number++;
        if (*at == '#') {
            /* "fully-peeled": a ref without a ^ line is no tag object; "peeled": below refs/tags/ */
            fully = fully || memmem(at, length, " fully-peeled", 13) != NULL;
            peeled = peeled || memmem(at, length, " peeled", 7) != NULL;
        } else if (*at == '^') {
            struct oid oid;
            if (oid_parse(&oid, at + 1, length - 1) < 0)
                return torn(number, err);
            if (last) {
                last->peeled = oid;
                last->is_peeled = 1;
            }
        } else {
            struct oid oid;
            if (length < OID_HEX + 2 || at[OID_HEX] != ' ' || oid_parse(&oid, at, OID_HEX) < 0)
                return torn(number, err);
            last = NULL;
            if (wanted(r, at + OID_HEX + 1, length - OID_HEX - 1)) {
                const char *name = at + OID_HEX + 1;
                last = add(r, name, length - OID_HEX - 1);
                if (last == NULL)
                    return out_of_memory(err);
                last->oid = last->peeled = oid;
                last->is_peeled = (unsigned char)(fully || (peeled && length > OID_HEX + 11 &&
                                                            memcmp(name, "refs/tags/", 10) == 0));
            }
        }
        at += length + (newline != NULL);
    }
    return 0;
}

static int read_packed(struct reading *r, struct err *err) {
    static const struct file_read_options options = {PACKED_MAX, 1, 0};
    struct buf path = BUF_INIT, bytes = BUF_INIT;
    int rc;

    if (buf_append_text(&path, repo_common_dir(r->repo)) < 0 ||
        buf_append_text(&path, "packed-refs") < 0)
        rc = out_of_memory(err);
    else
        rc = file_read(&bytes, path.bytes, &options, err);
    if (rc == 0)
        rc = read_packed_lines(r, buf_text(&bytes), buf_text(&bytes) + bytes.length, err);
    buf_release(&path);
    buf_release(&bytes);
    return rc == ERR_NOT_FOUND ? 0 : rc;
}

/* Reads a loose ref's file; a file that vanished has just been packed or deleted. */
static int read_loose_file(struct reading *r, int directory, const char *file, const char *name,
                           struct err *err) {
    char text[LOOSE_MAX];
    size_t name_length = strlen(name);
    ssize_t length;
    struct row *row;
    int fd;

    if (!wanted(r, name, name_length))
        return 0;
    fd = openat(directory, file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return 0;
    if (fd < 0)
        return err_system(err, "%s", name);
    do
        length = read(fd, text, sizeof text - 1);
    while (length < 0 && errno == EINTR);
    close(fd);
    row = add(r, name, name_length);
    if (row == NULL)
        return out_of_memory(err);
    row->is_loose = 1;
    while (length > 0 && strchr(" \t\r\n", text[length - 1]))
        length--;
    if (length > 5 && memcmp(text, "ref: ", 5) == 0) {
        row->target = r->names.length;
        if (buf_append(&r->names, text + 5, (size_t)length - 5) < 0 ||
            buf_append_byte(&r->names, '\0') < 0)
            return out_of_memory(err);
    } else
        row->is_broken = length < 0 || oid_parse(&row->oid, text, (size_t)length) < 0 ||
                         oid_is_zero(&row->oid);
    return 0;
}

/* A directory may hold wanted names when it is on the way to the prefix or below it. */
static int leads_to_wanted(const struct reading *r, const struct buf *name) {
    size_t shorter = name->length < r->prefix_length ? name->length : r->prefix_length;
    return memcmp(name->bytes, r->prefix, shorter) == 0;
}

/* Reads the directory ${fd}, whose ref name with a slash behind is ${name}, and those below it. */
static int read_loose(struct reading *r, struct buf *name, int fd, int depth, struct err *err) {
    DIR *dir = fdopendir(fd);
    size_t length = name->length;
    struct dirent *entry;
    int rc = 0;

    if (dir == NULL) {
        rc = err_system(err, "%s", name->bytes);
        close(fd);
        return rc;
    }
    while (rc == 0 && (entry = readdir(dir)) != NULL) {
        size_t n = strlen(entry->d_name);
        struct stat st;
        int is_directory = entry->d_type == DT_DIR;

        /* git lets no component start with a dot nor end in .lock */
        if (entry->d_name[0] == '.' || (n > 5 && strcmp(entry->d_name + n - 5, ".lock") == 0))
            continue;
        name->length = length;
        if (buf_append_text(name, entry->d_name) < 0) {
            rc = out_of_memory(err);
            break;
        }
        if (entry->d_type == DT_UNKNOWN || entry->d_type == DT_LNK)
            is_directory = fstatat(fd, entry->d_name, &st, 0) == 0 && S_ISDIR(st.st_mode);
        if (!is_directory) {
            rc = read_loose_file(r, fd, entry->d_name, name->bytes, err);
            continue;
        }
        if (buf_append_byte(name, '/') < 0)
            rc = out_of_memory(err);
        else if (leads_to_wanted(r, name)) {
            int below = openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
            if (below < 0 && errno != ENOENT)
                rc = err_system(err, "%s", name->bytes);
            else if (below >= 0 && depth == DEPTH_MAX) {
                close(below);
                rc = err_set(err, ERR_LIMIT, "%s: more than %d directories deep", name->bytes, DEPTH_MAX);
            } else if (below >= 0)
                rc = read_loose(r, name, below, depth + 1, err);
        }
    }
    name->length = length;
    closedir(dir);
    return rc;
}

static int read_all_loose(struct reading *r, struct err *err) {
    struct buf path = BUF_INIT, name = BUF_INIT;
    int fd, rc = 0;

    if (buf_append_text(&path, repo_common_dir(r->repo)) < 0 || buf_append_text(&path, "refs") < 0 ||
        buf_append_text(&name, "refs/") < 0)
        rc = out_of_memory(err);
    else {
        fd = open(path.bytes, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        rc = fd < 0 ? err_system(err, "%s", path.bytes) : read_loose(r, &name, fd, 0, err);
    }
    buf_release(&path);
    buf_release(&name);
    return rc;
}

static const char *sort_names; /* qsort hands no context on; one thread reads refs */

static int by_name(const void *a, const void *b) {
    const struct row *x = a, *y = b;
    int order = strcmp(sort_names + x->name, sort_names + y->name);
    return order ? order : y->is_loose - x->is_loose; /* the loose value is the newer one */
}

/* git writes packed-refs in order, and where no loose ref stands beside it there is nothing to sort. */
static int is_sorted(const struct reading *r) {
    size_t i;
    for (i = 1; i < r->count; i++)
        if (by_name(&r->rows[i - 1], &r->rows[i]) > 0)
            return 0;
    return 1;
}

/* Follows symbolic refs through the repository, since they may leave the prefix. */
static void resolve(struct reading *r, struct row *row) {
    if (row->target)
        row->is_broken = repo_ref(&row->oid, r->repo, r->names.bytes + row->name, NULL) < 0;
}

static int finish(struct refs *out, struct reading *r, struct err *err) {
    size_t i;

    out->names = r->names;
    memset(&r->names, 0, sizeof r->names);
    out->items = mem_new_array(r->count, sizeof *out->items);
    out->broken = mem_new_array(r->count, sizeof *out->broken);
    if (out->items == NULL || out->broken == NULL)
        return out_of_memory(err);
    for (i = 0; i < r->count; i++) {
        const struct row *row = &r->rows[i];
        const char *name = out->names.bytes + row->name;
        if (i > 0 && strcmp(name, out->names.bytes + r->rows[i - 1].name) == 0)
            continue; /* the packed value behind the loose one */
        if (row->is_broken) {
            out->broken[out->broken_count++] = name;
            continue;
        }
        out->items[out->count].name = name;
        out->items[out->count].oid = row->oid;
        out->items[out->count].peeled = row->peeled;
        out->items[out->count++].is_peeled = row->is_peeled;
    }
    return 0;
}

int refs_read(struct refs *out, struct repo *repo, const char *prefix, struct err *err) {
    struct reading r = {BUF_INIT, NULL, 0, 0, repo, prefix, strlen(prefix)};
    size_t i;
    int rc;

    memset(out, 0, sizeof *out);
    /* Offset 0 is no target. Loose before packed: a ref that is packed meanwhile is seen twice, not
     * missed, because git writes packed-refs before it removes the file. */
    rc = buf_append_byte(&r.names, '\0') < 0 ? out_of_memory(err) : read_all_loose(&r, err);
    if (rc == 0)
        rc = read_packed(&r, err);
    if (rc == 0) {
        for (i = 0; i < r.count; i++)
            resolve(&r, &r.rows[i]);
        sort_names = r.names.bytes;
        if (!is_sorted(&r))
            qsort(r.rows, r.count, sizeof *r.rows, by_name);
        rc = finish(out, &r, err);
    }
    buf_release(&r.names);
    mem_free(r.rows);
    return rc;
}

void refs_release(struct refs *refs) {
    mem_free(refs->items);
    mem_free(refs->broken);
    buf_release(&refs->names);
    memset(refs, 0, sizeof *refs);
}
