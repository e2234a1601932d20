/*
 * merges: the pull-request style. Short branches are cut from an older main and merged back later, a few by an octopus;
 * a commit counts for its packages once it is merged, whatever was released between its writing and its merging.
 */
#include <stdlib.h>
#include <string.h>

#include "history.h"

#define MAX_OPEN 12
#define MAX_BRANCH_COMMITS 4
#define RELEASE_EVERY 40

struct branch {
    int tip, commits;
    struct text changes; /* of all its commits: a merge takes the branch's side of its files */
    struct {
        struct package *touched[MAX_TOUCHED];
        int count;
        enum level level;
    } work[MAX_BRANCH_COMMITS];
};

static void
branch_write(struct branch *branch, struct history *history, int packages, int base)
{
    *branch = (struct branch){ .tip = base, .commits = 1 + (int)dice_below(&history->dice, MAX_BRANCH_COMMITS) };
    for (int i = 0; i < branch->commits; i++) {
        branch->work[i].level = message_write(&history->message, &history->dice);
        branch->work[i].count = history_touch(history, packages, branch->work[i].touched);
        text_join(&branch->changes, &history->changes);
        branch->tip = history_commit(history, history->message.bytes, "refs/heads/pr", &branch->tip, 1);
    }
}

/* Merges ${branches} into the commit ${main} as pull request ${request}; returns the merge's number. */
static int
branches_merge(struct branch *branches, int count, struct history *history, int main, int request)
{
    int parents[3] = { main };
    char text[96];
    for (int i = 0; i < count; i++) {
        struct branch *branch = &branches[i];
        parents[1 + i] = branch->tip;
        text_join(&history->changes, &branch->changes);
        text_release(&branch->changes);
        for (int j = 0; j < branch->commits; j++)
            for (int k = 0; k < branch->work[j].count; k++)
                package_count(branch->work[j].touched[k], branch->work[j].level);
    }
    snprintf(text, sizeof text, "Merge pull request #%d from dev/topic-%d\n", request, request);
    return history_commit(history, text, NULL, parents, 1 + (size_t)count);
}

/* Takes one or two branches, by chance, out of ${open} into ${taken}; returns how many. */
static int
take_branches(struct branch taken[2], struct branch *open, int *open_count, struct dice *dice)
{
    int count = 0, wanted = *open_count > 2 && dice_below(dice, 50) == 0 ? 2 : 1;
    while (count < wanted) {
        int at = (int)dice_below(dice, (unsigned)*open_count);
        taken[count++] = open[at];
        --*open_count;
        memmove(&open[at], &open[at + 1], (size_t)(*open_count - at) * sizeof open[0]);
    }
    return count;
}

/* Releases every package that changed, on ${main}; returns the new main, the same when none did. */
static int
release_changed(struct history *history, int packages, int main)
{
    struct package *due[MAX_PACKAGES];
    int count = 0;
    for (int i = 0; i < packages; i++)
        if (history->packages[i].commits > 0)
            due[count++] = &history->packages[i];
    return count > 0 ? history_release(history, due, count, main) : main;
}

void
merges_write(const struct shape *shape, struct history *history)
{
    struct stream *stream = &history->stream;
    struct dice *dice = &history->dice;
    struct branch open[MAX_OPEN], taken[2];
    int *line = calloc((size_t)shape->commits + MAX_OPEN, sizeof *line); /* main: first parents only, oldest first */
    int length = 0, open_count = 0, requests = 0, cut = shape->commits - shape->unreleased;
    bool cut_released = false;
    if (line == NULL) {
        fputs("generate: out of memory\n", stderr);
        exit(1);
    }

    dice->state = 9000000u + (unsigned)shape->commits;
    history_begin_packages(history, shape->packages);
    line[length++] = stream->commits;
    while (stream->commits < shape->commits) {
        bool at_cut = stream->commits >= cut && !cut_released;
        if (at_cut || (length % RELEASE_EVERY == 0 && stream->commits < cut)) {
            cut_released = at_cut;
            line[length] = release_changed(history, shape->packages, line[length - 1]);
            length++;
            continue;
        }
        if (open_count < MAX_OPEN && dice_below(dice, 3) != 0) {
            int at = length - 1 - (int)dice_below(dice, 30);
            branch_write(&open[open_count++], history, shape->packages, line[at > 0 ? at : 0]);
        }
        if (open_count > 0 && dice_below(dice, 2) != 0) {
            int count = take_branches(taken, open, &open_count, dice);
            line[length] = branches_merge(taken, count, history, line[length - 1], ++requests);
            length++;
        }
    }
    stream_reset(stream, "refs/heads/main", line[length - 1]);
    stream_reset(stream, "refs/heads/pr", 0); /* what was not merged never happened */
    while (open_count > 0)
        text_release(&open[--open_count].changes);
    free(line);
}
