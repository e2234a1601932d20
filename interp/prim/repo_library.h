/*
 * libgit2 itself: loaded with dlopen, since its libraries would treble the start of every command
 * that needs none of them. The threads that may load it are repo_prepare's (repo.h) and the main one.
 */
#ifndef RELRUN_REPO_LIBRARY_H
#define RELRUN_REPO_LIBRARY_H

#include <git2.h>

struct err;

/* Every function of libgit2 that is used here; the types come from its header. */
#define LIBGIT2_FUNCTIONS(X)                                                                       \
    X(git_error_last)                                                                              \
    X(git_libgit2_init)                                                                            \
    X(git_libgit2_opts)                                                                            \
    X(git_odb_free)                                                                                \
    X(git_odb_hash)                                                                                \
    X(git_odb_object_data)                                                                         \
    X(git_odb_object_free)                                                                         \
    X(git_odb_object_size)                                                                         \
    X(git_odb_object_type)                                                                         \
    X(git_odb_read)                                                                                \
    X(git_odb_read_header)                                                                         \
    X(git_odb_set_commit_graph)                                                                    \
    X(git_odb_write)                                                                               \
    X(git_reference_free)                                                                          \
    X(git_reference_lookup)                                                                        \
    X(git_reference_name_is_valid)                                                                 \
    X(git_reference_name_to_id)                                                                    \
    X(git_reference_symbolic_target)                                                               \
    X(git_reference_target)                                                                        \
    X(git_reference_type)                                                                          \
    X(git_repository_commondir)                                                                    \
    X(git_repository_free)                                                                         \
    X(git_repository_odb)                                                                          \
    X(git_repository_open_ext)                                                                     \
    X(git_repository_path)                                                                         \
    X(git_repository_set_ident)                                                                    \
    X(git_repository_workdir)                                                                      \
    X(git_transaction_commit)                                                                      \
    X(git_transaction_free)                                                                        \
    X(git_transaction_lock_ref)                                                                    \
    X(git_transaction_new)                                                                         \
    X(git_transaction_remove)                                                                      \
    X(git_transaction_set_target)

#define REPO_LIBRARY_POINTER(function) __typeof__(function) *function;
struct repo_library {
    void *handle; /* NULL: not loaded */
    LIBGIT2_FUNCTIONS(REPO_LIBRARY_POINTER)
};

/* The functions, to be called after a repo_library_load that went well. */
extern struct repo_library repo_library;

/* Loads it, once. ERR_UNSUPPORTED when it is not there or lacks a function, ERR_SYSTEM. */
int repo_library_load(struct err *err);

/* What libgit2 said last, or a word that says it said nothing. */
const char *repo_library_reason(void);

#endif
