/*
 * A process of the spec's own, from the outside: this program once more, with an
 * empty environment, one socket and the limits of limits.h, asked and answered in
 * frames of bytes. It knows no Lua and not what the bytes mean, and it trusts none.
 */
#ifndef RELRUN_SANDBOX_H
#define RELRUN_SANDBOX_H

#include <stddef.h>

struct buf;
struct err;
struct sandbox;

#define SANDBOX_ARGUMENT "--spec-process" /* argv[1] of that process */
#define SANDBOX_FD 3                      /* its end of the socket */
#define SANDBOX_REQUEST_MAX ((size_t)32 << 20)
#define SANDBOX_REPLY_MAX ((size_t)8 << 20)

struct sandbox_limits {
    unsigned cpu_s;   /* CPU seconds for an answer; 0: 2 */
    unsigned wall_ms; /* until an answer is there; 0: 10,000 */
    size_t memory;    /* bytes of Lua data; 0: 64 MiB */
};

/* Starts the process. ERR_SYSTEM, ERR_MEMORY; ERR_TIMEOUT when it does not report. */
int sandbox_start(struct sandbox **out, const struct sandbox_limits *limits, struct err *err);

/* The same in two steps, so that the process starts while its parent does something else. After a failed
 * sandbox_ready it can only be freed. */
int sandbox_begin(struct sandbox **out, const struct sandbox_limits *limits, struct err *err);
int sandbox_ready(struct sandbox *sandbox, struct err *err);

/* The limits_feature bits that hold in it. */
unsigned sandbox_features(const struct sandbox *sandbox);

/* The limits in force, with their defaults filled in. */
const struct sandbox_limits *sandbox_limits(const struct sandbox *sandbox);

/*
 * Sends the request and waits for the reply. ERR_LIMIT (CPU time, or a reply above
 * SANDBOX_REPLY_MAX), ERR_TIMEOUT (wall clock), ERR_SYSTEM (it died), ERR_MEMORY.
 * After any failure the process is gone, and so is every later answer.
 */
int sandbox_ask(struct buf *reply, struct sandbox *sandbox, const struct buf *request,
                struct err *err);

/* Kills and reaps it; sandbox_free(NULL) is harmless. */
void sandbox_free(struct sandbox *sandbox);

#endif
