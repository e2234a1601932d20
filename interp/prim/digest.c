#include "digest.h"

#include <errno.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "err.h"
#include "mem.h"

#include "banned.h"

struct digest {
    const EVP_MD *md;
    EVP_MD_CTX *context;
};

static const EVP_MD *algorithm(enum digest_kind kind) {
    return kind == DIGEST_SHA1 ? EVP_sha1() : EVP_sha256();
}

/* Without memory for its own context libcrypto goes on all the same, and falls. */
static int check_library(struct err *err) {
    errno = 0;
    return OSSL_LIB_CTX_get0_global_default() ? 0 : err_set(err, ERR_MEMORY, "no memory for libcrypto");
}

static int refused(struct err *err) {
    return errno == ENOMEM ? err_set(err, ERR_MEMORY, "no memory for a digest")
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
    if (EVP_Digest(bytes, length, out, &n, algorithm(kind), NULL) != 1)
        return refused(err);
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
    digest->md = algorithm(kind);
    digest->context = EVP_MD_CTX_new();
    if (digest->context == NULL || EVP_DigestInit_ex(digest->context, digest->md, NULL) != 1) {
        digest_free(digest);
        return refused(err);
    }
    *out = digest;
    return 0;
}

void digest_free(struct digest *digest) {
    if (digest == NULL)
        return;
    EVP_MD_CTX_free(digest->context);
    mem_free(digest);
}

int digest_reset(struct digest *digest, struct err *err) {
    return EVP_DigestInit_ex(digest->context, digest->md, NULL) == 1 ? 0 : refused(err);
}

int digest_add(struct digest *digest, const void *bytes, size_t length, struct err *err) {
    return EVP_DigestUpdate(digest->context, bytes, length) == 1 ? 0 : refused(err);
}

int digest_finish_bytes(unsigned char *out, struct digest *digest, struct err *err) {
    unsigned n = 0;
    int rc = EVP_DigestFinal_ex(digest->context, out, &n) == 1 ? 0 : refused(err);
    if (rc == 0)
        rc = digest_reset(digest, err);
    return rc < 0 ? rc : (int)n;
}

int digest_finish(char out[DIGEST_HEX_MAX], struct digest *digest, struct err *err) {
    unsigned char raw[DIGEST_MAX];
    int n = digest_finish_bytes(raw, digest, err);
    return n < 0 ? n : write_hex(out, raw, (unsigned)n, err);
}
