#include "repo.h"

#include <string.h>
#include <sys/stat.h>

#include "buf.h"
#include "err.h"
#include "mem.h"
#include "refs.h"
#include "repo_library.h"

#include "banned.h"

#define lib repo_library /* it stands in every other line */

/* A held object: in memory only, found by its name. */
struct held {
    struct oid oid;
    enum object_type type;
    char *bytes;
    size_t length;
};

struct repo {
    git_repository *git;
    git_odb *odb;
    struct held *held;
    size_t held_count;
};

_Static_assert(sizeof(struct oid) == GIT_OID_RAWSZ, "an oid is libgit2's oid");

static const git_oid *raw(const struct oid *oid) {
    return (const git_oid *)oid;
}

static int kind_of(int code) {
    switch (code) {
    case GIT_ENOTFOUND: return ERR_NOT_FOUND;
    case GIT_EEXISTS: return ERR_EXISTS;
    case GIT_EMODIFIED:
    case GIT_ELOCKED: return ERR_CONFLICT;
    case GIT_EINVALIDSPEC: return ERR_FORMAT;
    default: break;
    }
    switch (lib.git_error_last() ? lib.git_error_last()->klass : GIT_ERROR_NONE) {
    case GIT_ERROR_NOMEMORY: return ERR_MEMORY;
    case GIT_ERROR_OS: return ERR_SYSTEM;
    default: return ERR_FORMAT;
    }
}

int repo_open(struct repo **out, const char *path, struct err *err) {
    struct repo *repo;
    int rc = repo_library_load(err);

    if (rc < 0)
        return rc;
    repo = mem_new(sizeof *repo);
    if (repo == NULL)
        return err_set(err, ERR_MEMORY, "%s: no memory", path);
    rc = lib.git_repository_open_ext(&repo->git, path, 0, NULL);
    if (rc == GIT_ENOTFOUND) {
        rc = err_set(err, ERR_NOT_FOUND, "%s: not in a git repository", path);
        goto fail;
    }
    if (rc < 0) {
        const char *text = repo_library_reason();
        if (strstr(text, "extension") || strstr(text, "repository version"))
            rc = err_set(err, ERR_UNSUPPORTED,
                         "%s: %s; repositories with SHA-1 names and file refs can be read", path, text);
        else
            rc = err_set(err, kind_of(rc), "%s: %s", path, text);
        goto fail;
    }
    rc = lib.git_repository_odb(&repo->odb, repo->git);
    if (rc < 0) {
        rc = err_set(err, kind_of(rc), "%s: %s", path, repo_library_reason());
        goto fail;
    }
    /* libgit2 hashes the whole commit-graph only to refuse the version that git writes. */
    (void)lib.git_odb_set_commit_graph(repo->odb, NULL);
    *out = repo;
    return 0;
fail:
    repo_free(repo);
    return rc;
}

void repo_free(struct repo *repo) {
    size_t i;
    if (repo == NULL)
        return;
    for (i = 0; i < repo->held_count; i++)
        mem_free(repo->held[i].bytes);
    mem_free(repo->held);
    lib.git_odb_free(repo->odb);
    lib.git_repository_free(repo->git);
    mem_free(repo);
}

const char *repo_git_dir(const struct repo *repo) {
    return lib.git_repository_path(repo->git);
}

const char *repo_common_dir(const struct repo *repo) {
    return lib.git_repository_commondir(repo->git);
}

const char *repo_work_dir(const struct repo *repo) {
    return lib.git_repository_workdir(repo->git);
}

int repo_is_shallow(const struct repo *repo) {
    struct buf path = BUF_INIT;
    struct stat st;
    int shallow = buf_append_text(&path, repo_common_dir(repo)) == 0 &&
                  buf_append_text(&path, "shallow") == 0 && stat(path.bytes, &st) == 0 &&
                  st.st_size > 0;
    buf_release(&path);
    return shallow;
}

static const struct held *find_held(const struct repo *repo, const struct oid *oid) {
    size_t i;
    for (i = repo->held_count; i-- > 0;)
        if (oid_compare(&repo->held[i].oid, oid) == 0)
            return &repo->held[i];
    return NULL;
}

static enum object_type type_of(git_object_t type) {
    switch (type) {
    case GIT_OBJECT_COMMIT: return OBJECT_COMMIT;
    case GIT_OBJECT_TREE: return OBJECT_TREE;
    case GIT_OBJECT_BLOB: return OBJECT_BLOB;
    case GIT_OBJECT_TAG: return OBJECT_TAG;
    default: return OBJECT_NONE;
    }
}

static git_object_t git_type(enum object_type type) {
    static const git_object_t types[] = {GIT_OBJECT_INVALID, GIT_OBJECT_COMMIT, GIT_OBJECT_TREE,
                                         GIT_OBJECT_BLOB, GIT_OBJECT_TAG};
    return types[type];
}

static int fail_object(int code, const struct oid *oid, struct err *err) {
    char hex[OID_HEX + 1];
    oid_format(hex, oid);
    if (code == GIT_ENOTFOUND)
        return err_set(err, ERR_NOT_FOUND, "object %s is not in the repository", hex);
    return err_set(err, kind_of(code), "object %s: %s", hex, repo_library_reason());
}

int repo_read(struct repo_object *out, struct repo *repo, const struct oid *oid, struct err *err) {
    const struct held *held = find_held(repo, oid);
    git_odb_object *object;
    int rc;

    memset(out, 0, sizeof *out);
    if (held) {
        out->type = held->type;
        out->bytes = held->bytes;
        out->length = held->length;
        return 0;
    }
    rc = lib.git_odb_read(&object, repo->odb, raw(oid));
    if (rc < 0)
        return fail_object(rc, oid, err);
    out->type = type_of(lib.git_odb_object_type(object));
    out->bytes = lib.git_odb_object_data(object);
    out->length = lib.git_odb_object_size(object);
    out->owner = object;
    return 0;
}

void repo_object_release(struct repo_object *object) {
    if (object->owner)
        lib.git_odb_object_free(object->owner);
    memset(object, 0, sizeof *object);
}

int repo_hash(struct oid *out, enum object_type type, const void *bytes, size_t length,
              struct err *err) {
    int rc = repo_library_load(err);
    if (rc < 0)
        return rc;
    rc = lib.git_odb_hash((git_oid *)out, bytes, length, git_type(type));
    return rc < 0 ? err_set(err, kind_of(rc), "%s", repo_library_reason()) : 0;
}

int repo_hold(struct oid *out, struct repo *repo, enum object_type type, const void *bytes,
              size_t length, struct err *err) {
    struct held *held;
    int rc = repo_hash(out, type, bytes, length, err);

    if (rc < 0 || find_held(repo, out))
        return rc;
    held = mem_resize(repo->held, repo->held_count + 1, sizeof *held);
    if (held == NULL)
        return err_set(err, ERR_MEMORY, "no memory for %zu bytes", length);
    repo->held = held;
    held += repo->held_count;
    held->oid = *out;
    held->type = type;
    held->length = length;
    held->bytes = mem_copy(bytes, length);
    if (held->bytes == NULL)
        return err_set(err, ERR_MEMORY, "no memory for %zu bytes", length);
    repo->held_count++;
    return 0;
}

int repo_stored_type(enum object_type *out, struct repo *repo, const struct oid *oid,
                     struct err *err) {
    git_object_t type;
    size_t length;
    int rc = lib.git_odb_read_header(&length, &type, repo->odb, raw(oid));

    if (rc < 0)
        return fail_object(rc, oid, err);
    *out = type_of(type);
    return 0;
}

int repo_type(enum object_type *out, struct repo *repo, const struct oid *oid, struct err *err) {
    const struct held *held = find_held(repo, oid);
    if (held == NULL)
        return repo_stored_type(out, repo, oid, err);
    *out = held->type;
    return 0;
}

int repo_store(struct oid *out, struct repo *repo, enum object_type type, const void *bytes,
               size_t length, struct err *err) {
    int rc = lib.git_odb_write((git_oid *)out, repo->odb, bytes, length, git_type(type));
    return rc < 0 ? err_set(err, kind_of(rc), "object not stored: %s", repo_library_reason()) : 0;
}

static int check_name(const char *name, struct err *err) {
    int valid = 0;
    if (lib.git_reference_name_is_valid(&valid, name) < 0 || !valid)
        return err_set(err, ERR_FORMAT, "%s: not a name that git allows for a ref", name);
    return 0;
}

int repo_ref(struct oid *out, struct repo *repo, const char *name, struct err *err) {
    int rc = check_name(name, err);
    if (rc < 0)
        return rc;
    rc = lib.git_reference_name_to_id((git_oid *)out, repo->git, name);
    if (rc == GIT_ENOTFOUND)
        return err_set(err, ERR_NOT_FOUND, "%s: no such ref", name);
    return rc < 0 ? err_set(err, kind_of(rc), "%s: %s", name, repo_library_reason()) : 0;
}

int repo_head(struct oid *out, struct buf *branch, struct repo *repo, struct err *err) {
    git_reference *head;
    int rc = lib.git_reference_lookup(&head, repo->git, "HEAD");

    if (rc < 0)
        return err_set(err, kind_of(rc), "HEAD: %s", repo_library_reason());
    rc = lib.git_reference_type(head) == GIT_REFERENCE_SYMBOLIC
             ? buf_append_text(branch, lib.git_reference_symbolic_target(head))
             : 0;
    lib.git_reference_free(head);
    if (rc < 0)
        return err_set(err, rc, "HEAD: no memory");
    rc = repo_ref(out, repo, "HEAD", err);
    if (rc == ERR_NOT_FOUND && branch->length > 0)
        return 0;
    return rc < 0 ? rc : 1;
}

/* The value that a direct ref has now: 1 found, 0 no such ref. */
static int current(struct oid *out, git_reference **found, struct repo *repo, const char *name,
                   struct err *err) {
    int rc = lib.git_reference_lookup(found, repo->git, name);
    if (rc == GIT_ENOTFOUND)
        return 0;
    if (rc < 0)
        return err_set(err, kind_of(rc), "%s: %s", name, repo_library_reason());
    if (lib.git_reference_type(*found) != GIT_REFERENCE_DIRECT) {
        lib.git_reference_free(*found);
        return err_set(err, ERR_UNSUPPORTED, "%s: a symbolic ref, which is not moved", name);
    }
    memcpy(out, lib.git_reference_target(*found), sizeof *out);
    return 1;
}

static int conflict(const char *name, const struct oid *found, const struct oid *expected,
                    struct err *err) {
    char is[OID_HEX + 1] = "absent", should[OID_HEX + 1] = "absent";
    if (found)
        oid_format(is, found);
    if (expected)
        oid_format(should, expected);
    return err_set(err, ERR_CONFLICT, "%s: is %s, expected %s", name, is, should);
}

/* Whether a ref stands where a directory of ${name} would be, or refs where its file would be. */
static int check_room(struct repo *repo, const char *name, struct err *err) {
    struct buf below = BUF_INIT;
    struct refs refs;
    const char *slash = strchr(name + 5, '/');
    int rc = 0;

    for (; rc == 0 && slash; slash = strchr(slash + 1, '/')) {
        struct oid oid;
        below.length = 0;
        rc = buf_append(&below, name, (size_t)(slash - name));
        if (rc == 0 && repo_ref(&oid, repo, below.bytes, NULL) == 0)
            rc = err_set(err, ERR_EXISTS, "%s: the ref %s is in the way", name, below.bytes);
    }
    below.length = 0;
    if (rc == 0 && (buf_append_text(&below, name) < 0 || buf_append_byte(&below, '/') < 0))
        rc = err_set(err, ERR_MEMORY, "%s: no memory", name);
    if (rc == 0) {
        rc = refs_read(&refs, repo, below.bytes, err);
        if (rc == 0 && refs.count > 0)
            rc = err_set(err, ERR_EXISTS, "%s: the ref %s is in the way", name, refs.items[0].name);
        refs_release(&refs);
    }
    buf_release(&below);
    return rc;
}

/* Compares, with the ref's lock held, and stages the change. */
static int swap(git_transaction *transaction, struct repo *repo, const char *name,
                const struct oid *new_oid, const struct oid *old_oid, const char *message,
                struct err *err) {
    git_reference *ref = NULL;
    struct oid found;
    int present = current(&found, &ref, repo, name, err), rc;

    if (present < 0)
        return present;
    lib.git_reference_free(ref);
    if (present != (old_oid != NULL) || (present && oid_compare(&found, old_oid) != 0))
        return conflict(name, present ? &found : NULL, old_oid, err);
    if (new_oid)
        rc = lib.git_transaction_set_target(transaction, name, raw(new_oid), NULL, message);
    else
        rc = lib.git_transaction_remove(transaction, name);
    return rc < 0 ? err_set(err, kind_of(rc), "%s: %s", name, repo_library_reason()) : 0;
}

int repo_identify(struct repo *repo, const char *name, const char *mail, struct err *err) {
    int rc = lib.git_repository_set_ident(repo->git, name, mail);
    return rc < 0 ? err_set(err, kind_of(rc), "%s", repo_library_reason()) : 0;
}

int repo_set_ref(struct repo *repo, const char *name, const struct oid *new_oid,
                 const struct oid *old_oid, const char *message, struct err *err) {
    git_transaction *transaction = NULL;
    enum object_type type;
    int rc = check_name(name, err);

    if (rc < 0)
        return rc;
    if (strncmp(name, "refs/", 5) != 0)
        return err_set(err, ERR_FORMAT, "%s: a ref that is moved is below refs/", name);
    rc = new_oid ? repo_stored_type(&type, repo, new_oid, err) : 0;
    if (rc == 0 && old_oid == NULL)
        rc = check_room(repo, name, err);
    if (rc < 0)
        return rc;
    /* libgit2's own git_reference_create looks before it locks, and would lose a race */
    rc = lib.git_transaction_new(&transaction, repo->git);
    if (rc == 0)
        rc = lib.git_transaction_lock_ref(transaction, name);
    if (rc == GIT_ELOCKED)
        rc = err_set(err, ERR_LOCKED, "%s: is locked by another process", name);
    else if (rc < 0)
        rc = err_set(err, kind_of(rc), "%s: %s", name, repo_library_reason());
    else
        rc = swap(transaction, repo, name, new_oid, old_oid, message, err);
    if (rc == 0 && (rc = lib.git_transaction_commit(transaction)) < 0)
        rc = err_set(err, kind_of(rc), "%s: %s", name, repo_library_reason());
    lib.git_transaction_free(transaction);
    return rc;
}
