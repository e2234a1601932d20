#include "err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "banned.h"

static void format_text(struct err *err, const char *format, va_list args) {
    int n = vsnprintf(err->text, sizeof err->text, format, args);
    if (n >= (int)sizeof err->text)
        memcpy(err->text + sizeof err->text - 4, "...", 4);
}

int err_set(struct err *err, int kind, const char *format, ...) {
    if (err != NULL) {
        va_list args;
        err->kind = kind;
        va_start(args, format);
        format_text(err, format, args);
        va_end(args);
    }
    return kind;
}

static int kind_of_errno(int number) {
    switch (number) {
    case ENOENT:
    case ENOTDIR: return ERR_NOT_FOUND;
    case EEXIST:
    case ENOTEMPTY: return ERR_EXISTS;
    case EACCES:
    case EPERM:
    case EROFS: return ERR_DENIED;
    case ENOMEM: return ERR_MEMORY;
    default: return ERR_SYSTEM;
    }
}

int err_system(struct err *err, const char *format, ...) {
    int number = errno; /* first, before anything can change it */
    int kind = kind_of_errno(number);
    if (err != NULL) {
        va_list args;
        size_t length;
        err->kind = kind;
        va_start(args, format);
        format_text(err, format, args);
        va_end(args);
        length = strlen(err->text);
        snprintf(err->text + length, sizeof err->text - length, "%s%s", length ? ": " : "",
                 strerror(number));
    }
    return kind;
}

const char *err_name(int kind) {
    switch (kind) {
    case ERR_MEMORY: return "memory";
    case ERR_SYSTEM: return "system";
    case ERR_NOT_FOUND: return "not_found";
    case ERR_EXISTS: return "exists";
    case ERR_LIMIT: return "limit";
    case ERR_FORMAT: return "format";
    case ERR_CONFLICT: return "conflict";
    case ERR_TIMEOUT: return "timeout";
    case ERR_UNSUPPORTED: return "unsupported";
    case ERR_DENIED: return "denied";
    case ERR_LOCKED: return "locked";
    case ERR_UNSENT: return "unsent";
    case ERR_TLS: return "tls";
    case ERR_UNKNOWN: return "unknown";
    case ERR_REDIRECT: return "redirect";
    default: return "error";
    }
}
