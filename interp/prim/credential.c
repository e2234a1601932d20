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

struct credential {
    struct credential *next; /* all that are held, for redaction */
    struct url origin;
    char origin_text[URL_ORIGIN_MAX];
    char *field;
    char *scheme;  /* "": none */
    char *secret;
    char *encoded; /* the secret as an address writes it */
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

/* The secret with all but letters and digits percent-encoded. */
static char *encode(const char *secret) {
    static const char digits[] = "0123456789ABCDEF";
    char *out = mem_new_array(strlen(secret) + 1, 3), *to = out;

    for (; out && *secret; secret++) {
        if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~", *secret)) {
            *to++ = *secret;
            continue;
        }
        *to++ = '%';
        *to++ = digits[(unsigned char)*secret >> 4];
        *to++ = digits[*secret & 15];
    }
    return out;
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
    credential->encoded = encode(secret);
    if (!credential->field || !credential->scheme || !credential->secret || !credential->encoded) {
        credential_free(credential);
        return err_set(err, ERR_MEMORY, "no memory for a credential");
    }
    secret_hide_memory();
    credential->next = held;
    held = credential;
    *out = credential;
    return 1;
}

void credential_free(struct credential *credential) {
    struct credential **at = &held;
    if (credential == NULL)
        return;
    while (*at && *at != credential)
        at = &(*at)->next;
    if (*at)
        *at = credential->next;
    wipe(credential->secret);
    wipe(credential->encoded);
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

/* Blots one secret out of ${length} bytes; gives the new length. */
static size_t blot(char *bytes, size_t length, const char *secret) {
    size_t n = strlen(secret), from = 0, to = 0;

    if (n < REDACT_MIN)
        return length;
    while (from < length) {
        if (length - from >= n && memcmp(bytes + from, secret, n) == 0) {
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
    for (each = held; each; each = each->next)
        length = blot(bytes, blot(bytes, length, each->secret), each->encoded);
    return length;
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
