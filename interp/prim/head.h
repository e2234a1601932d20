/*
 * The head of an answer, line by line: its status, its fields, and whether its end can be known. Interim answers
 * (1xx) come before it and trailers behind it; both count against the caps and are otherwise nobody's.
 */
#ifndef RELRUN_HEAD_H
#define RELRUN_HEAD_H

#include <stddef.h>

#include "fields.h"

struct err;

struct head {
    int status; /* 0: no status line yet */
    int ended;  /* 1: the empty line behind the fields has come */
    struct fields fields;
};

/*
 * Takes the next line of the answer to a request with ${method}, with its line end. ERR_LIMIT above the caps of
 * fields.h; ERR_FORMAT for lines that are none, for other versions than HTTP/1, for two different lengths, and for an
 * answer that says nothing of its length: it ends with its connection, and cannot be told from half of one (libcurl
 * takes even a TLS connection that was cut for an end). ERR_MEMORY.
 */
int head_take(struct head *head, const char *method, const char *line, size_t length, struct err *err);

/* 1 when a whole answer's head has come, no interim one. */
int head_is_whole(const struct head *head);

/* 1 for status 2xx. */
int head_is_success(const struct head *head);

#endif
