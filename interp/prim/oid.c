#include "oid.h"

#include <string.h>

#include "banned.h"

static int digit_of(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

int oid_parse(struct oid *out, const char *text, size_t length) {
    size_t i;
    if (length != OID_HEX)
        return -1;
    for (i = 0; i < OID_BYTES; i++) {
        int high = digit_of(text[2 * i]), low = digit_of(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return -1;
        out->bytes[i] = (unsigned char)(high << 4 | low);
    }
    return 0;
}

void oid_format(char out[OID_HEX + 1], const struct oid *oid) {
    static const char digits[] = "0123456789abcdef";
    size_t i;
    for (i = 0; i < OID_BYTES; i++) {
        out[2 * i] = digits[oid->bytes[i] >> 4];
        out[2 * i + 1] = digits[oid->bytes[i] & 15];
    }
    out[OID_HEX] = '\0';
}

int oid_compare(const struct oid *a, const struct oid *b) {
    return memcmp(a->bytes, b->bytes, OID_BYTES);
}

int oid_is_zero(const struct oid *oid) {
    static const struct oid zero;
    return oid_compare(oid, &zero) == 0;
}

size_t oid_hash(const struct oid *oid) {
    size_t hash;
    memcpy(&hash, oid->bytes, sizeof hash);
    return hash;
}
