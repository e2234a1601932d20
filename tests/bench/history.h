/*
 * history: a benchmark history in the making: the stream, the dice, the packages with what has happened to them since
 * their last release. The shapes (single.c, mono.c, merges.c) decide what happens next; this remembers it, so that in
 * the end it can say what a release tool must find.
 */
#ifndef BENCH_HISTORY_H
#define BENCH_HISTORY_H

#include <stdbool.h>
#include <stdio.h>

#include "dice.h"
#include "message.h"
#include "stream.h"
#include "text.h"

#define MAX_PACKAGES 1000
#define MAX_TOUCHED 3

struct history;

struct version {
    int major, minor, patch;
};

struct package {
    int number;       /* from 1; 0 is the one package that is the whole repository */
    char name[16];
    char prefix[16];  /* of its tags, before the version */
    char folder[32];  /* with its final slash; "" is the root */
    struct version version;
    int commits;      /* since the last release, that touch it */
    enum level level; /* the highest among them */
};

/* One row a shape. ${tags} is a wish, met by releasing the packages with most changes every hundred commits. */
struct shape {
    const char *name;
    void (*write)(const struct shape *shape, struct history *history);
    int packages, commits, unreleased, tags;
    int stale; /* packages neither touched nor tagged after the first tenth of history */
};

struct history {
    struct stream stream;
    struct dice dice;
    struct package packages[MAX_PACKAGES];
    struct text message;  /* of the commit in the making */
    struct text changes;  /* the same; empty between commits */
    struct text scratch;  /* of the function that runs */
    FILE *releases;       /* the releases table of a single package; NULL elsewhere */
};

/* ${version} raised by a change of ${level}; LEVEL_NONE leaves it. */
struct version version_raised(struct version version, enum level level);

/* Appends the three numbers with dots. */
void version_write(struct text *out, struct version version);

/* Gives ${package} its name and its place: 0 the repository itself, n the folder packages/pkg-n/. */
void package_init(struct package *package, int number, struct version version);

/* A commit of ${level} touches ${package}. */
void package_count(struct package *package, enum level level);

/* Raises the version as the commits since the last release ask, at least by a patch, and starts counting anew. */
void package_release(struct package *package);

/* Appends the tag of the present version. */
void package_tag(struct text *out, const struct package *package);

/* Adds both usual version files of ${package}, at its present version, to the changes of the next commit. */
void history_change_manifests(struct history *history, const struct package *package);

/* Commits the changes with ${text} as message. ${parent_count} 0: on the last commit of ${ref}, NULL is main.
 * Returns the commit's number. */
int history_commit(struct history *history, const char *text, const char *ref, const int *parents, size_t parent_count);

/* Tags the commit ${number} as the release of ${package}. */
void history_tag(struct history *history, const struct package *package, int number);

/* Writes the first commit and the first tags of a repository of ${count} packages. */
void history_begin_packages(struct history *history, int count);

/* Changes files of one to three of the first ${alive} packages, some far more often than others, and now and then one
 * of no package; returns how many packages stand in ${touched}. */
int history_touch(struct history *history, int alive, struct package *touched[MAX_TOUCHED]);

/* Releases the packages ${due} in one commit on ${parent} (0: main's last commit) with its tags; returns its number. */
int history_release(struct history *history, struct package **due, int count, int parent);

/* The shapes' writers. */
void single_write(const struct shape *shape, struct history *history);
void mono_write(const struct shape *shape, struct history *history);
void merges_write(const struct shape *shape, struct history *history);

#endif
