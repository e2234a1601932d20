#include "fields.h"

#include <string.h>

#include "err.h"

#include "banned.h"

#define TOKEN "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~"

int fields_is_name(const char *name) {
    return *name != '\0' && name[strspn(name, TOKEN)] == '\0';
}

static int is_blank(char c) {
    return c == ' ' || c == '\t';
}

int fields_is_value(const char *value) {
    const char *at;
    for (at = value; *at; at++)
        if ((*at < ' ' && *at != '\t') || *at > '~')
            return 0;
    return !is_blank(value[0]) && (at == value || !is_blank(at[-1]));
}

int fields_count(struct fields *fields, size_t length, struct err *err) {
    fields->bytes += length;
    if (++fields->count > FIELDS_COUNT_MAX || fields->bytes > FIELDS_BYTES_MAX)
        return err_set(err, ERR_LIMIT, "an answer with more than %d fields or %zu bytes of them", FIELDS_COUNT_MAX,
                       FIELDS_BYTES_MAX);
    return 0;
}

int fields_add_line(struct fields *fields, const char *line, size_t length, struct err *err) {
    const char *colon;
    size_t before = fields->entries.length, name, i;
    char *at;

    while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r' || is_blank(line[length - 1])))
        length--;
    colon = memchr(line, ':', length);
    name = colon ? (size_t)(colon - line) : 0;
    if (buf_append(&fields->entries, line, name) < 0 || buf_append_byte(&fields->entries, '\0') < 0)
        return err_set(err, ERR_MEMORY, "no memory for an answer's fields");
    at = fields->entries.bytes + before;
    if (strlen(at) != name || !fields_is_name(at)) {
        fields->entries.length = before;
        return err_set(err, ERR_FORMAT, "an answer with a field that has no name");
    }
    for (i = 0; i < name; i++)
        if (at[i] >= 'A' && at[i] <= 'Z')
            at[i] |= 0x20;
    for (name++; name < length && is_blank(line[name]); name++)
        ;
    for (i = name; i < length; i++)
        if ((unsigned char)line[i] < ' ' && line[i] != '\t') {
            fields->entries.length = before;
            return err_set(err, ERR_FORMAT, "an answer with a control byte in a field");
        }
    if (buf_append(&fields->entries, line + name, length - name) < 0 || buf_append_byte(&fields->entries, '\0') < 0) {
        fields->entries.length = before;
        return err_set(err, ERR_MEMORY, "no memory for an answer's fields");
    }
    return 0;
}

void fields_clear(struct fields *fields) {
    buf_clear(&fields->entries);
}

void fields_release(struct fields *fields) {
    buf_release(&fields->entries);
    fields->count = fields->bytes = 0;
}

int fields_next(const char **name, const char **value, const struct fields *fields, size_t *at) {
    if (*at >= fields->entries.length)
        return 0;
    *name = fields->entries.bytes + *at;
    *at += strlen(*name) + 1;
    *value = fields->entries.bytes + *at;
    *at += strlen(*value) + 1;
    return 1;
}

const char *fields_get(const struct fields *fields, const char *name) {
    const char *each, *value;
    size_t at = 0;
    while (fields_next(&each, &value, fields, &at))
        if (strcmp(each, name) == 0)
            return value;
    return NULL;
}

int fields_disagree(const struct fields *fields, const char *name) {
    const char *each, *value, *first = NULL;
    size_t at = 0;
    while (fields_next(&each, &value, fields, &at)) {
        if (strcmp(each, name) != 0)
            continue;
        if (first && strcmp(value, first) != 0)
            return 1;
        first = value;
    }
    return 0;
}
