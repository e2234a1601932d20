/*
 * mono: many packages on one straight line of commits. Every hundred commits those with most changes are released; at
 * the cut everyone is, so that what is unreleased are the last commits; stale packages stay where the first tenth left
 * them.
 */
#include <stdlib.h>

#include "history.h"

#define ROUND 100

/* Most commits first; of equals, the one that stands first among the packages. */
static int
by_commits(const void *left, const void *right)
{
    const struct package *a = *(struct package *const *)left, *b = *(struct package *const *)right;
    if (a->commits != b->commits)
        return b->commits - a->commits;
    return a->number - b->number;
}

/* The packages that a round releases, at most ${each}; the stale ones, from ${busy} on, only while the history is
 * ${young}, and then also for changes that ask for no version. */
static int
due_in_round(struct package **due, struct history *history, const struct shape *shape, int busy, bool young, int each)
{
    int count = 0;
    for (int i = 0; i < shape->packages; i++) {
        struct package *package = &history->packages[i];
        if (package->commits > 0 && (i < busy ? package->level != LEVEL_NONE : young))
            due[count++] = package;
    }
    qsort(due, (size_t)count, sizeof due[0], by_commits);
    return count < each ? count : each;
}

static int
due_at_cut(struct package **due, struct history *history, int busy)
{
    int count = 0;
    for (int i = 0; i < busy; i++)
        if (history->packages[i].commits > 0)
            due[count++] = &history->packages[i];
    return count;
}

void
mono_write(const struct shape *shape, struct history *history)
{
    struct package *due[MAX_PACKAGES], *touched[MAX_TOUCHED];
    int cut = shape->commits - shape->unreleased, busy = shape->packages - shape->stale;
    int rounds = cut / ROUND, wanted = shape->tags - shape->packages;
    int each = wanted <= 0 ? 1 : (wanted + rounds - 1) / rounds;

    history->dice.state = 7000000u + 1000u * (unsigned)shape->packages + (unsigned)shape->commits;
    history_begin_packages(history, shape->packages);
    while (history->stream.commits < shape->commits) {
        int next = history->stream.commits + 1, due_count = 0;
        bool young = history->stream.commits < cut / 10;
        if (next == cut)
            due_count = due_at_cut(due, history, busy);
        else if (next % ROUND == 0 && next < cut)
            due_count = due_in_round(due, history, shape, busy, young, each);
        if (due_count > 0) {
            history_release(history, due, due_count, 0);
            continue;
        }
        enum level level = message_write(&history->message, &history->dice);
        int count = history_touch(history, young ? shape->packages : busy, touched);
        history_commit(history, history->message.bytes, NULL, NULL, 0);
        for (int i = 0; i < count; i++)
            package_count(touched[i], level);
    }
}
