#include "digest.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "err.h"
#include "mem.h"

#include "banned.h"

#ifndef LIBCRYPTO_SONAME
#error "LIBCRYPTO_SONAME is set by the Makefile"
#endif

/* Every function of libcrypto that is used here. It is loaded when the first digest is asked for: it would double the
 * start of every command. */
#define LIBCRYPTO_FUNCTIONS(X)                                                                     \
    X(EVP_Digest)                                                                                  \
    X(EVP_DigestFinal_ex)                                                                          \
    X(EVP_DigestInit_ex)                                                                           \
    X(EVP_DigestUpdate)                                                                            \
    X(EVP_MD_CTX_free)                                                                             \
    X(EVP_MD_CTX_new)                                                                              \
    X(EVP_sha1)                                                                                    \
    X(EVP_sha256)                                                                                  \
    X(OSSL_LIB_CTX_get0_global_default)

#define DECLARE(function) __typeof__(function) *function;
static struct {
    void *handle;
    LIBCRYPTO_FUNCTIONS(DECLARE)
} lib;
static pthread_mutex_t loading = PTHREAD_MUTEX_INITIALIZER; /* threads ask for digests, too */

struct digest {
    EVP_MD_CTX *context;
};

/* It stays where it is: libcurl may use the same one. */
static int load_library(struct err *err) {
    void *handle;

    errno = 0;
    handle = dlopen(LIBCRYPTO_SONAME, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (handle == NULL && errno == ENOMEM)
        return err_set(err, ERR_MEMORY, "no memory for libcrypto");
    if (handle == NULL)
        return err_set(err, ERR_UNSUPPORTED, "digests need the library %s: %s", LIBCRYPTO_SONAME, dlerror());
#define FIND(function)                                                                             \
    *(void **)&lib.function = dlsym(handle, #function);                                            \
    if (lib.function == NULL)                                                                      \
        return err_set(err, ERR_UNSUPPORTED, "%s lacks %s", LIBCRYPTO_SONAME, #function);
    LIBCRYPTO_FUNCTIONS(FIND)
    lib.handle = handle;
    return 0;
}

/* Without memory for its own context libcrypto goes on all the same, and falls. */
static int check_library(struct err *err) {
    int rc = 0;

    pthread_mutex_lock(&loading);
    if (lib.handle == NULL)
        rc = load_library(err);
    pthread_mutex_unlock(&loading);
    if (rc < 0)
        return rc;
    errno = 0;
    return lib.OSSL_LIB_CTX_get0_global_default() ? 0 : err_set(err, ERR_MEMORY, "no memory for libcrypto");
}

static const EVP_MD *algorithm(enum digest_kind kind) {
    return kind == DIGEST_SHA1 ? lib.EVP_sha1() : lib.EVP_sha256();
}

/* libcrypto does not always say that it was memory: what went well before fails for nothing else, and what it could not
 * begin for want of memory it never begins again. */
static atomic_int only_memory;

static int refused(struct err *err) {
    if (errno == ENOMEM)
        only_memory = 1;
    return only_memory ? err_set(err, ERR_MEMORY, "no memory for a digest")
                       : err_set(err, ERR_SYSTEM, "libcrypto gives no digest");
}

static int write_hex(char out[DIGEST_HEX_MAX], const unsigned char *raw, unsigned n, struct err *err) {
    static const char digits[] = "0123456789abcdef";
    unsigned i;

    if (2 * n >= DIGEST_HEX_MAX)
        return refused(err);
    for (i = 0; i < n; i++) {
        out[2 * i] = digits[raw[i] >> 4];
        out[2 * i + 1] = digits[raw[i] & 15];
    }
    out[2 * n] = '\0';
    return 0;
}

int digest_bytes(unsigned char out[DIGEST_MAX], enum digest_kind kind, const void *bytes,
                 size_t length, struct err *err) {
    unsigned n = 0;
    int rc = check_library(err);

    if (rc < 0)
        return rc;
    if (lib.EVP_Digest(bytes, length, out, &n, algorithm(kind), NULL) != 1)
        return refused(err);
    only_memory = 1;
    return (int)n;
}

int digest_hex(char out[DIGEST_HEX_MAX], enum digest_kind kind, const void *bytes, size_t length,
               struct err *err) {
    unsigned char raw[DIGEST_MAX];
    int n = digest_bytes(raw, kind, bytes, length, err);

    return n < 0 ? n : write_hex(out, raw, (unsigned)n, err);
}

int digest_new(struct digest **out, enum digest_kind kind, struct err *err) {
    struct digest *digest;
    int rc = check_library(err);

    if (rc < 0)
        return rc;
    digest = mem_new(sizeof *digest);
    if (digest == NULL)
        return err_set(err, ERR_MEMORY, "no memory for a digest");
    digest->context = lib.EVP_MD_CTX_new();
    if (digest->context == NULL || lib.EVP_DigestInit_ex(digest->context, algorithm(kind), NULL) != 1) {
        digest_free(digest);
        return refused(err);
    }
    *out = digest;
    return 0;
}

void digest_free(struct digest *digest) {
    if (digest == NULL)
        return;
    lib.EVP_MD_CTX_free(digest->context);
    mem_free(digest);
}

/* The context goes on with the algorithm that it has: libcrypto would look a named one up again, which takes longer
 * than the digest of a commit. */
int digest_reset(struct digest *digest, struct err *err) {
    return lib.EVP_DigestInit_ex(digest->context, NULL, NULL) == 1 ? 0 : refused(err);
}

int digest_add(struct digest *digest, const void *bytes, size_t length, struct err *err) {
    return lib.EVP_DigestUpdate(digest->context, bytes, length) == 1 ? 0 : refused(err);
}

int digest_finish_bytes(unsigned char *out, struct digest *digest, struct err *err) {
    unsigned n = 0;
    int rc = lib.EVP_DigestFinal_ex(digest->context, out, &n) == 1 ? 0 : refused(err);
    if (rc == 0)
        rc = digest_reset(digest, err);
    return rc < 0 ? rc : (int)n;
}

int digest_finish(char out[DIGEST_HEX_MAX], struct digest *digest, struct err *err) {
    unsigned char raw[DIGEST_MAX];
    int n = digest_finish_bytes(raw, digest, err);
    return n < 0 ? n : write_hex(out, raw, (unsigned)n, err);
}
