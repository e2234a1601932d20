/*
 * text: a growing string for the benchmark generator. It knows nothing of what it holds; out of memory ends the
 * program, because a generator has nothing to save. An all-zero struct is an empty text.
 */
#ifndef BENCH_TEXT_H
#define BENCH_TEXT_H

#include <stddef.h>

struct text {
    char *bytes;   /* NUL-terminated once something was added; NULL before that */
    size_t length; /* without the NUL */
    size_t room;
};

/* Appends what ${format} makes, as printf does. */
__attribute__((format(printf, 2, 3))) void text_add(struct text *text, const char *format, ...);

/* Appends all that ${other} holds. */
void text_join(struct text *text, const struct text *other);

/* Empties ${text} and keeps its memory for the next use. */
void text_clear(struct text *text);

/* Frees the memory; ${text} is empty afterwards. */
void text_release(struct text *text);

#endif
