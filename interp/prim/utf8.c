#include "utf8.h"

#include <assert.h>

#include "banned.h"

static int continues(unsigned char byte) {
    return (byte & 0xC0) == 0x80;
}

size_t utf8_sequence(const char *bytes, size_t length) {
    const unsigned char *b = (const unsigned char *)bytes;

    if (length == 0)
        return 0;
    if (b[0] < 0x80)
        return 1;
    if (b[0] < 0xC2) /* a continuation, or two bytes for what one can say */
        return 0;
    if (b[0] < 0xE0)
        return length >= 2 && continues(b[1]) ? 2 : 0;
    if (b[0] < 0xF0) {
        if (length < 3 || !continues(b[1]) || !continues(b[2]))
            return 0;
        if ((b[0] == 0xE0 && b[1] < 0xA0) || (b[0] == 0xED && b[1] > 0x9F))
            return 0; /* overlong; a surrogate */
        return 3;
    }
    if (b[0] > 0xF4 || length < 4 || !continues(b[1]) || !continues(b[2]) || !continues(b[3]))
        return 0;
    if ((b[0] == 0xF0 && b[1] < 0x90) || (b[0] == 0xF4 && b[1] > 0x8F))
        return 0; /* overlong; above U+10FFFF */
    return 4;
}

size_t utf8_valid_prefix(const char *bytes, size_t length) {
    size_t at = 0;
    while (at < length) {
        size_t n = utf8_sequence(bytes + at, length - at);
        if (n == 0)
            break;
        at += n;
    }
    return at;
}

size_t utf8_encode(char out[UTF8_SEQUENCE_MAX], unsigned long point) {
    assert(point <= 0x10FFFF && (point < 0xD800 || point > 0xDFFF));
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    if (point < 0x800) {
        out[0] = (char)(0xC0 | point >> 6);
        out[1] = (char)(0x80 | (point & 0x3F));
        return 2;
    }
    if (point < 0x10000) {
        out[0] = (char)(0xE0 | point >> 12);
        out[1] = (char)(0x80 | (point >> 6 & 0x3F));
        out[2] = (char)(0x80 | (point & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | point >> 18);
    out[1] = (char)(0x80 | (point >> 12 & 0x3F));
    out[2] = (char)(0x80 | (point >> 6 & 0x3F));
    out[3] = (char)(0x80 | (point & 0x3F));
    return 4;
}
