/*
 * Any text as an address, and its second line as a reference seen from there: refused with a text that quotes no
 * byte that a terminal would obey, or a normal form that is its own, whose origin names a host that was asked for.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../interp/prim/err.h"
#include "../../interp/prim/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check(int holds) {
    if (!holds)
        abort();
}

static void check_refusal(int rc, const struct err *err) {
    const char *at;
    check(rc == ERR_FORMAT || rc == ERR_LIMIT);
    for (at = err->text; *at; at++)
        check(*at >= ' ' && *at <= '~');
}

static void check_normal(const struct url *url) {
    static struct url again;
    const char *path = url->text + url->origin_length, *host = strstr(url->text, "//") + 2, *at;
    size_t host_length = strcspn(host, ":/");

    check(strlen(url->text) <= URL_MAX && *path == '/' && strcspn(path, "?") == url->path_length);
    for (at = url->text; *at; at++)
        check(*at > ' ' && *at <= '~' && *at != '\\' && *at != '#');
    check(memchr(url->text, '@', url->origin_length) == NULL);
    check(url_parse(&again, url->text, NULL) == 0 && strcmp(again.text, url->text) == 0);
    check(url_same_origin(url, &again) && again.port == url->port && again.tls == url->tls);
    if (!url->tls)
        check((host_length == 9 && memcmp(host, "localhost", 9) == 0) || strncmp(host, "127.", 4) == 0 ||
              strncmp(host, "[::1]", 5) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    static struct url url, target;
    char *text = malloc(length + 1), *second;
    struct err err;
    int rc;

    check(text != NULL);
    if (length)
        memcpy(text, bytes, length);
    text[length] = '\0';
    second = strchr(text, '\n');
    if (second)
        *second++ = '\0';
    rc = url_parse(&url, text, &err);
    if (rc < 0) {
        check_refusal(rc, &err);
        check(url_parse(&url, "https://a.test:8443/b/c?d", &err) == 0);
    }
    check_normal(&url);
    if (second) {
        rc = url_resolve(&target, &url, second, &err);
        if (rc < 0)
            check_refusal(rc, &err);
        else
            check_normal(&target);
    }
    free(text);
    return 0;
}
