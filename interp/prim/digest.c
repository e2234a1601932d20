#include "digest.h"

#include <openssl/evp.h>

#include "err.h"

#include "banned.h"

/* Looked up once: libcrypto takes longer to find an algorithm by its name than to hash a commit. */
static const EVP_MD *algorithm(enum digest_kind kind) {
    static EVP_MD *found[2];
    if (found[kind] == NULL)
        found[kind] = EVP_MD_fetch(NULL, kind == DIGEST_SHA1 ? "SHA1" : "SHA256", NULL);
    return found[kind];
}

int digest_bytes(unsigned char out[DIGEST_MAX], enum digest_kind kind, const void *bytes,
                 size_t length, struct err *err) {
    const EVP_MD *md = algorithm(kind);
    unsigned n = 0;

    if (md == NULL || EVP_Digest(bytes, length, out, &n, md, NULL) != 1)
        return err_set(err, ERR_SYSTEM, "libcrypto gives no digest");
    return (int)n;
}

int digest_hex(char out[DIGEST_HEX_MAX], enum digest_kind kind, const void *bytes, size_t length,
               struct err *err) {
    static const char digits[] = "0123456789abcdef";
    unsigned char raw[DIGEST_MAX];
    int n = digest_bytes(raw, kind, bytes, length, err), i;

    if (n < 0)
        return n;
    for (i = 0; i < n; i++) {
        out[2 * i] = digits[raw[i] >> 4];
        out[2 * i + 1] = digits[raw[i] & 15];
    }
    out[2 * n] = '\0';
    return 0;
}
