/*
 * The course of one request: its exchange at the present address, the redirections behind it, and what may go to
 * the next one. http.c runs several side by side; here stand the rules of one.
 */
#ifndef RELRUN_COURSE_H
#define RELRUN_COURSE_H

#include "http.h"

struct course;

/* Begins a request. A failure to begin is the answer's: NULL is returned and ${answer} says why. */
struct course *course_begin(const struct http_request *request, struct http_answer *answer);

/* The exchange of ${course} has ended: 1 when it goes on elsewhere, 0 when its answer is complete or failed. */
int course_go_on(struct course *course);

/* Ends it with what the answer holds; one that still runs is given up as a failure with this text. */
void course_give_up(struct course *course, const char *why);
void course_free(struct course *course);

/* Bytes that moved, and that are to move as far as is known. */
void course_progress(unsigned long long *done, unsigned long long *total, const struct course *course);

/* Removes what stands half in a sink, and nothing else: for the moment before an interrupt ends the process. */
void course_clear_away(struct course *course);

#endif
