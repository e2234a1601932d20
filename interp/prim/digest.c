#include "digest.h"

#include <errno.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "err.h"

#include "banned.h"

int digest_bytes(unsigned char out[DIGEST_MAX], enum digest_kind kind, const void *bytes,
                 size_t length, struct err *err) {
    const EVP_MD *md = kind == DIGEST_SHA1 ? EVP_sha1() : EVP_sha256();
    unsigned n = 0;

    errno = 0;
    /* Without memory for its context libcrypto goes on all the same, and falls. */
    if (OSSL_LIB_CTX_get0_global_default() == NULL)
        return err_set(err, ERR_MEMORY, "no memory for libcrypto");
    if (EVP_Digest(bytes, length, out, &n, md, NULL) != 1)
        return errno == ENOMEM ? err_set(err, ERR_MEMORY, "no memory for a digest")
                               : err_set(err, ERR_SYSTEM, "libcrypto gives no digest");
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
