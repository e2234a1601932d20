/*
 * Files, read whole and written so that a crash leaves the old bytes or the new
 * ones. Sizes are bytes. No path is followed through a final symbolic link
 * unless the caller says so. It knows nothing of git or of what the files mean.
 */
#ifndef RELRUN_FILE_H
#define RELRUN_FILE_H

#include <stddef.h>

struct buf;
struct err;

#define FILE_MAX_DEFAULT ((size_t)64 << 20)

enum file_type { FILE_REGULAR, FILE_DIRECTORY, FILE_LINK, FILE_OTHER };

struct file_info {
    enum file_type type;
    unsigned long long size; /* bytes */
    unsigned mode;           /* permission bits */
};

struct file_read_options {
    size_t max;  /* bytes; 0: FILE_MAX_DEFAULT; more is ERR_LIMIT */
    int follow;  /* 1: a symbolic link at the end of the path is followed */
    int special; /* 1: pipes and devices too ("-" style inputs); 0: regular files only */
};

/* Appends the file's bytes to ${out}. ERR_NOT_FOUND, ERR_DENIED, ERR_FORMAT (not a regular
 * file, or a link), ERR_LIMIT, ERR_MEMORY, ERR_SYSTEM. */
int file_read(struct buf *out, const char *path, const struct file_read_options *options,
              struct err *err);

/* Replaces ${path} by these bytes: temporary file in the same directory, fsync, rename, fsync of
 * the directory. ${mode}: permission bits, 0 keeps the old file's (0644 for a new one). A link is
 * not followed but replaced. On failure the old bytes stand and no temporary file stays. */
int file_write(const char *path, const void *bytes, size_t length, unsigned mode, struct err *err);

/* Writes all of the bytes to an open descriptor, however often that takes: 0, or -1 with errno. */
int file_write_all(int fd, const void *bytes, size_t length);

/* Appends in one write call and syncs; creates the file with mode 0600. ERR_SYSTEM on a short
 * write: what was torn stays, so readers need a check of their own (see stdlib/journal.lua). */
int file_append(const char *path, const void *bytes, size_t length, struct err *err);

/* What stands at ${path}, links not followed. */
int file_stat(struct file_info *out, const char *path, struct err *err);

/* Makes the directory and its missing parents, mode 0777 less the umask. Present is success. */
int file_make_directory(const char *path, struct err *err);

/* The names in a directory, sorted by bytes, each followed by a NUL, without "." and "..". */
int file_list(struct buf *out, const char *path, struct err *err);

/* Removes a file, link or empty directory; ${recursive} also what is inside, links unfollowed.
 * Absent is ERR_NOT_FOUND. */
int file_remove(const char *path, int recursive, struct err *err);

/* A new private directory below TMPDIR (or /tmp); its path is appended to ${out}. */
int file_temporary_directory(struct buf *out, struct err *err);

/* Moves a file or directory within one file system, both parents synced: a reader finds it at the one
 * place or at the other. A file at ${to} is replaced, and so is an empty directory by a directory; one
 * with something in it is ERR_EXISTS. ERR_NOT_FOUND, ERR_DENIED, ERR_SYSTEM. */
int file_rename(const char *from, const char *to, struct err *err);

struct file_copied {
    unsigned long long size; /* bytes */
    char sha256[65];         /* lower-case hex */
};

/* Copies a regular file, however large, into a new one and hashes what passes; a NULL ${to} only
 * measures and hashes. More than ${max} bytes is ERR_LIMIT. ERR_EXISTS when ${to} is there, ERR_FORMAT
 * (a link, no regular file), ERR_NOT_FOUND, ERR_DENIED, ERR_MEMORY, ERR_SYSTEM; after a failure
 * there is no ${to}. Killed, it leaves a part of one. */
int file_copy(struct file_copied *out, const char *from, const char *to, unsigned long long max,
              struct err *err);

/* Takes an exclusive lock on ${path} (made when absent) that the system gives back when the process
 * ends, however it ends. ERR_CONFLICT when another process still holds it after ${wait_ms} milliseconds
 * (0: at once). ${fd}: for file_unlock. */
int file_lock(int *fd, const char *path, unsigned wait_ms, struct err *err);
void file_unlock(int fd);

/* The absolute path with every link resolved. */
int file_resolve(struct buf *out, const char *path, struct err *err);

#endif
