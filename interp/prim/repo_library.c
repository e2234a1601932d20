#include "repo_library.h"

#include <dlfcn.h>
#include <pthread.h>

#include "digest.h"
#include "err.h"
#include "repo.h"
#include "repo_memory.h"

#include "banned.h"

#ifndef LIBGIT2_SONAME
#error "LIBGIT2_SONAME is set by the Makefile"
#endif

#define lib repo_library /* it stands in every other line */
struct repo_library repo_library;

/* What libgit2 said last, or a word that says it said nothing. */
const char *repo_library_reason(void) {
    const git_error *error = lib.git_error_last();
    return error && error->message ? error->message : "libgit2 gives no reason";
}

/*
 * At its start libgit2 parses every certificate of the system, which takes most of that time, for connections that
 * git makes here. This takes the place of the function of Mbed TLS that it calls for it (the Makefile exports it) and
 * reads none: libgit2 trusts nobody. Where it was built with another TLS library, nobody calls it.
 */
int mbedtls_x509_crt_parse_file(void *chain, const char *path);
__attribute__((visibility("default"))) int mbedtls_x509_crt_parse_file(void *chain, const char *path) {
    (void)chain, (void)path;
    return 0;
}

static int load(struct err *err) {
    static struct err refusal; /* libgit2 counts its starts: a second one after a failure would go well */
    void *handle;
    if (lib.handle)
        return 0;
    if (refusal.kind)
        return err_set(err, refusal.kind, "%s", refusal.text);
    /* It stays where it is even when it does not start: the thread that loads ahead runs its destructors at its end. */
    handle = dlopen(LIBGIT2_SONAME, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (handle == NULL)
        return err_set(err, ERR_UNSUPPORTED, "git repositories need the library %s: %s",
                       LIBGIT2_SONAME, dlerror());
#define FIND(function)                                                                             \
    *(void **)&lib.function = dlsym(handle, #function);                                            \
    if (lib.function == NULL) {                                                                    \
        dlclose(handle);                                                                           \
        return err_set(err, ERR_UNSUPPORTED, "%s lacks %s", LIBGIT2_SONAME, #function);            \
    }
    LIBGIT2_FUNCTIONS(FIND)
    lib.git_libgit2_opts(GIT_OPT_SET_ALLOCATOR, repo_memory());
    if (lib.git_libgit2_init() < 0) {
        /* It stays where it is: a thread that ends still calls what libgit2 registered for that. */
        (void)err_set(&refusal, ERR_SYSTEM, "libgit2 does not start: %s", repo_library_reason());
        return err_set(err, refusal.kind, "%s", refusal.text);
    }
    (void)lib.git_error_last(); /* makes the state that it keeps errors in; see repo_memory.c */
    /* git does not hash what it reads either, and it costs three times the reading. */
    lib.git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0);
    lib.git_libgit2_opts(GIT_OPT_ENABLE_STRICT_OBJECT_CREATION, 1);
    lib.git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);
    lib.git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0); /* see repo.h */
    /* History reads an object once or keeps it itself; a second cache only costs memory. */
    lib.git_libgit2_opts(GIT_OPT_ENABLE_CACHING, 0);
    lib.git_libgit2_opts(GIT_OPT_SET_MWINDOW_SIZE, (size_t)16 << 20);
    lib.git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT, (size_t)48 << 20);
    lib.handle = handle;
    return 0;
}

static struct {
    pthread_t thread;
    int is_running;
} loading;

static void *load_ahead(void *nothing) {
    unsigned char unused[DIGEST_MAX];
    (void)digest_bytes(unused, DIGEST_SHA256, "", 0, NULL); /* libcrypto takes its time, too, before the first one */
    (void)load(NULL); /* what refuses now refuses again when it is asked for, and says why */
    return nothing;
}

void repo_prepare(void) {
    if (lib.handle == NULL && !loading.is_running)
        loading.is_running = pthread_create(&loading.thread, NULL, load_ahead, NULL) == 0;
}

void repo_settle(void) {
    if (!loading.is_running)
        return;
    pthread_join(loading.thread, NULL);
    loading.is_running = 0;
    if (lib.handle)
        (void)lib.git_error_last(); /* as in load, for this thread */
}

int repo_library_load(struct err *err) {
    repo_settle();
    return load(err);
}
