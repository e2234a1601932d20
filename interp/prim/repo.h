/*
 * A git repository on this machine: its objects and the values of its refs. This
 * file alone calls libgit2, which repo_library.h loads when the first repository
 * is opened. It reads and stores objects as bytes (object.h takes
 * them apart) and moves refs one at a time by compare-and-swap. It does no
 * network, no index, no work tree, and it does not walk history.
 *
 * Who opens a repository must have had git itself accept the directory first
 * (`git rev-parse --git-dir`): libgit2's own check of the owner is off, because
 * it does not honour safe.directory=* and its message misleads.
 *
 * A repository is used by one thread at a time; two threads open it twice.
 */
#ifndef RELRUN_REPO_H
#define RELRUN_REPO_H

#include <stddef.h>

#include "object.h"
#include "oid.h"

struct buf;
struct err;
struct repo;

/*
 * Begins to load libgit2 in a thread of its own, so that who will open a repository can do something
 * else meanwhile: its libraries, and the certificates that it always reads, take longer than opening.
 * repo_settle waits for that thread; it must not be running when the process ends.
 */
void repo_prepare(void);
void repo_settle(void);

/*
 * Opens the repository that ${path} belongs to, as git finds it: the directory, its .git, or a
 * parent. ERR_NOT_FOUND no repository; ERR_UNSUPPORTED SHA-256 names, reftable or another extension
 * that libgit2 lacks, or no libgit2 on this machine; ERR_FORMAT a broken one; ERR_MEMORY.
 * The caller frees with repo_free.
 */
int repo_open(struct repo **out, const char *path, struct err *err);

/* repo_free(NULL) is harmless. */
void repo_free(struct repo *repo);

/* Directories, each ending in a slash and valid until repo_free. repo_work_dir: NULL when bare.
 * In a linked work tree the common directory holds the objects and refs, the git directory HEAD. */
const char *repo_git_dir(const struct repo *repo);
const char *repo_common_dir(const struct repo *repo);
const char *repo_work_dir(const struct repo *repo);

/* 1 when the clone is cut off somewhere: commits have parents that are not here. */
int repo_is_shallow(const struct repo *repo);

/* An object as it was read; its bytes are followed by a NUL. */
struct repo_object {
    enum object_type type;
    const char *bytes;
    size_t length;
    void *owner; /* what repo_object_release frees */
};

/* Reads an object. ERR_NOT_FOUND not here (a partial or damaged clone), ERR_FORMAT damaged. */
int repo_read(struct repo_object *out, struct repo *repo, const struct oid *oid, struct err *err);

/* The same, and ERR_FORMAT when the object is not of this type. */
int repo_read_type(struct repo_object *out, struct repo *repo, const struct oid *oid,
                   enum object_type type, struct err *err);

/* Forgets the bytes; harmless on a zeroed or released object. */
void repo_object_release(struct repo_object *object);

/* The type of an object without its bytes. Errors as repo_read. */
int repo_type(enum object_type *out, struct repo *repo, const struct oid *oid, struct err *err);

/* The same of what is stored on disk only, held objects left out. */
int repo_stored_type(enum object_type *out, struct repo *repo, const struct oid *oid,
                     struct err *err);

/* The commit that ${oid} is, or that it points to through any number of tags. ERR_FORMAT when it
 * ends in something else, ERR_NOT_FOUND. */
int repo_peel(struct oid *out, struct repo *repo, const struct oid *oid, struct err *err);

/* The name that an object of these bytes has; nothing is stored. */
int repo_hash(struct oid *out, enum object_type type, const void *bytes, size_t length,
              struct err *err);

/*
 * Stores an object and syncs it to disk before it returns. It must be well-formed (object_check) and
 * the trees, commits and tag's target that it names must be stored already: ERR_FORMAT, ERR_NOT_FOUND.
 * A tree's blobs are not looked for: a partial clone lacks them. Present already is success.
 */
int repo_write(struct oid *out, struct repo *repo, enum object_type type, const void *bytes,
               size_t length, struct err *err);

/* The same without a look at the bytes: for those who have judged them. */
int repo_store(struct oid *out, struct repo *repo, enum object_type type, const void *bytes,
               size_t length, struct err *err);

/* Names the object as repo_write does and keeps it in this process's memory only: reads of this
 * repository see it until repo_free, and nothing that is written may name it. */
int repo_hold(struct oid *out, struct repo *repo, enum object_type type, const void *bytes,
              size_t length, struct err *err);

/* The object that a ref ends at, symbolic refs followed. ERR_NOT_FOUND, ERR_FORMAT a bad name. */
int repo_ref(struct oid *out, struct repo *repo, const char *name, struct err *err);

/*
 * Where HEAD stands: the full name of its branch is appended to ${branch} (nothing when detached),
 * and ${out} is the commit. 1 a commit, 0 a branch that has no commit yet.
 */
int repo_head(struct oid *out, struct buf *branch, struct repo *repo, struct err *err);

/* Who is told in the logs of the refs that are moved from now on. Who is not told is looked up by libgit2
 * in its own copy of git's settings, which ends the process where memory is short. ERR_MEMORY. */
int repo_identify(struct repo *repo, const char *name, const char *mail, struct err *err);

/*
 * Moves a ref from ${old_oid} (NULL: it must not exist) to ${new_oid} (NULL: delete it), durably,
 * with ${message} in its log. ERR_CONFLICT when it has another value (the text names
 * what was found), ERR_EXISTS when another ref's name is in the way, ERR_NOT_FOUND when the new object
 * is not here, ERR_FORMAT for a name that git refuses, ERR_UNSUPPORTED for a symbolic ref.
 */
int repo_set_ref(struct repo *repo, const char *name, const struct oid *new_oid,
                 const struct oid *old_oid, const char *message, struct err *err);

#endif
