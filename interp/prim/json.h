/*
 * JSON as a release needs it: a strict gate, a parsed tree behind it, and the
 * scalars of the canonical form (RFC 8785). The gate refuses whatever two
 * readers could understand differently; only bytes that passed it reach cJSON,
 * which accepts and mangles such things. It knows no Lua and no plan.
 *
 * A tree belongs to whoever parsed it until json_free; every other function
 * borrows, and what it returns lives as long as the tree.
 */
#ifndef RELRUN_JSON_H
#define RELRUN_JSON_H

#include <stddef.h>

struct buf;
struct err;
struct json;

#define JSON_MAX_DEFAULT ((size_t)64 << 20) /* bytes of one text */
#define JSON_DEPTH_MAX 64                   /* arrays and objects inside one another */
#define JSON_VALUES_MAX ((size_t)4 << 20)   /* values and keys: they cost more memory than text */
#define JSON_INTEGER_MAX 9007199254740991LL /* 2^53-1: what every reader holds exactly */

#define JSON_NUMBER_MAX 60                  /* characters of a number with a fraction or exponent */

enum json_type { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_INTEGER, JSON_FLOAT, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json_options {
    size_t max; /* bytes; 0: JSON_MAX_DEFAULT */
    int floats; /* 1: numbers with a fraction or exponent pass, and -0; for what others say, never for what we write */
};

/*
 * Accepts one RFC 8259 text in valid UTF-8, and of those only the ones without byte order mark,
 * NUL (raw or \u0000), lone surrogate, duplicate key (compared decoded), or a number that is not
 * an integer within +-JSON_INTEGER_MAX in its shortest form. The bytes need no NUL behind them.
 * ${options} may be NULL. ERR_FORMAT and ERR_LIMIT say "line L, column C: what", lines
 * and columns (in characters) from 1; too many bytes are ERR_LIMIT without a place. ERR_MEMORY.
 */
int json_gate(const char *bytes, size_t length, const struct json_options *options, struct err *err);

/* Parses what the gate lets pass. The errors are the gate's. The caller frees with json_free. */
int json_parse(struct json **out, const char *bytes, size_t length, const struct json_options *options,
               struct err *err);
void json_free(struct json *json);

enum json_type json_type(const struct json *json);
/* The value of a JSON_INTEGER (however it was written: 1.0 is one), of a JSON_FLOAT, and the UTF-8 text (without NUL
 * inside) of a JSON_STRING. */
long long json_integer(const struct json *json);
double json_float(const struct json *json);
const char *json_text(const struct json *json);
/* Elements of an array or members of an object: how many, the first, the one after; NULL: none. */
size_t json_count(const struct json *json);
const struct json *json_first(const struct json *json);
const struct json *json_next(const struct json *json);
/* The key of an object's member. */
const char *json_key(const struct json *member);

/* Appends the canonical form of a string. ERR_FORMAT (not UTF-8, or a NUL byte inside: the text
 * says at which byte) leaves ${out} as it was; ERR_LIMIT and ERR_MEMORY may leave a part. */
int json_write_text(struct buf *out, const char *text, size_t length, struct err *err);
/* Appends an integer. ERR_LIMIT beyond +-JSON_INTEGER_MAX, ERR_MEMORY. */
int json_write_integer(struct buf *out, long long value, struct err *err);
/* Orders keys by their UTF-16 code units, as RFC 8785 asks: negative, 0 or positive. */
int json_compare_keys(const char *a, size_t a_length, const char *b, size_t b_length);

#endif
