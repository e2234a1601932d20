#include "json.h"

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "err.h"
#include "utf8.h"

#include "banned.h"

/* A key of an object that is still open. */
struct key {
    const char *text; /* decoded; set when the object closes and the texts no longer move */
    size_t offset;    /* of the decoded text in gate.texts */
    size_t length;
    size_t at; /* where it stands, for the message */
};

struct gate {
    const char *bytes;
    size_t length;
    size_t at;
    size_t values;
    int depth;
    int floats;
    struct buf keys;  /* struct key, a stack: every object owns the part above its parent's */
    struct buf texts; /* their decoded texts, a stack too */
    struct err *err;
};

static int value(struct gate *g);

/* ERR_FORMAT or ERR_LIMIT, with the place of the byte at ${at} before the text. */
__attribute__((format(printf, 4, 5))) static int refuse(struct gate *g, int kind, size_t at,
                                                        const char *format, ...) {
    size_t line = 1, column = 1, i;
    char what[128];
    va_list args;

    for (i = 0; i < at; i++) {
        if (g->bytes[i] == '\n') {
            line++;
            column = 1;
        } else if (((unsigned char)g->bytes[i] & 0xC0) != 0x80)
            column++; /* continuation bytes belong to the character before */
    }
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    return err_set(g->err, kind, "line %zu, column %zu: %s", line, column, what);
}

static int no_room(struct gate *g, int kind) {
    return err_set(g->err, kind, "no memory for its keys");
}

/* The byte at the reading place; -1 at the end. */
static int peek(const struct gate *g) {
    return g->at < g->length ? (unsigned char)g->bytes[g->at] : -1;
}

static int peek_after_space(struct gate *g) {
    while (g->at < g->length && memchr(" \t\n\r", g->bytes[g->at], 4))
        g->at++;
    return peek(g);
}

static int expected(struct gate *g, const char *what) {
    int byte = peek(g);
    if (byte < 0)
        return refuse(g, ERR_FORMAT, g->at, "the end, where %s is expected", what);
    if (byte == 0)
        return refuse(g, ERR_FORMAT, g->at, "a NUL byte");
    return refuse(g, ERR_FORMAT, g->at, "%s expected", what);
}

/* Every value and key counts: each becomes a node, whatever its length. */
static int count_one(struct gate *g) {
    if (++g->values > JSON_VALUES_MAX)
        return refuse(g, ERR_LIMIT, g->at, "more than %zu values and keys", JSON_VALUES_MAX);
    return 0;
}

static int is_digit(int byte) {
    return byte >= '0' && byte <= '9';
}

static int digits(struct gate *g) {
    if (!is_digit(peek(g)))
        return expected(g, "a digit");
    while (is_digit(peek(g)))
        g->at++;
    return 0;
}

/* Fraction and exponent, behind the digits of a number that began at ${start}. */
static int fraction(struct gate *g, size_t start) {
    char number[JSON_NUMBER_MAX + 1];
    int rc = 0;

    if (peek(g) == '.') {
        g->at++;
        rc = digits(g);
    }
    if (rc == 0 && (peek(g) == 'e' || peek(g) == 'E')) {
        g->at++;
        g->at += peek(g) == '+' || peek(g) == '-';
        rc = digits(g);
    }
    if (rc < 0)
        return rc;
    if (g->at - start > JSON_NUMBER_MAX) /* cJSON reads no more of it */
        return refuse(g, ERR_LIMIT, start, "a number of more than %d characters", JSON_NUMBER_MAX);
    memcpy(number, g->bytes + start, g->at - start);
    number[g->at - start] = '\0';
    if (fabs(strtod(number, NULL)) > DBL_MAX)
        return refuse(g, ERR_LIMIT, start, "a number beyond what a double holds");
    return 0;
}

static int number(struct gate *g) {
    size_t start = g->at;
    unsigned long long magnitude = 0;
    int negative = peek(g) == '-';

    g->at += (size_t)negative;
    if (!is_digit(peek(g)))
        return expected(g, "a digit");
    if (peek(g) == '0' && g->at + 1 < g->length && is_digit(g->bytes[g->at + 1]))
        return refuse(g, ERR_FORMAT, start, "a number with a leading zero");
    for (; is_digit(peek(g)); g->at++)
        if (magnitude <= JSON_INTEGER_MAX) /* so it never wraps */
            magnitude = magnitude * 10 + (unsigned)(peek(g) - '0');
    if (g->floats && (peek(g) == '.' || peek(g) == 'e' || peek(g) == 'E'))
        return fraction(g, start);
    if (magnitude > JSON_INTEGER_MAX)
        return refuse(g, ERR_LIMIT, start, "an integer beyond +-%lld", JSON_INTEGER_MAX);
    if (peek(g) == '.' || peek(g) == 'e' || peek(g) == 'E')
        return refuse(g, ERR_FORMAT, start, "a number with a fraction or exponent; only integers are valid");
    if (negative && magnitude == 0 && !g->floats)
        return refuse(g, ERR_FORMAT, start, "-0; the valid form is 0");
    return 0;
}

/* The four hex digits of a \u escape, whose backslash is at ${start}. */
static int hex4(struct gate *g, size_t start, unsigned long *unit) {
    int i;
    *unit = 0;
    for (i = 0; i < 4; i++, g->at++) {
        int byte = peek(g);
        int lower = byte | 0x20;
        if (is_digit(byte))
            *unit = *unit << 4 | (unsigned)(byte - '0');
        else if (byte >= 0 && lower >= 'a' && lower <= 'f')
            *unit = *unit << 4 | (unsigned)(lower - 'a' + 10);
        else
            return refuse(g, ERR_FORMAT, start, "\\u without four hex digits");
    }
    return 0;
}

/* A \u escape, behind its "\u"; two of them where a surrogate pair says one character. */
static int unicode_escape(struct gate *g, size_t start, unsigned long *point) {
    unsigned long low = 0;
    int rc = hex4(g, start, point);

    if (rc < 0)
        return rc;
    if (*point == 0)
        return refuse(g, ERR_FORMAT, start, "\\u0000, a NUL");
    if (*point < 0xD800 || *point > 0xDFFF)
        return 0;
    if (*point < 0xDC00 && g->length - g->at >= 2 && memcmp(g->bytes + g->at, "\\u", 2) == 0) {
        g->at += 2;
        rc = hex4(g, start, &low);
        if (rc < 0)
            return rc;
    }
    if (low < 0xDC00 || low > 0xDFFF)
        return refuse(g, ERR_FORMAT, start, "half of a surrogate pair");
    *point = 0x10000 + ((*point - 0xD800) << 10) + (low - 0xDC00);
    return 0;
}

/* An escape, at its backslash; its meaning goes to ${decoded} unless that is NULL. */
static int escape(struct gate *g, struct buf *decoded) {
    static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    size_t start = g->at++, n;
    unsigned long point;
    char sequence[UTF8_SEQUENCE_MAX];
    int byte = peek(g), rc;
    const char *letter = byte > 0 ? strchr(letters, byte) : NULL;

    if (letter)
        point = (unsigned char)meanings[letter - letters];
    else if (byte != 'u')
        return refuse(g, ERR_FORMAT, start, "an escape that JSON does not have");
    g->at++;
    if (letter == NULL) {
        rc = unicode_escape(g, start, &point);
        if (rc < 0)
            return rc;
    }
    if (decoded == NULL)
        return 0;
    n = utf8_encode(sequence, point);
    rc = buf_append(decoded, sequence, n);
    return rc < 0 ? no_room(g, rc) : 0;
}

/* A string, at its quote; its decoded text is appended to ${decoded} unless that is NULL. */
static int string(struct gate *g, struct buf *decoded) {
    size_t start = g->at++;

    for (;;) {
        size_t plain = g->at;
        int byte, rc;

        while ((byte = peek(g)) >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\')
            g->at++;
        while (byte >= 0x80) {
            size_t n = utf8_sequence(g->bytes + g->at, g->length - g->at);
            if (n == 0)
                return refuse(g, ERR_FORMAT, g->at, "not UTF-8");
            g->at += n;
            byte = peek(g);
        }
        rc = decoded ? buf_append(decoded, g->bytes + plain, g->at - plain) : 0;
        if (rc < 0)
            return no_room(g, rc);
        if (byte < 0)
            return refuse(g, ERR_FORMAT, start, "a string without its closing quote");
        if (byte == 0)
            return refuse(g, ERR_FORMAT, g->at, "a NUL byte");
        if (byte < 0x20)
            return refuse(g, ERR_FORMAT, g->at, "a control character in a string; \\u%04x is valid", byte);
        if (byte == '"') {
            g->at++;
            return 0;
        }
        if (byte == '\\') {
            rc = escape(g, decoded);
            if (rc < 0)
                return rc;
        } /* else plain ASCII behind other characters: around again */
    }
}

static int literal(struct gate *g, const char *word) {
    size_t n = strlen(word);
    if (g->length - g->at < n || memcmp(g->bytes + g->at, word, n) != 0)
        return expected(g, "a value");
    g->at += n;
    return 0;
}

static int enter(struct gate *g) {
    if (g->depth == JSON_DEPTH_MAX)
        return refuse(g, ERR_LIMIT, g->at, "more than %d levels deep", JSON_DEPTH_MAX);
    g->depth++;
    g->at++;
    return 0;
}

/* Behind an element: 1 when ${close} ended the list, 0 when a comma says that more follows. */
static int list_ended(struct gate *g, char close) {
    int byte = peek_after_space(g);
    if (byte != ',' && byte != close)
        return expected(g, close == ']' ? "',' or ']'" : "',' or '}'");
    g->at++;
    if (byte == close)
        g->depth--;
    return byte == close;
}

static int array(struct gate *g) {
    int rc = enter(g);
    if (rc < 0)
        return rc;
    if (peek_after_space(g) == ']') {
        g->at++;
        g->depth--;
        return 0;
    }
    do
        rc = value(g);
    while (rc == 0 && (rc = list_ended(g, ']')) == 0);
    return rc < 0 ? rc : 0;
}

static int key(struct gate *g) {
    struct key key = {NULL, g->texts.length, 0, g->at};
    int rc;

    if (peek(g) != '"')
        return expected(g, "a key in double quotes");
    rc = count_one(g);
    if (rc == 0)
        rc = string(g, &g->texts);
    if (rc < 0)
        return rc;
    key.length = g->texts.length - key.offset;
    rc = buf_append(&g->keys, &key, sizeof key);
    if (rc < 0)
        return no_room(g, rc);
    if (peek_after_space(g) != ':')
        return expected(g, "':'");
    g->at++;
    return 0;
}

/* By length, text, place: equal keys become neighbours, the one that stands first before the other. */
static int by_text(const void *left, const void *right) {
    const struct key *a = left, *b = right;
    int order;
    if (a->length != b->length)
        return a->length < b->length ? -1 : 1;
    order = memcmp(a->text, b->text, a->length);
    return order ? order : a->at < b->at ? -1 : 1;
}

/* Sorting keeps a hostile object of many keys, or of colliding ones, at n log n. */
static int check_keys(struct gate *g, size_t from) {
    size_t n = (g->keys.length - from) / sizeof(struct key), i;
    struct key *keys;

    if (n < 2)
        return 0;
    keys = (struct key *)(void *)(g->keys.bytes + from);
    for (i = 0; i < n; i++)
        keys[i].text = buf_text(&g->texts) + keys[i].offset;
    qsort(keys, n, sizeof *keys, by_text);
    for (i = 1; i < n; i++)
        if (keys[i].length == keys[i - 1].length &&
            memcmp(keys[i].text, keys[i - 1].text, keys[i].length) == 0)
            return refuse(g, ERR_FORMAT, keys[i].at, "a key that the object already has");
    return 0;
}

static int object(struct gate *g) {
    size_t keys = g->keys.length, texts = g->texts.length;
    int rc = enter(g);

    if (rc < 0)
        return rc;
    if (peek_after_space(g) == '}') {
        g->at++;
        g->depth--;
        return 0;
    }
    do {
        (void)peek_after_space(g);
        rc = key(g);
        if (rc == 0)
            rc = value(g);
    } while (rc == 0 && (rc = list_ended(g, '}')) == 0);
    if (rc < 0)
        return rc;
    rc = check_keys(g, keys);
    g->keys.length = keys;
    g->texts.length = texts;
    return rc;
}

static int value(struct gate *g) {
    int byte = peek_after_space(g);
    int rc = count_one(g);

    if (rc < 0)
        return rc;
    switch (byte) {
    case '{': return object(g);
    case '[': return array(g);
    case '"': return string(g, NULL);
    case 't': return literal(g, "true");
    case 'f': return literal(g, "false");
    case 'n': return literal(g, "null");
    default: return byte == '-' || is_digit(byte) ? number(g) : expected(g, "a value");
    }
}

static int text(struct gate *g) {
    int rc;
    if (g->length >= 3 && memcmp(g->bytes, "\xEF\xBB\xBF", 3) == 0)
        return refuse(g, ERR_FORMAT, 0, "a byte order mark");
    rc = value(g);
    if (rc == 0 && peek_after_space(g) >= 0)
        rc = refuse(g, ERR_FORMAT, g->at, "more behind the value");
    return rc;
}

int json_gate(const char *bytes, size_t length, const struct json_options *options, struct err *err) {
    struct gate g = {bytes, length, 0, 0, 0, options && options->floats, BUF_INIT, BUF_INIT, err};
    size_t max = options && options->max ? options->max : JSON_MAX_DEFAULT;
    int rc;

    if (length > max)
        return err_set(err, ERR_LIMIT, "%zu bytes, larger than %zu", length, max);
    rc = text(&g);
    buf_release(&g.texts);
    buf_release(&g.keys);
    return rc;
}
