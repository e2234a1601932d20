/*
 * libcurl: one request to one address and its answer, several at a time. Everything that makes a connection safe
 * is fixed here and has no switch: TLS 1.2 or newer with the peer and its name verified, one scheme, no proxy, no
 * netrc, no cookies, no decoding, no redirection, nothing from the environment. It knows neither credentials
 * (they are lines like others) nor what to do with an answer.
 *
 * libcurl is loaded at the first exchange. Connections are kept for the next one until wire_close.
 */
#ifndef RELRUN_WIRE_H
#define RELRUN_WIRE_H

#include <stddef.h>

#include "err.h"
#include "head.h"

struct payload;

struct wire_exchange {
    /* What is sent, and within which limits: borrowed until the exchange has ended. */
    const char *method;       /* GET, HEAD, POST, PUT, PATCH or DELETE */
    const char *url;          /* as url_parse normalised it */
    const char *const *lines; /* "Name: value", NULL-terminated */
    struct payload *payload;  /* NULL: none */
    const char *ca_file;      /* PEM file of the only authorities to trust; NULL: the system's */
    unsigned timeout_ms;      /* for all of it */
    unsigned idle_ms;         /* with next to no bytes moving; rounded up to seconds */

    /* Called with every piece of the answer's body, when its head is known: 0, or a negative kind with ${err}
     * set, which ends the exchange. */
    int (*receive)(struct wire_exchange *exchange, const void *bytes, size_t length, struct err *err);
    void *owner; /* the caller's */

    /* What came. */
    struct head head;
    int begun;               /* 1: a request may have reached the peer */
    unsigned long long sent; /* bytes of the payload */
    int rc;                  /* 0, or the kind of ${err}, in which no part of an address but its host stands */
    struct err err;

    /* The wire's own. */
    void *handle, *list;
    char detail[256];
};

/* Begins an exchange, whose results the caller has set to zero. ERR_UNSUPPORTED without libcurl, ERR_MEMORY. */
int wire_start(struct wire_exchange *exchange, struct err *err);

/* Moves what can be moved, waiting at most ${wait_ms} for it. ERR_SYSTEM, ERR_MEMORY. */
int wire_step(int wait_ms, struct err *err);

/* An exchange that has ended since it was last asked, with rc set, or NULL. ERR_UNSENT or ERR_TLS when ${begun} is 0;
 * otherwise ERR_UNKNOWN, or what ${receive} said. */
struct wire_exchange *wire_ended(void);

/* Gives an exchange up, whatever its state; harmless for one that has ended. The head stays the caller's. */
void wire_abandon(struct wire_exchange *exchange);

/* Closes the kept connections and gives everything back; no exchange may run. The next one begins anew. */
void wire_close(void);

#endif
