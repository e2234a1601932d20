#include "head.h"

#include <string.h>

#include "err.h"

#include "banned.h"

/* "HTTP/1.1 200 OK": the answer, or one more before it. */
static int take_status(struct head *head, const char *line, size_t length, struct err *err) {
    const char *space = memchr(line, ' ', length);
    size_t i, at = space ? (size_t)(space - line) + 1 : length;

    fields_clear(&head->fields);
    head->status = 0;
    head->ended = 0;
    if (length < 7 || memcmp(line, "HTTP/1.", 7) != 0)
        return err_set(err, ERR_FORMAT, "an answer of a version of HTTP that was not asked for");
    for (i = 0; i < 3; i++, at++) {
        if (at >= length || line[at] < '0' || line[at] > '9')
            return err_set(err, ERR_FORMAT, "an answer without a status");
        head->status = head->status * 10 + (line[at] - '0');
    }
    return head->status < 100 ? err_set(err, ERR_FORMAT, "an answer without a status") : 0;
}

/* Some answers have no body (RFC 9112, 6.3). */
static int says_its_end(const struct head *head, const char *method) {
    const char *coding = fields_get(&head->fields, "transfer-encoding");
    if (strcmp(method, "HEAD") == 0 || head->status < 200 || head->status == 204 || head->status == 304)
        return 1;
    return coding ? strcasecmp(coding, "chunked") == 0 : fields_get(&head->fields, "content-length") != NULL;
}

static int end(struct head *head, const char *method, struct err *err) {
    head->ended = 1;
    if (fields_disagree(&head->fields, "content-length"))
        return err_set(err, ERR_FORMAT, "an answer with two lengths");
    if (!says_its_end(head, method))
        return err_set(err, ERR_FORMAT, "an answer without a length, which cannot be told from half of one");
    return 0;
}

int head_take(struct head *head, const char *method, const char *line, size_t length, struct err *err) {
    int rc = fields_count(&head->fields, length, err);

    if (rc < 0)
        return rc;
    if (length >= 5 && memcmp(line, "HTTP/", 5) == 0)
        return take_status(head, line, length, err);
    if (head->ended)
        return 0; /* a trailer */
    if (length == 0 || line[0] == '\r' || line[0] == '\n')
        return end(head, method, err);
    return fields_add_line(&head->fields, line, length, err);
}

int head_is_whole(const struct head *head) {
    return head->status >= 200 && head->ended;
}

int head_is_success(const struct head *head) {
    return head->status >= 200 && head->status < 300;
}
