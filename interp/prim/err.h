/*
 * What a primitive says when the world refuses. It knows kinds and one line of
 * text; it does not know who asked, so the text leaves out what the caller
 * already knows and the caller adds it. Misuse of a primitive is an assert in C
 * and a raised error in Lua, never a struct err.
 */
#ifndef RELRUN_ERR_H
#define RELRUN_ERR_H

enum err_kind {
    ERR_OK = 0,
    ERR_MEMORY = -1,      /* an allocation was refused */
    ERR_SYSTEM = -2,      /* a system call failed; the text ends with its reason */
    ERR_NOT_FOUND = -3,   /* the file, ref or object is not there */
    ERR_EXISTS = -4,      /* it is there already, and must not be */
    ERR_LIMIT = -5,       /* a size, depth or count is above its cap */
    ERR_FORMAT = -6,      /* bytes that are not what they should be */
    ERR_CONFLICT = -7,    /* a compare-and-swap found another value */
    ERR_TIMEOUT = -8,     /* a deadline passed */
    ERR_UNSUPPORTED = -9, /* understood, and not done by this build */
    ERR_DENIED = -10,     /* the peer or the file system says no */
    ERR_LOCKED = -11,     /* another process holds the lock of a ref or a file */
    ERR_UNSENT = -12,     /* the request did not leave: no such host, no connection, refused by us */
    ERR_TLS = -13,        /* nor did this one: the peer did not prove who it is, or speaks too old a TLS */
    ERR_UNKNOWN = -14,    /* the request went out and no whole answer came: the peer may have done it */
    ERR_REDIRECT = -15    /* a redirection that is not followed: too many, a downgrade, no http(s) address */
};

/* Longer texts are cut here and end in "...": outside data has a cap too. */
#define ERR_TEXT_MAX 1024

struct err {
    int kind;
    char text[ERR_TEXT_MAX];
};

/*
 * Sets the kind and the formatted text and returns the kind, so that a failure
 * is one line: return err_set(err, ERR_FORMAT, "...", ...). ${err} may be NULL.
 */
int err_set(struct err *err, int kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for a failed system call: appends ": " and the reason of errno, and picks
 * ERR_NOT_FOUND, ERR_EXISTS, ERR_DENIED or ERR_MEMORY where errno says so. */
int err_system(struct err *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The word for a kind ("not_found"), as Lua sees it; total: "error" for others. */
const char *err_name(int kind);

#endif
