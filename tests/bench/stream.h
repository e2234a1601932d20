/*
 * stream: writes a history as a `git fast-import` stream on standard output. It numbers commits from 1, gives each its
 * date, and makes every other tag an annotated one; which commits there are is the caller's business.
 * Format: git-fast-import(1), INPUT FORMAT.
 */
#ifndef BENCH_STREAM_H
#define BENCH_STREAM_H

#include <stddef.h>

struct dice;
struct text;

struct stream {
    int commits; /* how many were written; also the number of the last */
    int tags;
};

struct stream_commit {
    const char *ref;     /* NULL: refs/heads/main */
    const char *message;
    const int *parents;  /* commit numbers */
    size_t parent_count; /* 0: the last commit of ${ref} */
    const struct text *changes;
};

/* Adds to ${changes} that the file ${path} has the content that ${format} makes. */
__attribute__((format(printf, 3, 4))) void stream_change(struct text *changes, const char *path, const char *format,
                                                         ...);

/* Writes a commit by an author that ${dice} choose; returns its number. */
int stream_commit(struct stream *stream, struct dice *dice, const struct stream_commit *commit);

/* Writes the tag ${name} on the commit ${number}. */
void stream_tag(struct stream *stream, const char *name, int number);

/* Points ${ref} at the commit ${number}; 0 deletes it. */
void stream_reset(struct stream *stream, const char *ref, int number);

#endif
