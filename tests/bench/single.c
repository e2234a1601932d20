/* single: one package in the root of the repository, released about every two hundred commits. */
#include "history.h"

#define SOURCES 256
#define RELEASE_EVERY 200
#define MAX_RELEASES (500000 / RELEASE_EVERY + 2)

struct release {
    struct version version;
    int commits, breaking;
};

static const char *
source_path(struct history *history, unsigned source)
{
    text_clear(&history->scratch);
    text_add(&history->scratch, "src/d%02u/f%02u.py", source / 16, source % 16);
    return history->scratch.bytes;
}

/* Newest first, as a changelog has them. */
static void
write_releases(FILE *out, const struct release *releases, int count, const struct release *unreleased)
{
    fputs("version\tcommits\tbreaking\n", out);
    fprintf(out, "-\t%d\t%d\n", unreleased->commits, unreleased->breaking);
    for (const struct release *at = releases + count; at-- > releases;)
        fprintf(out, "%d.%d.%d\t%d\t%d\n", at->version.major, at->version.minor, at->version.patch, at->commits,
                at->breaking);
}

static int
write_start(struct history *history)
{
    history_change_manifests(history, &history->packages[0]);
    for (unsigned source = 0; source < SOURCES; source++)
        stream_change(&history->changes, source_path(history, source), "x = 0\n");
    return history_commit(history, "chore: start\n", NULL, NULL, 0);
}

static int
write_release(struct history *history)
{
    static struct text text;
    struct package *package = &history->packages[0];
    package_release(package);
    history_change_manifests(history, package);
    text_clear(&text);
    text_add(&text, "chore(release): ");
    version_write(&text, package->version);
    text_add(&text, "\n");
    return history_commit(history, text.bytes, NULL, NULL, 0);
}

static enum level
write_change(struct history *history)
{
    enum level level = message_write(&history->message, &history->dice);
    const char *path = source_path(history, dice_below(&history->dice, SOURCES));
    stream_change(&history->changes, path, "x = %d\n", history->stream.commits);
    history_commit(history, history->message.bytes, NULL, NULL, 0);
    package_count(&history->packages[0], level);
    return level;
}

void
single_write(const struct shape *shape, struct history *history)
{
    static struct release releases[MAX_RELEASES];
    struct release open = { .commits = 1 }; /* the first commit belongs to the first release */
    struct package *package = &history->packages[0];
    int count = 0, cut = shape->commits - shape->unreleased;

    history->dice.state = 1000u + (unsigned)shape->commits;
    package_init(package, 0, (struct version){ 1, 0, 0 });
    int tagged = write_start(history);
    for (;;) {
        if (tagged != 0) {
            history_tag(history, package, tagged);
            open.version = package->version;
            releases[count++] = open;
            open = (struct release){ .commits = 0 };
            tagged = 0;
        }
        int next = history->stream.commits + 1;
        if (next > shape->commits)
            break;
        if (next % RELEASE_EVERY == 0 && next <= cut && package->level != LEVEL_NONE) {
            tagged = write_release(history);
        } else {
            enum level level = write_change(history);
            open.commits++;
            open.breaking += level == LEVEL_MAJOR;
        }
    }
    write_releases(history->releases, releases, count, &open);
}
