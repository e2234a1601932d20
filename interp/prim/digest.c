#include "digest.h"

#include <openssl/evp.h>

#include "err.h"

#include "banned.h"

int digest_hex(char out[DIGEST_HEX_MAX], enum digest_kind kind, const void *bytes, size_t length,
               struct err *err) {
    static const char digits[] = "0123456789abcdef";
    const EVP_MD *md = kind == DIGEST_SHA1 ? EVP_sha1() : EVP_sha256();
    unsigned char raw[EVP_MAX_MD_SIZE];
    unsigned n = 0, i;

    if (EVP_Digest(bytes, length, raw, &n, md, NULL) != 1 || 2 * n >= DIGEST_HEX_MAX)
        return err_set(err, ERR_SYSTEM, "libcrypto gives no digest");
    for (i = 0; i < n; i++) {
        out[2 * i] = digits[raw[i] >> 4];
        out[2 * i + 1] = digits[raw[i] & 15];
    }
    out[2 * n] = '\0';
    return 0;
}
