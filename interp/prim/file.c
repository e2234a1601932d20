#include "file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "buf.h"
#include "digest.h"
#include "err.h"
#include "mem.h"

#include "banned.h"

int file_write_all(int fd, const void *bytes, size_t length) {
    const char *at = bytes;
    while (length > 0) {
        ssize_t n = write(fd, at, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            if (n == 0)
                errno = EIO;
            return -1;
        }
        at += n;
        length -= (size_t)n;
    }
    return 0;
}

static int read_all(struct buf *out, int fd, const char *path, size_t max, struct err *err) {
    for (;;) {
        ssize_t n;
        size_t step = 65536;
        int rc = buf_reserve(out, step);
        if (rc < 0)
            return err_set(err, rc, "%s: no room for its bytes", path);
        n = read(fd, out->bytes + out->length, step);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_system(err, "%s", path);
        if (n == 0)
            return 0;
        if ((size_t)n > max - out->length)
            return err_set(err, ERR_LIMIT, "%s: larger than %zu bytes", path, max);
        out->length += (size_t)n;
        out->bytes[out->length] = '\0';
    }
}

int file_read(struct buf *out, const char *path, const struct file_read_options *options,
              struct err *err) {
    static const struct file_read_options defaults;
    const struct file_read_options *o = options ? options : &defaults;
    size_t max = (o->max ? o->max : FILE_MAX_DEFAULT);
    size_t before = out->length;
    struct stat st;
    int rc;
    /* O_NONBLOCK: opening a FIFO must not wait for a writer before it can be refused. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | (o->follow ? 0 : O_NOFOLLOW));

    if (fd < 0 && errno == ELOOP)
        return err_set(err, ERR_FORMAT, "%s: is a symbolic link", path);
    if (fd < 0)
        return err_system(err, "%s", path);
    if (fstat(fd, &st) != 0)
        rc = err_system(err, "%s", path);
    else if (!o->special && !S_ISREG(st.st_mode))
        rc = err_set(err, ERR_FORMAT, "%s: not a regular file", path);
    else if (S_ISREG(st.st_mode) && (unsigned long long)st.st_size > max)
        rc = err_set(err, ERR_LIMIT, "%s: %llu bytes, larger than %zu", path,
                     (unsigned long long)st.st_size, max);
    else {
        if (o->special)
            (void)fcntl(fd, F_SETFL, 0); /* now that it is wanted, reading may wait */
        rc = read_all(out, fd, path, before + max, err);
    }
    if (rc < 0 && out->bytes) {
        out->length = before;
        out->bytes[before] = '\0';
    }
    close(fd);
    return rc;
}

/* Syncs the directory that holds ${path}, so that a rename survives a power cut. */
static int sync_parent(const char *path, struct err *err) {
    const char *slash = strrchr(path, '/');
    char *parent = slash == NULL ? mem_copy(".", 1)
                                 : mem_copy(path, slash == path ? 1 : (size_t)(slash - path));
    int fd, rc = 0;

    if (parent == NULL)
        return err_set(err, ERR_MEMORY, "%s: no memory", path);
    fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        rc = err_system(err, "%s", parent);
    /* Some file systems cannot sync a directory and say EINVAL: nothing more can be done there. */
    else if (fsync(fd) != 0 && errno != EINVAL)
        rc = err_system(err, "%s", parent);
    if (fd >= 0)
        close(fd);
    mem_free(parent);
    return rc;
}

int file_write(const char *path, const void *bytes, size_t length, unsigned mode,
               struct err *err) {
    struct buf temporary = BUF_INIT;
    struct stat st;
    int fd = -1, rc = 0;

    if (mode == 0)
        mode = lstat(path, &st) == 0 && S_ISREG(st.st_mode) ? st.st_mode & 07777 : 0644;
    if (buf_append_text(&temporary, path) < 0 || buf_append_text(&temporary, ".XXXXXX") < 0) {
        rc = err_set(err, ERR_MEMORY, "%s: no memory", path);
        goto done;
    }
    fd = mkostemp(temporary.bytes, O_CLOEXEC);
    if (fd < 0) {
        rc = err_system(err, "%s", path);
        goto done;
    }
    if (file_write_all(fd, bytes, length) != 0 || fchmod(fd, mode) != 0 || fsync(fd) != 0) {
        rc = err_system(err, "%s", path);
        goto discard;
    }
    rc = close(fd);
    fd = -1;
    if (rc != 0) {
        rc = err_system(err, "%s", path);
        goto discard;
    }
    if (rename(temporary.bytes, path) != 0) {
        rc = err_system(err, "%s", path);
        goto discard;
    }
    rc = sync_parent(path, err);
    goto done;

discard:
    unlink(temporary.bytes);
done:
    if (fd >= 0)
        close(fd);
    buf_release(&temporary);
    return rc;
}

int file_append(const char *path, const void *bytes, size_t length, struct err *err) {
    int rc = 0;
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return err_system(err, "%s", path);
    if (file_write_all(fd, bytes, length) != 0 || fdatasync(fd) != 0)
        rc = err_system(err, "%s", path);
    if (close(fd) != 0 && rc == 0)
        rc = err_system(err, "%s", path);
    return rc;
}

int file_stat(struct file_info *out, const char *path, struct err *err) {
    struct stat st;
    if (lstat(path, &st) != 0)
        return err_system(err, "%s", path);
    out->type = S_ISREG(st.st_mode)   ? FILE_REGULAR
                : S_ISDIR(st.st_mode) ? FILE_DIRECTORY
                : S_ISLNK(st.st_mode) ? FILE_LINK
                                      : FILE_OTHER;
    out->size = (unsigned long long)st.st_size;
    out->mode = st.st_mode & 07777;
    return 0;
}

int file_make_directory(const char *path, struct err *err) {
    char *copy = mem_copy(path, strlen(path));
    char *at;
    int rc = 0;

    if (copy == NULL)
        return err_set(err, ERR_MEMORY, "%s: no memory", path);
    for (at = copy + 1; rc == 0 && *copy; at++) {
        char was = *at;
        if (was != '/' && was != '\0')
            continue;
        *at = '\0';
        if (mkdir(copy, 0777) != 0 && errno != EEXIST)
            rc = err_system(err, "%s", copy);
        *at = was;
        if (was == '\0')
            break;
    }
    if (rc == 0) {
        struct stat st;
        if (stat(path, &st) != 0)
            rc = err_system(err, "%s", path);
        else if (!S_ISDIR(st.st_mode))
            rc = err_set(err, ERR_EXISTS, "%s: not a directory", path);
    }
    mem_free(copy);
    return rc;
}

static int by_bytes(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

int file_list(struct buf *out, const char *path, struct err *err) {
    struct dirent **names = NULL;
    int i, rc = 0, n = scandir(path, &names, NULL, by_bytes);

    if (n < 0)
        return err_system(err, "%s", path);
    for (i = 0; i < n; i++) {
        const char *name = names[i]->d_name;
        if (rc == 0 && strcmp(name, ".") != 0 && strcmp(name, "..") != 0) {
            rc = buf_append(out, name, strlen(name) + 1);
            if (rc < 0)
                err_set(err, rc, "%s: no room for its names", path);
        }
        mem_free(names[i]);
    }
    mem_free(names);
    return rc;
}

static int remove_entry(const char *path, const struct stat *st, int flag, struct FTW *ftw) {
    (void)st;
    (void)flag;
    (void)ftw;
    return remove(path);
}

int file_remove(const char *path, int recursive, struct err *err) {
    struct stat st;
    if (lstat(path, &st) != 0)
        return err_system(err, "%s", path);
    if (recursive && S_ISDIR(st.st_mode)) {
        if (nftw(path, remove_entry, 32, FTW_DEPTH | FTW_PHYS) != 0)
            return err_system(err, "%s", path);
        return 0;
    }
    return remove(path) == 0 ? 0 : err_system(err, "%s", path);
}

int file_temporary_directory(struct buf *out, struct err *err) {
    const char *root = getenv("TMPDIR");
    size_t before = out->length;
    if (root == NULL || root[0] != '/')
        root = "/tmp";
    if (buf_append_text(out, root) < 0 || buf_append_text(out, "/relrun-XXXXXX") < 0)
        return err_set(err, ERR_MEMORY, "%s: no memory", root);
    if (mkdtemp(out->bytes + before) == NULL) {
        int rc = err_system(err, "%s", root);
        out->length = before;
        out->bytes[before] = '\0';
        return rc;
    }
    return 0;
}

int file_rename(const char *from, const char *to, struct err *err) {
    int rc;
    if (rename(from, to) != 0) {
        if (errno == ENOTEMPTY)
            errno = EEXIST;
        return err_system(err, "%s", errno == EEXIST ? to : from);
    }
    rc = sync_parent(to, err);
    return rc < 0 ? rc : sync_parent(from, err);
}

/* One open copy: errors name the file that they are about. */
struct copy {
    const char *from, *to; /* to may be NULL */
    int source, target;    /* -1: not open */
    struct digest *digest;
    struct buf block;
};

static int open_source(struct copy *copy, struct err *err) {
    struct stat st;

    copy->source = open(copy->from, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
    if (copy->source < 0 && errno == ELOOP)
        return err_set(err, ERR_FORMAT, "%s: is a symbolic link", copy->from);
    if (copy->source < 0 || fstat(copy->source, &st) != 0)
        return err_system(err, "%s", copy->from);
    return S_ISREG(st.st_mode) ? 0 : err_set(err, ERR_FORMAT, "%s: not a regular file", copy->from);
}

static int open_target(struct copy *copy, struct err *err) {
    if (copy->to == NULL)
        return 0;
    copy->target = open(copy->to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
    return copy->target < 0 ? err_system(err, "%s", copy->to) : 0;
}

static int copy_bytes(struct file_copied *out, struct copy *copy, unsigned long long max, struct err *err) {
    const size_t step = 1 << 18;
    int rc = buf_reserve(&copy->block, step);

    if (rc < 0)
        return err_set(err, rc, "%s: no memory to copy", copy->from);
    for (;;) {
        ssize_t n = read(copy->source, copy->block.bytes, step);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_system(err, "%s: cannot be read", copy->from);
        if (n == 0)
            return digest_finish(out->sha256, copy->digest, err);
        if ((unsigned long long)n > max - out->size)
            return err_set(err, ERR_LIMIT, "%s: larger than %llu bytes", copy->from, max);
        rc = digest_add(copy->digest, copy->block.bytes, (size_t)n, err);
        if (rc < 0)
            return rc;
        if (copy->target >= 0 && file_write_all(copy->target, copy->block.bytes, (size_t)n) != 0)
            return err_system(err, "%s: cannot be written", copy->to);
        out->size += (unsigned long long)n;
    }
}

/* Makes the copy last, or removes it when ${rc} says that it is none. */
static int close_target(struct copy *copy, int rc, struct err *err) {
    if (copy->target < 0)
        return rc;
    if (rc == 0 && fsync(copy->target) != 0)
        rc = err_system(err, "%s", copy->to);
    if (close(copy->target) != 0 && rc == 0)
        rc = err_system(err, "%s", copy->to);
    if (rc == 0)
        rc = sync_parent(copy->to, err);
    if (rc < 0)
        unlink(copy->to);
    return rc;
}

int file_copy(struct file_copied *out, const char *from, const char *to, unsigned long long max,
              struct err *err) {
    struct copy copy = {from, to, -1, -1, NULL, BUF_INIT};
    int rc;

    memset(out, 0, sizeof *out);
    rc = open_source(&copy, err);
    if (rc == 0)
        rc = digest_new(&copy.digest, DIGEST_SHA256, err);
    if (rc == 0)
        rc = open_target(&copy, err);
    if (rc == 0)
        rc = copy_bytes(out, &copy, max, err);
    rc = close_target(&copy, rc, err);
    if (copy.source >= 0)
        close(copy.source);
    digest_free(copy.digest);
    buf_release(&copy.block);
    return rc;
}

int file_lock(int *fd, const char *path, unsigned wait_ms, struct err *err) {
    const struct timespec pause = {0, 10 * 1000000L};
    int got = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600), rc;
    if (got < 0)
        return err_system(err, "%s", path);
    while ((rc = flock(got, LOCK_EX | LOCK_NB)) != 0 && errno == EWOULDBLOCK && wait_ms > 0) {
        nanosleep(&pause, NULL);
        wait_ms = wait_ms > 10 ? wait_ms - 10 : 0;
    }
    if (rc == 0) {
        *fd = got;
        return 0;
    }
    rc = errno == EWOULDBLOCK ? err_set(err, ERR_CONFLICT, "%s: another process holds it", path)
                              : err_system(err, "%s", path);
    close(got);
    return rc;
}

void file_unlock(int fd) {
    close(fd);
}

int file_resolve(struct buf *out, const char *path, struct err *err) {
    char *resolved = realpath(path, NULL);
    int rc;
    if (resolved == NULL)
        return err_system(err, "%s", path);
    rc = buf_append_text(out, resolved);
    mem_free(resolved);
    return rc < 0 ? err_set(err, rc, "%s: no memory", path) : 0;
}
