#include "course.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "credential.h"
#include "mem.h"
#include "payload.h"
#include "sink.h"
#include "url.h"
#include "wire.h"

#include "banned.h"

#define LINES_MAX 64
#define ERROR_BODY_MAX ((unsigned long long)1 << 20) /* of an answer that does not go to its sink */
#define PATH_SHOWN 200

struct course {
    const struct http_request *request;
    struct http_answer *answer;
    struct wire_exchange exchange;
    struct payload *payload;
    struct sink memory, file;
    struct url url;
    int hops;
    int abroad;       /* 1: the first origin was left once, and the caller's fields stay behind for good */
    int unaccredited; /* 1: an address had no credential, so what it says has none either */
    char *lines[LINES_MAX + 1];
    size_t line_count;
};

/* ---- what is sent to one address ---- */

static void wipe_lines(struct course *c) {
    while (c->line_count > 0) {
        char *line = c->lines[--c->line_count];
        explicit_bzero(line, strlen(line));
        mem_free(line);
        c->lines[c->line_count] = NULL;
    }
}

static int add_line(struct course *c, const char *name, const char *value, struct err *err) {
    size_t room = strlen(name) + strlen(value) + 3;
    char *line;

    if (c->line_count == LINES_MAX)
        return err_set(err, ERR_LIMIT, "more than %d fields", LINES_MAX);
    line = mem_new(room);
    if (line == NULL)
        return err_set(err, ERR_MEMORY, "no memory for a request");
    /* libcurl's way to write a field without a value is a semicolon. */
    snprintf(line, room, *value ? "%s: %s" : "%s;%s", name, value);
    c->lines[c->line_count++] = line;
    return 0;
}

static int is_portable(const char *name) {
    return strcasecmp(name, "Accept") == 0 || strcasecmp(name, "User-Agent") == 0 || strcasecmp(name, "Range") == 0;
}

static int add_fields(struct course *c, struct err *err) {
    const char *const *at = c->request->fields;
    int rc = 0, agent = 0;

    for (; at && at[0] && rc == 0; at += 2) {
        if (c->abroad && !is_portable(at[0]))
            continue;
        agent |= strcasecmp(at[0], "User-Agent") == 0;
        rc = add_line(c, at[0], at[1], err);
    }
    if (rc == 0 && !agent)
        rc = add_line(c, "User-Agent", "relrun/" RELRUN_VERSION, err);
    return rc;
}

/* The credential of this very origin, unless somebody without one sent us here. */
static int add_credential(struct course *c, struct err *err) {
    struct credential *const *each = c->request->credentials;
    struct buf line = BUF_INIT;
    int rc;

    while (each && *each && !credential_is_for(*each, &c->url))
        each++;
    if (each == NULL || *each == NULL) {
        c->unaccredited = 1;
        return 0;
    }
    if (c->unaccredited)
        return 0;
    if (c->line_count == LINES_MAX)
        return err_set(err, ERR_LIMIT, "more than %d fields", LINES_MAX);
    rc = credential_write(&line, *each, &c->url, err);
    if (rc < 0)
        return rc;
    c->lines[c->line_count++] = line.bytes; /* ours from now on */
    return 0;
}

static int receive(struct wire_exchange *x, const void *bytes, size_t length, struct err *err) {
    struct course *c = x->owner;
    int wanted = c->file.path && head_is_success(&x->head);
    return sink_write(wanted ? &c->file : &c->memory, bytes, length, err);
}

static int start(struct course *c, struct err *err) {
    const struct http_request *r = c->request;
    struct wire_exchange *x = &c->exchange;
    int files = r->upload || r->sink, rc;

    fields_release(&x->head.fields);
    memset(x, 0, sizeof *x);
    rc = add_fields(c, err);
    if (rc == 0)
        rc = add_credential(c, err);
    if (rc < 0)
        return rc;
    x->method = r->method;
    x->url = c->url.text;
    x->lines = (const char *const *)c->lines;
    x->payload = c->payload;
    x->ca_file = r->ca_file;
    x->timeout_ms = r->timeout_ms ? r->timeout_ms : files ? HTTP_FILE_TIMEOUT_MS : HTTP_TIMEOUT_MS;
    x->idle_ms = r->idle_ms ? r->idle_ms : HTTP_IDLE_MS;
    x->receive = receive;
    x->owner = c;
    return wire_start(x, err);
}

/* ---- beginning and end ---- */

static int takes_payload(const char *method) {
    return strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 || strcmp(method, "PATCH") == 0;
}

static int prepare(struct course *c, struct err *err) {
    static const struct sink initial = SINK_INIT;
    const struct http_request *r = c->request;
    unsigned long long max = r->max ? r->max : r->sink ? HTTP_FILE_MAX_DEFAULT : HTTP_MAX_DEFAULT;
    int rc;

    c->memory = c->file = initial;
    rc = url_parse(&c->url, r->url, err);
    if (rc == 0 && r->upload)
        rc = payload_of_file(&c->payload, r->upload, r->upload_size, err);
    else if (rc == 0 && (r->body || takes_payload(r->method)))
        rc = payload_of_bytes(&c->payload, r->body, r->body_length, err);
    if (rc == 0)
        rc = sink_open(&c->memory, NULL, r->sink && max > ERROR_BODY_MAX ? ERROR_BODY_MAX : max, err);
    if (rc == 0 && r->sink)
        rc = sink_open(&c->file, r->sink, max, err);
    return rc;
}

/* Leaves the path of an address that nobody goes to any more, without secrets: half of one would not be known again. */
static const char *path_to_show(struct url *url) {
    char *path = url->text + url->origin_length;

    path[url->path_length] = '\0';
    credential_redact(path);
    url->path_length = strlen(path);
    return path;
}

/* The failure as the caller knows it: method, origin and path before it, and one of the kinds of http.h. The course
 * ends with it. */
static void fail(struct course *c, const struct err *why, int begun) {
    struct http_answer *out = c->answer;
    int kind = why->kind;

    if (kind != ERR_REDIRECT && kind != ERR_UNSUPPORTED)
        kind = begun ? (kind == ERR_LIMIT ? ERR_LIMIT : ERR_UNKNOWN) : kind == ERR_TLS ? ERR_TLS : ERR_UNSENT;
    out->rc = kind;
    if (c->url.origin_length) {
        const char *path = path_to_show(&c->url);
        err_set(&out->err, kind, "%s %.*s%.*s%s: %s", c->request->method, (int)c->url.origin_length, c->url.text,
                PATH_SHOWN, path, c->url.path_length > PATH_SHOWN ? "..." : "", why->text);
    } else
        err_set(&out->err, kind, "%s: %s", c->request->method, why->text);
    credential_redact(out->err.text);
}

struct course *course_begin(const struct http_request *request, struct http_answer *answer) {
    struct course *c = mem_new(sizeof *c);
    struct err err;

    memset(answer, 0, sizeof *answer);
    if (c == NULL) {
        answer->rc = err_set(&answer->err, ERR_UNSENT, "%s: no memory for a request", request->method);
        return NULL;
    }
    c->request = request;
    c->answer = answer;
    if (prepare(c, &err) == 0 && start(c, &err) == 0)
        return c;
    fail(c, &err, 0);
    course_free(c);
    return NULL;
}

void course_free(struct course *c) {
    if (c == NULL)
        return;
    wire_abandon(&c->exchange);
    fields_release(&c->exchange.head.fields);
    wipe_lines(c);
    sink_drop(&c->memory);
    sink_drop(&c->file);
    payload_free(c->payload);
    mem_free(c);
}

/* Whoever reads an answer may print or keep it, and a server may say back what it was sent. The bytes of a file are
 * not read: they stay as they are, and as their digest says. */
static void redact(struct http_answer *out) {
    credential_redact_buf(&out->fields.entries);
    credential_redact_buf(&out->body);
    credential_redact_buf(&out->url);
}

/* Hands over what came. */
static int complete(struct course *c, struct err *err) {
    struct http_answer *out = c->answer;
    size_t shown = c->hops ? c->url.origin_length + c->url.path_length : strlen(c->url.text);
    int rc;

    out->in_file = c->file.path && head_is_success(&c->exchange.head);
    rc = buf_append(&out->url, c->url.text, shown);
    if (rc < 0)
        return err_set(err, rc, "no memory for an answer");
    if (out->in_file) {
        rc = sink_close(out->sha256, &c->file, err);
        if (rc < 0)
            return rc;
        out->size = c->file.size;
    } else {
        out->body = c->memory.bytes;
        memset(&c->memory.bytes, 0, sizeof c->memory.bytes);
        out->size = c->memory.size;
    }
    out->status = c->exchange.head.status;
    out->fields = c->exchange.head.fields;
    memset(&c->exchange.head.fields, 0, sizeof c->exchange.head.fields);
    out->redirected = c->hops > 0;
    if (c->payload)
        memcpy(out->upload_sha256, payload_sha256(c->payload), DIGEST_HEX_MAX);
    redact(out);
    return 0;
}

/* ---- redirections ---- */

static int is_redirection(const struct course *c) {
    int status = c->exchange.head.status;
    const struct http_request *r = c->request;
    if (r->redirects < 0 || (strcmp(r->method, "GET") != 0 && strcmp(r->method, "HEAD") != 0))
        return 0;
    return (status == 301 || status == 302 || status == 303 || status == 307 || status == 308) &&
           fields_get(&c->exchange.head.fields, "location") != NULL;
}

static int redirect(struct course *c, struct err *err) {
    int most = c->request->redirects ? c->request->redirects : HTTP_REDIRECTS_MAX;
    struct url *to;
    struct err why;

    if (c->hops >= most)
        return err_set(err, ERR_REDIRECT, "more than %d redirections", most);
    if (fields_disagree(&c->exchange.head.fields, "location"))
        return err_set(err, ERR_REDIRECT, "a redirection to two addresses at once");
    to = mem_new(sizeof *to);
    if (to == NULL)
        return err_set(err, ERR_MEMORY, "no memory for a redirection");
    if (url_resolve(to, &c->url, fields_get(&c->exchange.head.fields, "location"), &why) < 0) {
        err_set(err, ERR_REDIRECT, "a redirection that is not followed: %s", why.text);
        goto done;
    }
    if (c->url.tls && !to->tls) {
        err_set(err, ERR_REDIRECT, "a redirection from https to http is not followed");
        goto done;
    }
    c->hops++;
    if (!url_same_origin(&c->url, to))
        c->abroad = 1;
    c->url = *to;
    wipe_lines(c);
    sink_drop(&c->memory);
    (void)sink_open(&c->memory, NULL, c->memory.max, NULL);
    mem_free(to);
    return start(c, err);
done:
    mem_free(to);
    return ERR_REDIRECT;
}

int course_go_on(struct course *c) {
    struct wire_exchange *x = &c->exchange;
    struct err err;

    if (x->rc < 0) {
        fail(c, &x->err, x->begun);
        return 0;
    }
    if (is_redirection(c)) {
        if (redirect(c, &err) == 0)
            return 1;
        fail(c, &err, 0);
    } else if (complete(c, &err) < 0) {
        http_answer_release(c->answer);
        fail(c, &err, 1);
    }
    return 0;
}

void course_give_up(struct course *c, const char *why) {
    struct err err;
    err_set(&err, ERR_SYSTEM, "%s", why);
    fail(c, &err, c->exchange.begun);
}

void course_progress(unsigned long long *done, unsigned long long *total, const struct course *c) {
    const char *length = fields_get(&c->exchange.head.fields, "content-length");

    *done = *total = 0;
    if (c->payload) {
        *done += c->exchange.sent;
        *total += (unsigned long long)payload_size(c->payload);
    }
    if (c->request->sink) {
        *done += c->file.size;
        if (length && head_is_success(&c->exchange.head))
            *total += strtoull(length, NULL, 10);
    }
}

void course_clear_away(struct course *c) {
    sink_drop(&c->file);
}
