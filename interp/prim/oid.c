#include "oid.h"

#include <string.h>

#include "banned.h"

/* One more than the value of each hex digit; 0 for every other byte. Object ids are read by the hundred
 * thousand, and a table has no branches to mispredict. */
static const unsigned char digit_values[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
    ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

int oid_parse(struct oid *out, const char *text, size_t length) {
    unsigned all = 0;
    size_t i;
    if (length != OID_HEX)
        return -1;
    for (i = 0; i < OID_BYTES; i++) {
        unsigned high = digit_values[(unsigned char)text[2 * i]] - 1u;
        unsigned low = digit_values[(unsigned char)text[2 * i + 1]] - 1u;
        all |= high | low; /* what is no digit has come out beyond 15 */
        out->bytes[i] = (unsigned char)(high << 4 | low);
    }
    return all > 15 ? -1 : 0;
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
