#include "credential.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "err.h"
#include "fields.h"
#include "mem.h"
#include "secret.h"
#include "url.h"

#include "banned.h"

/* Shorter ones are words of any text: to blot them out would tell more than it hides. */
#define REDACT_MIN 6
#define FORMS 4 /* the secret itself, and in base64 at each of its three offsets */

struct credential {
    struct credential *next; /* all that are held, for redaction */
    struct url origin;
    char origin_text[URL_ORIGIN_MAX];
    char *field;
    char *scheme; /* "": none */
    char *secret;
    char *forms[FORMS]; /* folded; what an escape of some kind may write differently still */
};

static struct credential *held;

static void wipe(char *text) {
    if (text)
        explicit_bzero(text, strlen(text));
    mem_free(text);
}

static int check_secret(const char *name, const char *secret, struct err *err) {
    const char *at;
    if (*secret == '\0')
        return err_set(err, ERR_FORMAT, "%s is empty", name);
    if (strlen(secret) > CREDENTIAL_MAX)
        return err_set(err, ERR_LIMIT, "%s holds more than %d bytes", name, CREDENTIAL_MAX);
    for (at = secret; *at; at++)
        if (*at <= ' ' || *at > '~')
            return err_set(err, ERR_FORMAT, "%s holds white space, a control byte or a character of no token", name);
    return 0;
}

static int check_origin(struct url *out, const char *text, struct err *err) {
    int rc = url_parse(out, text, err);
    if (rc == 0 && strcmp(out->text + out->origin_length, "/") != 0)
        return err_set(err, ERR_FORMAT, "an origin is scheme, host and port; this address has a path too");
    return rc;
}

/* One character for those that stand for each other: the case of letters, which names of fields and hosts lose, and the
 * two alphabets of base64. */
static char fold(char c) {
    if (c >= 'A' && c <= 'Z')
        return (char)(c | 0x20);
    return c == '-' ? '+' : c == '_' ? '/' : c;
}

/* Base64 of a text with the secret behind ${offset} other bytes: those of its digits that are the secret's alone. */
static char *encode(const char *secret, size_t offset) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t bits = 8 * strlen(secret), bit = (6 - 8 * offset % 6) % 6;
    char *out = mem_new_array(strlen(secret) + 1, 2), *to = out;

    for (; out && bit + 6 <= bits; bit += 6) {
        unsigned pair = (unsigned)(unsigned char)secret[bit / 8] << 8 | (unsigned char)secret[bit / 8 + 1];
        *to++ = digits[pair >> (10 - bit % 8) & 63];
    }
    return out;
}

/* Those that are too short are left empty. 0, or ERR_MEMORY. */
static int make_forms(struct credential *credential) {
    size_t i;
    char *at;

    for (i = 0; i < FORMS; i++) {
        credential->forms[i] = i == 0 ? mem_copy(credential->secret, strlen(credential->secret))
                                      : encode(credential->secret, i - 1);
        if (credential->forms[i] == NULL)
            return ERR_MEMORY;
        for (at = credential->forms[i]; *at; at++)
            *at = fold(*at);
        if (at - credential->forms[i] < REDACT_MIN)
            explicit_bzero(credential->forms[i], (size_t)(at - credential->forms[i]));
    }
    return 0;
}

int credential_read(struct credential **out, const struct credential_options *o, struct err *err) {
    const char *const *name;
    const char *const given[] = {"the token", NULL};
    const char *field = o->field ? o->field : "Authorization", *secret = NULL;
    const char *scheme = o->scheme ? o->scheme : strcasecmp(field, "Authorization") == 0 ? "Bearer" : "";
    struct credential *credential;
    int rc;

    name = o->token ? given : o->names;
    if (o->token)
        secret = o->token;
    else
        while (*name && ((secret = getenv(*name)) == NULL || *secret == '\0'))
            name++;
    if (!fields_is_name(field) || (*scheme && !fields_is_name(scheme)))
        return err_set(err, ERR_FORMAT, "a credential's field or scheme that is no word");
    credential = mem_new(sizeof *credential);
    if (credential == NULL)
        return err_set(err, ERR_MEMORY, "no memory for a credential");
    rc = check_origin(&credential->origin, o->origin, err);
    if (rc == 0 && *name)
        rc = check_secret(*name, secret, err);
    if (rc < 0 || *name == NULL) {
        mem_free(credential);
        return rc;
    }
    url_origin(credential->origin_text, &credential->origin);
    credential->field = mem_copy(field, strlen(field));
    credential->scheme = mem_copy(scheme, strlen(scheme));
    credential->secret = mem_copy(secret, strlen(secret));
    if (!credential->field || !credential->scheme || !credential->secret || make_forms(credential) < 0) {
        credential_free(credential);
        return err_set(err, ERR_MEMORY, "no memory for a credential");
    }
    secret_hide_memory();
    *out = credential;
    if (o->token) /* no secret; and a server that could choose what is blotted out would change what others say */
        return 1;
    credential->next = held;
    held = credential;
    return 1;
}

void credential_free(struct credential *credential) {
    struct credential **at = &held;
    size_t i;

    if (credential == NULL)
        return;
    while (*at && *at != credential)
        at = &(*at)->next;
    if (*at)
        *at = credential->next;
    wipe(credential->secret);
    for (i = 0; i < FORMS; i++)
        wipe(credential->forms[i]);
    mem_free(credential->field);
    mem_free(credential->scheme);
    mem_free(credential);
}

const char *credential_origin(const struct credential *credential) {
    return credential->origin_text;
}

int credential_is_for(const struct credential *credential, const struct url *url) {
    return url_same_origin(&credential->origin, url);
}

int credential_write(struct buf *out, const struct credential *credential, const struct url *url, struct err *err) {
    size_t before = out->length;

    assert(credential_is_for(credential, url)); /* the last door before the wire */
    if (buf_reserve(out, strlen(credential->field) + strlen(credential->scheme) + strlen(credential->secret) + 3) < 0 ||
        buf_append_text(out, credential->field) < 0 || buf_append_text(out, ": ") < 0 ||
        (*credential->scheme && (buf_append_text(out, credential->scheme) < 0 || buf_append_text(out, " ") < 0)) ||
        buf_append_text(out, credential->secret) < 0) {
        out->length = before;
        return err_set(err, ERR_MEMORY, "no memory for a request");
    }
    return 0;
}

/* ---- blotting out ---- */

/* The character that ${n} hexadecimal digits stand for, or -1. */
static int hexadecimal(const char *text, size_t n) {
    int value = 0;
    for (; n > 0; n--, text++) {
        int c = fold(*text), digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (digit < 0)
            return -1;
        value = value << 4 | digit;
    }
    return value;
}

/* How many bytes at ${text} escape the character of a form, as an address or JSON does; 0: they do not. */
static size_t escape(const char *text, size_t left, char c) {
    int value;

    if (left >= 3 && text[0] == '%') {
        value = hexadecimal(text + 1, 2);
        return value > 0 && fold((char)value) == c ? 3 : 0;
    }
    if (left < 2 || text[0] != '\\')
        return 0;
    if (text[1] == '/' || text[1] == '"' || text[1] == '\\')
        return fold(text[1]) == c ? 2 : 0;
    value = left >= 6 && text[1] == 'u' ? hexadecimal(text + 2, 4) : 0;
    return value > 0 && value <= '~' && fold((char)value) == c ? 6 : 0;
}

/* How many bytes at ${text} write the form, with escapes or without; 0: they do not, as none write an empty one. */
static size_t extent(const char *text, size_t left, const char *form, int escaped) {
    size_t at = 0;

    for (; *form; form++) {
        size_t n = escaped ? escape(text + at, left - at, *form) : 0;
        if (n == 0)
            n = at < left && fold(text[at]) == *form;
        if (n == 0)
            return 0;
        at += n;
    }
    return at;
}

/* The same of any of the credential's forms. The escapes come second: a secret may look like one. */
static size_t extent_of_any(const char *text, size_t left, const struct credential *credential) {
    size_t i, n = 0;

    for (i = 0; n == 0 && i < 2 * FORMS; i++)
        n = extent(text, left, credential->forms[i / 2], i % 2);
    return n;
}

/* Blots one secret out of ${length} bytes; gives the new length. */
static size_t blot(char *bytes, size_t length, const struct credential *credential) {
    char begins[256] = {['%'] = 1, ['\\'] = 1}; /* what a form can begin with: few bytes of a long answer */
    size_t from = 0, to = 0, i, c;

    for (i = 0; i < FORMS; i++)
        for (c = 0; c < sizeof begins; c++)
            begins[c] |= fold((char)c) == credential->forms[i][0];
    while (from < length) {
        size_t n = begins[(unsigned char)bytes[from]] ? extent_of_any(bytes + from, length - from, credential) : 0;
        if (n > 0) {
            memcpy(bytes + to, "***", 3);
            to += 3;
            from += n;
        } else
            bytes[to++] = bytes[from++];
    }
    return to;
}

static size_t redact(char *bytes, size_t length) {
    const struct credential *each;
    size_t left = length;

    for (each = held; each; each = each->next)
        left = blot(bytes, left, each);
    explicit_bzero(bytes + left, length - left); /* where the end of the longer text still stands */
    return left;
}

void credential_redact(char *text) {
    text[redact(text, strlen(text))] = '\0';
}

void credential_redact_buf(struct buf *bytes) {
    if (bytes->bytes == NULL)
        return;
    bytes->length = redact(bytes->bytes, bytes->length);
    bytes->bytes[bytes->length] = '\0';
}
