#include "json.h"

#include <stdio.h>
#include <string.h>

#include "buf.h"
#include "err.h"
#include "utf8.h"

#include "banned.h"

/* The bytes that do not stand for themselves: quote, backslash and what is below the space. */
static const unsigned char is_escaped[256] = {
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, ['"'] = 1, ['\\'] = 1};

/* Writes the escape that RFC 8785 gives such a byte; its length. */
static size_t escape(char out[8], unsigned char byte) {
    static const char letters[] = "btn\0fr"; /* \b is 8; \v has no letter in JSON */
    char letter = 0;

    if (byte == '"' || byte == '\\')
        letter = (char)byte;
    else if (byte >= 8 && byte <= 13)
        letter = letters[byte - 8];
    if (letter == 0)
        return (size_t)snprintf(out, 8, "\\u%04x", byte);
    out[0] = '\\';
    out[1] = letter;
    return 2;
}

static int full(int kind, struct err *err) {
    return err_set(err, kind, kind == ERR_LIMIT ? "too large a text" : "no memory");
}

int json_write_text(struct buf *out, const char *text, size_t length, struct err *err) {
    size_t valid = utf8_valid_prefix(text, length);
    const char *nul = memchr(text, '\0', length);
    size_t from = 0, at;
    int rc;

    if (valid < length)
        return err_set(err, ERR_FORMAT, "not UTF-8 at byte %zu", valid + 1);
    if (nul)
        return err_set(err, ERR_FORMAT, "a NUL at byte %zu", (size_t)(nul - text) + 1);
    rc = buf_reserve(out, length + 2);
    if (rc == 0)
        rc = buf_append_byte(out, '"');
    /* Plain stretches are copied whole. */
    for (at = 0; rc == 0 && at < length; at++) {
        char code[8];
        size_t n;
        if (!is_escaped[(unsigned char)text[at]])
            continue;
        n = escape(code, (unsigned char)text[at]);
        rc = buf_append(out, text + from, at - from);
        if (rc == 0)
            rc = buf_append(out, code, n);
        from = at + 1;
    }
    if (rc == 0)
        rc = buf_append(out, text + from, length - from);
    if (rc == 0)
        rc = buf_append_byte(out, '"');
    return rc < 0 ? full(rc, err) : 0;
}

int json_write_integer(struct buf *out, long long value, struct err *err) {
    char digits[32];
    int n, rc;

    if (value > JSON_INTEGER_MAX || value < -JSON_INTEGER_MAX)
        return err_set(err, ERR_LIMIT, "%lld is beyond 2^53-1", value);
    n = snprintf(digits, sizeof digits, "%lld", value);
    rc = buf_append(out, digits, (size_t)n);
    return rc < 0 ? full(rc, err) : 0;
}

/*
 * UTF-8 bytes order as UTF-16 units do, but for one thing: what is above U+FFFF
 * begins with a surrogate (D800..) there and so comes before U+E000..U+FFFF,
 * whose UTF-8 begins with EE or EF.
 */
static int rank(char byte) {
    unsigned char b = (unsigned char)byte;
    return b == 0xEE || b == 0xEF ? b + 0x10 : b;
}

int json_compare_keys(const char *a, size_t a_length, const char *b, size_t b_length) {
    size_t common = a_length < b_length ? a_length : b_length, i;
    for (i = 0; i < common; i++)
        if (a[i] != b[i])
            return rank(a[i]) - rank(b[i]);
    return a_length == b_length ? 0 : a_length < b_length ? -1 : 1;
}
