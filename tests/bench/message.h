/*
 * message: makes up commit messages as a busy project writes them: Conventional Commits with and without scope, body,
 * footers and breaking marks, and one in eighteen that follows no convention. It knows what each is worth.
 */
#ifndef BENCH_MESSAGE_H
#define BENCH_MESSAGE_H

struct dice;
struct text;

/* What a commit asks of the next version, and of several commits the highest counts. */
enum level { LEVEL_NONE, LEVEL_PATCH, LEVEL_MINOR, LEVEL_MAJOR };

/* "none", "patch", "minor", "major". */
extern const char *const level_names[4];

/* The one who commits; the authors differ. */
#define MESSAGE_COMMITTER "Dev 00 <dev00@example.invalid>"

/* Replaces ${message} by a made-up one, with its final newline; returns what it is worth. */
enum level message_write(struct text *message, struct dice *dice);

/* Appends somebody as "Name <mail>": mostly plain, some with bytes that a careless reader trips over. */
void message_person(struct text *out, struct dice *dice);

#endif
