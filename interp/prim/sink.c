#include "sink.h"

#include <fcntl.h>
#include <unistd.h>

#include "err.h"
#include "file.h"

#include "banned.h"

int sink_open(struct sink *sink, const char *path, unsigned long long max, struct err *err) {
    static const struct sink initial = SINK_INIT;
    int rc;

    *sink = initial;
    sink->max = max;
    if (path == NULL) {
        sink->bytes.cap = max < BUF_CAP_DEFAULT ? (size_t)max + 1 : BUF_CAP_DEFAULT; /* 0 would be the default */
        return 0;
    }
    rc = digest_new(&sink->digest, DIGEST_SHA256, err);
    if (rc < 0)
        return rc;
    /* O_EXCL follows no link at the end of the path. */
    sink->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (sink->fd < 0) {
        rc = err_system(err, "%s", path);
        sink_drop(sink);
        return rc;
    }
    sink->path = path;
    return 0;
}

int sink_write(struct sink *sink, const void *bytes, size_t length, struct err *err) {
    int rc;

    if (length > sink->max - sink->size)
        return err_set(err, ERR_LIMIT, "an answer of more than %llu bytes", sink->max);
    if (sink->path == NULL) {
        rc = buf_append(&sink->bytes, bytes, length);
        if (rc < 0)
            return err_set(err, rc, "no memory for an answer of %zu bytes", sink->bytes.length + length);
    } else {
        if (file_write_all(sink->fd, bytes, length) != 0)
            return err_system(err, "%s", sink->path);
        rc = digest_add(sink->digest, bytes, length, err);
        if (rc < 0)
            return rc;
    }
    sink->size += length;
    return 0;
}

int sink_close(char sha256[DIGEST_HEX_MAX], struct sink *sink, struct err *err) {
    int rc;

    sha256[0] = '\0';
    if (sink->path == NULL)
        return 0;
    rc = close(sink->fd) == 0 ? digest_finish(sha256, sink->digest, err) : err_system(err, "%s", sink->path);
    sink->fd = -1;
    if (rc == 0)
        sink->path = NULL; /* it stays */
    sink_drop(sink);
    return rc;
}

void sink_drop(struct sink *sink) {
    if (sink->fd >= 0)
        close(sink->fd);
    if (sink->path)
        unlink(sink->path);
    digest_free(sink->digest);
    buf_release(&sink->bytes);
    sink->fd = -1;
    sink->path = NULL;
    sink->digest = NULL;
}
