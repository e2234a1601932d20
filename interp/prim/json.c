#include "json.h"

#include <cjson/cJSON.h>

#include "err.h"
#include "mem.h"

#include "banned.h"

/* struct json has no definition: it is cJSON's node under a name that other files may know. */
static const cJSON *node(const struct json *json) {
    return (const cJSON *)json;
}

static const struct json *shown(const cJSON *item) {
    return (const struct json *)item;
}

int json_parse(struct json **out, const char *bytes, size_t length, const struct json_options *options,
               struct err *err) {
    cJSON_Hooks hooks = {mem_new, mem_free}; /* one door to the heap for cJSON too */
    cJSON *root;
    int rc = json_gate(bytes, length, options, err);

    if (rc < 0)
        return rc;
    cJSON_InitHooks(&hooks);
    root = cJSON_ParseWithLength(bytes, length);
    if (root == NULL) /* the gate leaves cJSON no other reason */
        return err_set(err, ERR_MEMORY, "no memory for %zu bytes of JSON", length);
    *out = (struct json *)root;
    return 0;
}

void json_free(struct json *json) {
    cJSON_Delete((cJSON *)json);
}

/* By value: cJSON keeps no text of a number. Only the gate that lets floats pass makes a difference here. */
static int is_integer(double value) {
    return value >= -(double)JSON_INTEGER_MAX && value <= (double)JSON_INTEGER_MAX && (double)(long long)value == value;
}

enum json_type json_type(const struct json *json) {
    const cJSON *item = node(json);
    if (cJSON_IsString(item))
        return JSON_STRING;
    if (cJSON_IsNumber(item))
        return is_integer(item->valuedouble) ? JSON_INTEGER : JSON_FLOAT;
    if (cJSON_IsArray(item))
        return JSON_ARRAY;
    if (cJSON_IsObject(item))
        return JSON_OBJECT;
    if (cJSON_IsBool(item))
        return cJSON_IsTrue(item) ? JSON_TRUE : JSON_FALSE;
    return JSON_NULL;
}

long long json_integer(const struct json *json) {
    return (long long)node(json)->valuedouble; /* exact: within 2^53-1 */
}

double json_float(const struct json *json) {
    return node(json)->valuedouble;
}

const char *json_text(const struct json *json) {
    return node(json)->valuestring;
}

size_t json_count(const struct json *json) {
    size_t n = 0;
    const cJSON *item;
    for (item = node(json)->child; item; item = item->next)
        n++;
    return n;
}

const struct json *json_first(const struct json *json) {
    return shown(node(json)->child);
}

const struct json *json_next(const struct json *json) {
    return shown(node(json)->next);
}

const char *json_key(const struct json *member) {
    return node(member)->string;
}
