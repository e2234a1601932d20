#include "wire.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The checks of setopt's arguments are macros over the name, and we call through a pointer. */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#include "mem.h"
#include "payload.h"
#include "wire_memory.h"

#include "banned.h"

#ifndef LIBCURL_SONAME
#error "LIBCURL_SONAME is set by the Makefile"
#endif

#define CONNECT_MS 15000L
#define SLOW_BYTES 16L /* a second: less is a peer that holds us, not one that works */
#define PIECE (256L << 10)

/* Every function of libcurl that is used here; the types come from its header. */
#define LIBCURL_FUNCTIONS(X)                                                                       \
    X(curl_easy_cleanup)                                                                           \
    X(curl_easy_getinfo)                                                                           \
    X(curl_easy_init)                                                                              \
    X(curl_easy_setopt)                                                                            \
    X(curl_easy_strerror)                                                                          \
    X(curl_global_cleanup)                                                                         \
    X(curl_global_init_mem)                                                                        \
    X(curl_multi_add_handle)                                                                       \
    X(curl_multi_cleanup)                                                                          \
    X(curl_multi_info_read)                                                                        \
    X(curl_multi_init)                                                                             \
    X(curl_multi_perform)                                                                          \
    X(curl_multi_poll)                                                                             \
    X(curl_multi_remove_handle)                                                                    \
    X(curl_multi_strerror)

#define DECLARE(function) __typeof__(function) *function;
static struct {
    void *handle;
    CURLM *multi;
    LIBCURL_FUNCTIONS(DECLARE)
} lib;

/* ---- loading ---- */

/* What OpenSSL and libcurl take from the environment when they start: a file for the keys of every connection, and one
 * of settings and modules. Programs that relrun starts may want them, so they are only hidden meanwhile. */
static const char *const tricks[] = {"SSLKEYLOGFILE", "OPENSSL_CONF", "OPENSSL_ENGINES", "OPENSSL_MODULES"};
enum { TRICKS = sizeof tricks / sizeof *tricks };

static int hide_tricks(char *values[TRICKS]) {
    int i;
    for (i = 0; i < TRICKS; i++) {
        const char *value = getenv(tricks[i]);
        values[i] = value ? mem_copy(value, strlen(value)) : NULL;
        if (value && values[i] == NULL)
            return -1;
        unsetenv(tricks[i]);
    }
    return 0;
}

static void restore_tricks(char *values[TRICKS]) {
    int i;
    for (i = 0; i < TRICKS; i++) {
        if (values[i])
            (void)setenv(tricks[i], values[i], 1);
        mem_free(values[i]);
    }
}

static CURLcode init(void) {
    char *values[TRICKS] = {NULL};
    CURLcode code = CURLE_OUT_OF_MEMORY;

    if (hide_tricks(values) == 0)
        code = lib.curl_global_init_mem(CURL_GLOBAL_DEFAULT, wire_memory_new, wire_memory_free, wire_memory_resize,
                                        wire_memory_copy, wire_memory_new_array);
    restore_tricks(values);
    return code;
}

static int load(struct err *err) {
    void *handle;
    CURLcode code;

    if (lib.handle)
        return 0;
    handle = dlopen(LIBCURL_SONAME, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL)
        return err_set(err, ERR_UNSUPPORTED, "HTTP needs the library %s: %s", LIBCURL_SONAME, dlerror());
#define FIND(function)                                                                             \
    *(void **)&lib.function = dlsym(handle, #function);                                            \
    if (lib.function == NULL) {                                                                    \
        dlclose(handle);                                                                           \
        return err_set(err, ERR_UNSUPPORTED, "%s lacks %s", LIBCURL_SONAME, #function);            \
    }
    LIBCURL_FUNCTIONS(FIND)
    code = init();
    if (code != CURLE_OK) {
        dlclose(handle);
        return err_set(err, ERR_SYSTEM, "%s does not start: %s", LIBCURL_SONAME, lib.curl_easy_strerror(code));
    }
    lib.multi = lib.curl_multi_init();
    if (lib.multi == NULL) {
        lib.curl_global_cleanup();
        dlclose(handle);
        return err_set(err, ERR_MEMORY, "no memory for connections");
    }
    lib.handle = handle;
    return 0;
}

void wire_close(void) {
    if (lib.handle == NULL)
        return;
    lib.curl_multi_cleanup(lib.multi);
    lib.curl_global_cleanup();
    /* The library stays mapped: OpenSSL has handlers for the end of the process in it. */
    lib.handle = NULL;
    lib.multi = NULL;
}

/* ---- what libcurl calls ---- */

static int begin(void *context, char *peer, char *own, int peer_port, int own_port) {
    struct wire_exchange *x = context;
    (void)peer, (void)own, (void)peer_port, (void)own_port;
    x->begun = 1;
    return CURL_PREREQFUNC_OK;
}

static size_t take_line(char *line, size_t size, size_t count, void *context) {
    struct wire_exchange *x = context;
    size_t length = size * count;

    x->rc = head_take(&x->head, x->method, line, length, &x->err);
    return x->rc < 0 ? 0 : length;
}

static size_t take_bytes(char *bytes, size_t size, size_t count, void *context) {
    struct wire_exchange *x = context;
    x->rc = x->receive(x, bytes, size * count, &x->err);
    return x->rc < 0 ? 0 : size * count;
}

static size_t give_bytes(char *into, size_t size, size_t count, void *context) {
    struct wire_exchange *x = context;
    size_t got = 0;
    x->rc = payload_read(&got, x->payload, into, size * count, &x->err);
    if (x->rc < 0)
        return CURL_READFUNC_ABORT;
    x->sent += got;
    return got;
}

/* Asked for when the peer answers 417 to our Expect: it took nothing yet. */
static int seek_payload(void *context, curl_off_t offset, int origin) {
    struct wire_exchange *x = context;
    if (offset != 0 || origin != SEEK_SET)
        return CURL_SEEKFUNC_CANTSEEK;
    x->sent = 0;
    x->rc = payload_rewind(x->payload, &x->err);
    return x->rc < 0 ? CURL_SEEKFUNC_FAIL : CURL_SEEKFUNC_OK;
}

/* ---- one exchange ---- */

/* A list without copies: what stands in the lines is wiped by their owner. */
static int build_list(struct wire_exchange *x) {
    struct curl_slist *list;
    size_t n = 0, i;

    while (x->lines[n])
        n++;
    list = mem_new_array(n + 1, sizeof *list); /* one more than needed: no lines are a list too */
    if (list == NULL)
        return -1;
    for (i = 0; i < n; i++) {
        list[i].data = (char *)x->lines[i];
        list[i].next = i + 1 < n ? list + i + 1 : NULL;
    }
    x->list = list;
    return 0;
}

#define SET(option, value)                                                                         \
    if (code == CURLE_OK)                                                                          \
    code = lib.curl_easy_setopt(easy, option, value)

/* What no caller can change. */
static CURLcode set_safety(CURL *easy, const struct wire_exchange *x) {
    int tls = strncmp(x->url, "https:", 6) == 0;
    CURLcode code = CURLE_OK;

#if LIBCURL_VERSION_NUM >= 0x075500
    SET(CURLOPT_PROTOCOLS_STR, tls ? "https" : "http");
#else
    SET(CURLOPT_PROTOCOLS, (long)(tls ? CURLPROTO_HTTPS : CURLPROTO_HTTP));
#endif
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_CIPHER_LIST, "DEFAULT@SECLEVEL=2"); /* whatever a file of OpenSSL's says */
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_HTTP09_ALLOWED, 0L);
    /* One way to frame an answer, so that head.c can judge it; it asks before it sends, and uploads are faster. */
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_HTTP_CONTENT_DECODING, 0L); /* what a digest stands for is what came */
    SET(CURLOPT_HTTP_TRANSFER_DECODING, 1L);
    SET(CURLOPT_PATH_AS_IS, 1L);
    if (x->ca_file) {
        SET(CURLOPT_CAINFO, x->ca_file);
        SET(CURLOPT_CAPATH, NULL);
    }
    return code;
}

static CURLcode set_limits(CURL *easy, const struct wire_exchange *x) {
    long connect = x->timeout_ms < CONNECT_MS ? (long)x->timeout_ms : CONNECT_MS;
    CURLcode code = CURLE_OK;

    SET(CURLOPT_CONNECTTIMEOUT_MS, connect);
    SET(CURLOPT_TIMEOUT_MS, (long)x->timeout_ms);
    SET(CURLOPT_LOW_SPEED_LIMIT, SLOW_BYTES);
    SET(CURLOPT_LOW_SPEED_TIME, (long)((x->idle_ms + 999) / 1000));
    SET(CURLOPT_BUFFERSIZE, PIECE);
    SET(CURLOPT_UPLOAD_BUFFERSIZE, PIECE);
    return code;
}

static CURLcode set_method(CURL *easy, struct wire_exchange *x) {
    CURLcode code = CURLE_OK;

    if (x->payload) {
        SET(CURLOPT_UPLOAD, 1L); /* above 1 MiB libcurl asks before it sends (RFC 9110, 10.1.1) */
        SET(CURLOPT_INFILESIZE_LARGE, (curl_off_t)payload_size(x->payload));
        SET(CURLOPT_READFUNCTION, give_bytes);
        SET(CURLOPT_READDATA, x);
        SET(CURLOPT_SEEKFUNCTION, seek_payload);
        SET(CURLOPT_SEEKDATA, x);
    }
    if (strcmp(x->method, "HEAD") == 0) {
        SET(CURLOPT_NOBODY, 1L);
    } else if (strcmp(x->method, "GET") != 0) {
        SET(CURLOPT_CUSTOMREQUEST, x->method);
        /* libcurl repeats by itself what was sent over a kept connection that turns out dead. A write goes out once. */
        SET(CURLOPT_FRESH_CONNECT, 1L);
    }
    return code;
}

static CURLcode set_callbacks(CURL *easy, struct wire_exchange *x) {
    CURLcode code = CURLE_OK;

    SET(CURLOPT_URL, x->url);
    SET(CURLOPT_HTTPHEADER, x->lines[0] ? (struct curl_slist *)x->list : NULL);
    SET(CURLOPT_PREREQFUNCTION, begin);
    SET(CURLOPT_PREREQDATA, x);
    SET(CURLOPT_HEADERFUNCTION, take_line);
    SET(CURLOPT_HEADERDATA, x);
    SET(CURLOPT_WRITEFUNCTION, take_bytes);
    SET(CURLOPT_WRITEDATA, x);
    SET(CURLOPT_ERRORBUFFER, x->detail);
    SET(CURLOPT_PRIVATE, (char *)x);
    return code;
}

_Static_assert(sizeof((struct wire_exchange *)0)->detail >= CURL_ERROR_SIZE, "libcurl's texts fit");

int wire_start(struct wire_exchange *x, struct err *err) {
    CURLcode code;
    CURLMcode added;
    int rc = load(err);

    if (rc < 0)
        return rc;
    x->handle = lib.curl_easy_init();
    if (x->handle == NULL || build_list(x) != 0) {
        wire_abandon(x);
        return err_set(err, ERR_MEMORY, "no memory for a request");
    }
    code = set_safety(x->handle, x);
    if (code == CURLE_OK)
        code = set_limits(x->handle, x);
    if (code == CURLE_OK)
        code = set_method(x->handle, x);
    if (code == CURLE_OK)
        code = set_callbacks(x->handle, x);
    if (code != CURLE_OK) {
        wire_abandon(x);
        return err_set(err, code == CURLE_OUT_OF_MEMORY ? ERR_MEMORY : ERR_UNSUPPORTED, "libcurl: %s",
                       lib.curl_easy_strerror(code));
    }
    added = lib.curl_multi_add_handle(lib.multi, x->handle);
    if (added != CURLM_OK) {
        wire_abandon(x);
        return err_set(err, ERR_MEMORY, "libcurl: %s", lib.curl_multi_strerror(added));
    }
    return 0;
}

void wire_abandon(struct wire_exchange *x) {
    if (x->handle) {
        (void)lib.curl_multi_remove_handle(lib.multi, x->handle);
        lib.curl_easy_cleanup(x->handle);
    }
    mem_free(x->list);
    x->handle = x->list = NULL;
}

int wire_step(int wait_ms, struct err *err) {
    int running = 0;
    CURLMcode code;

    if (lib.multi == NULL)
        return 0; /* no exchange was ever begun */
    code = lib.curl_multi_perform(lib.multi, &running);
    if (code == CURLM_OK && running > 0)
        code = lib.curl_multi_poll(lib.multi, NULL, 0, wait_ms, NULL);
    if (code == CURLM_OK)
        return 0;
    return err_set(err, code == CURLM_OUT_OF_MEMORY ? ERR_MEMORY : ERR_SYSTEM, "libcurl: %s",
                   lib.curl_multi_strerror(code));
}

/* ---- what went wrong ---- */

/* libcurl's own words, where they help: a certificate's names are the peer's, so only plain characters stay. */
static const char *detail(struct wire_exchange *x, CURLcode code) {
    char *at;
    for (at = x->detail; *at; at++)
        if (*at < ' ' || *at > '~')
            *at = '?';
    return x->detail[0] ? x->detail : lib.curl_easy_strerror(code);
}

static int timed_out(struct wire_exchange *x) {
    int kind = x->begun ? ERR_UNKNOWN : ERR_UNSENT;
    if (strncmp(x->detail, "Operation too slow", 18) == 0)
        return err_set(&x->err, kind, "next to nothing came for %u s", (x->idle_ms + 999) / 1000);
    if (!x->begun)
        return err_set(&x->err, kind, "no connection in time");
    return err_set(&x->err, kind, "not done within %u s", (x->timeout_ms + 999) / 1000);
}

static int unsent(struct wire_exchange *x, CURLcode code) {
    long number = 0;

    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST: return err_set(&x->err, ERR_UNSENT, "no host has this name");
    case CURLE_COULDNT_CONNECT:
        (void)lib.curl_easy_getinfo(x->handle, CURLINFO_OS_ERRNO, &number);
        return err_set(&x->err, ERR_UNSENT, "no connection: %s", number ? strerror((int)number) : "nobody answers");
    case CURLE_OUT_OF_MEMORY: return err_set(&x->err, ERR_UNSENT, "no memory for a request");
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS: return err_set(&x->err, ERR_TLS, "no safe connection: %s", detail(x, code));
    default: return err_set(&x->err, ERR_UNSENT, "no connection: %s", detail(x, code));
    }
}

static int unknown(struct wire_exchange *x, CURLcode code) {
    switch (code) {
    case CURLE_PARTIAL_FILE: return err_set(&x->err, ERR_UNKNOWN, "the answer was cut short");
    case CURLE_GOT_NOTHING: return err_set(&x->err, ERR_UNKNOWN, "the connection ended without an answer");
    case CURLE_UNSUPPORTED_PROTOCOL: return err_set(&x->err, ERR_UNKNOWN, "the answer is no HTTP");
    case CURLE_OUT_OF_MEMORY: return err_set(&x->err, ERR_UNKNOWN, "no memory for an answer, or a line too long");
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR: return err_set(&x->err, ERR_UNKNOWN, "the connection broke");
    default: return err_set(&x->err, ERR_UNKNOWN, "no usable answer: %s", lib.curl_easy_strerror(code));
    }
}

static void judge(struct wire_exchange *x, CURLcode code) {
    /* libcurl takes half a head for a whole one. */
    if (code == CURLE_OK && x->rc == 0 && !head_is_whole(&x->head))
        x->rc = err_set(&x->err, ERR_UNKNOWN, "the answer was cut short");
    else if (code == CURLE_OK || x->rc < 0)
        return; /* our own refusals said why */
    else if (code == CURLE_OPERATION_TIMEDOUT)
        x->rc = timed_out(x);
    else
        x->rc = x->begun ? unknown(x, code) : unsent(x, code);
}

struct wire_exchange *wire_ended(void) {
    struct wire_exchange *x = NULL;
    CURLMsg *message;
    int left;

    while (lib.multi && (message = lib.curl_multi_info_read(lib.multi, &left)) != NULL) {
        CURLcode code = message->data.result;
        if (message->msg != CURLMSG_DONE)
            continue;
        (void)lib.curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)(void *)&x);
        judge(x, code);
        wire_abandon(x);
        return x;
    }
    return NULL;
}
