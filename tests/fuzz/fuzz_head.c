/*
 * Any bytes as the lines of an answer's head: refused with one plain line of text, or taken; then every field has a name
 * that is a token and a value without control bytes, and a head that is whole says where its answer ends.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../interp/prim/err.h"
#include "../../interp/prim/head.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check(int holds) {
    if (!holds)
        abort();
}

static void check_fields(const struct head *head) {
    const char *name, *value, *at;
    size_t next = 0, count = 0;

    while (fields_next(&name, &value, &head->fields, &next)) {
        check(fields_is_name(name) && fields_get(&head->fields, name) != NULL);
        for (at = name; *at; at++)
            check(*at < 'A' || *at > 'Z');
        for (at = value; *at; at++)
            check((unsigned char)*at >= ' ' || *at == '\t');
        count++;
    }
    check(count <= FIELDS_COUNT_MAX && head->fields.entries.length <= FIELDS_BYTES_MAX + 2 * FIELDS_COUNT_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    static const char *const methods[] = {"GET", "HEAD", "POST"};
    const char *method = methods[length % 3];
    struct head head;
    struct err err;
    size_t at = 0;
    int rc = 0;

    memset(&head, 0, sizeof head);
    while (at < length && rc == 0) {
        const uint8_t *end = memchr(bytes + at, '\n', length - at);
        size_t n = end ? (size_t)(end - bytes) - at + 1 : length - at;
        char *line = malloc(n); /* exactly these bytes, for the sanitizer */
        check(line != NULL);
        memcpy(line, bytes + at, n);
        rc = head_take(&head, method, line, n, &err);
        free(line);
        at += n;
        if (rc == 0)
            check_fields(&head);
    }
    if (rc < 0)
        check((rc == ERR_FORMAT || rc == ERR_LIMIT) &&
              err.text[strspn(err.text, " ,abcdefghijklmnopqrstuvwxyzHPT0123456789")] == '\0');
    else if (head_is_whole(&head))
        check(strcmp(method, "HEAD") == 0 || head.status == 204 || head.status == 304 ||
              fields_get(&head.fields, "content-length") || fields_get(&head.fields, "transfer-encoding"));
    fields_release(&head.fields);
    return 0;
}
