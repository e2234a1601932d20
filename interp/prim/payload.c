#include "payload.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "err.h"
#include "mem.h"

#include "banned.h"

struct payload {
    const char *bytes; /* NULL: the file */
    int fd;
    char *path;
    struct stat opened;
    long long size;
    long long done;
    struct digest *digest;
    char sha256[DIGEST_HEX_MAX];
};

static int new(struct payload **out, struct err *err) {
    struct payload *payload = mem_new(sizeof *payload);
    int rc;

    if (payload == NULL)
        return err_set(err, ERR_MEMORY, "no memory for a request");
    payload->fd = -1;
    rc = digest_new(&payload->digest, DIGEST_SHA256, err);
    if (rc < 0) {
        mem_free(payload);
        return rc;
    }
    *out = payload;
    return 0;
}

/* Nothing is read of an empty payload, so its digest is known at once. */
static int digest_if_whole(struct payload *payload, struct err *err) {
    return payload->done == payload->size ? digest_finish(payload->sha256, payload->digest, err) : 0;
}

/* What was made goes to the caller, unless making it failed with ${rc}. */
static int hand_over(struct payload **out, struct payload *payload, int rc) {
    if (rc < 0)
        payload_free(payload);
    else
        *out = payload;
    return rc;
}

int payload_of_bytes(struct payload **out, const void *bytes, size_t length, struct err *err) {
    struct payload *payload;
    int rc = new(&payload, err);
    if (rc < 0)
        return rc;
    payload->bytes = bytes;
    payload->size = (long long)length;
    return hand_over(out, payload, digest_if_whole(payload, err));
}

static int open_file(struct payload *payload, const char *path, long long size, struct err *err) {
    payload->path = mem_copy(path, strlen(path));
    if (payload->path == NULL)
        return err_set(err, ERR_MEMORY, "no memory for a request");
    payload->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (payload->fd < 0 && errno == ELOOP)
        return err_set(err, ERR_FORMAT, "%s: a symbolic link, not a regular file", path);
    if (payload->fd < 0 || fstat(payload->fd, &payload->opened) != 0)
        return err_system(err, "%s", path);
    if (!S_ISREG(payload->opened.st_mode))
        return err_set(err, ERR_FORMAT, "%s: not a regular file", path);
    payload->size = payload->opened.st_size;
    if (size >= 0 && payload->size != size)
        return err_set(err, ERR_CONFLICT, "%s: %lld bytes, expected %lld", path, payload->size, size);
    (void)posix_fadvise(payload->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    return digest_if_whole(payload, err);
}

int payload_of_file(struct payload **out, const char *path, long long size, struct err *err) {
    struct payload *payload;
    int rc = new(&payload, err);
    return rc < 0 ? rc : hand_over(out, payload, open_file(payload, path, size, err));
}

void payload_free(struct payload *payload) {
    if (payload == NULL)
        return;
    if (payload->fd >= 0)
        close(payload->fd);
    digest_free(payload->digest);
    mem_free(payload->path);
    mem_free(payload);
}

long long payload_size(const struct payload *payload) {
    return payload->size;
}

static int changed(const struct payload *payload, struct err *err) {
    return err_set(err, ERR_CONFLICT, "%s: changed while it was sent", payload->path);
}

static int check_unchanged(const struct payload *payload, struct err *err) {
    const struct stat *was = &payload->opened;
    struct stat now;
    if (fstat(payload->fd, &now) != 0)
        return err_system(err, "%s", payload->path);
    if (now.st_size != was->st_size || now.st_mtim.tv_sec != was->st_mtim.tv_sec ||
        now.st_mtim.tv_nsec != was->st_mtim.tv_nsec)
        return changed(payload, err);
    return 0;
}

static int read_file(size_t *got, struct payload *payload, void *into, size_t room, struct err *err) {
    ssize_t n;
    do
        n = read(payload->fd, into, room);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return err_system(err, "%s", payload->path);
    if (n == 0)
        return changed(payload, err);
    *got = (size_t)n;
    return payload->done + n == payload->size ? check_unchanged(payload, err) : 0;
}

int payload_read(size_t *got, struct payload *payload, void *into, size_t room, struct err *err) {
    unsigned long long left = (unsigned long long)(payload->size - payload->done);
    int rc = 0;

    if (room > left)
        room = (size_t)left;
    *got = room;
    if (room == 0)
        return 0;
    if (payload->bytes)
        memcpy(into, payload->bytes + payload->done, room);
    else
        rc = read_file(got, payload, into, room, err);
    if (rc == 0)
        rc = digest_add(payload->digest, into, *got, err);
    if (rc < 0)
        return rc;
    payload->done += (long long)*got;
    return digest_if_whole(payload, err);
}

int payload_rewind(struct payload *payload, struct err *err) {
    if (payload->bytes == NULL && lseek(payload->fd, 0, SEEK_SET) < 0)
        return err_system(err, "%s", payload->path);
    payload->done = 0;
    payload->sha256[0] = '\0';
    if (digest_reset(payload->digest, err) < 0)
        return ERR_SYSTEM;
    return digest_if_whole(payload, err);
}

const char *payload_sha256(const struct payload *payload) {
    return payload->sha256;
}
