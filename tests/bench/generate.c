/*
 * generate SHAPE DIR: writes the history of a benchmark repository as a `git fast-import` stream on standard output,
 * and under DIR what a release tool must find in it:
 *
 *     SHAPE.truth.tsv      package, previous tag, commits since, level, next version ("-" where nothing is to release)
 *     SHAPE.releases.tsv   version, commits, breaking commits: one row a release, newest first, what is unreleased on
 *                          top with the version "-"; only for shapes of one package in the root
 *
 * `generate --shapes` lists the shapes. The same shape always yields the same bytes, so the id of its head is known
 * beforehand (expect.tsv). repositories.sh makes repositories of it.
 */
#include <stdlib.h>
#include <string.h>

#include "history.h"

static const struct shape shapes[] = {
    { "single-1k",   single_write, .packages = 1,    .commits = 1000,   .unreleased = 200 },
    { "single-10k",  single_write, .packages = 1,    .commits = 10000,  .unreleased = 2000 },
    { "single-100k", single_write, .packages = 1,    .commits = 100000, .unreleased = 2000 },
    { "single-500k", single_write, .packages = 1,    .commits = 500000, .unreleased = 2000 },
    { "mono-1",      mono_write,   .packages = 1,    .commits = 20000,  .unreleased = 2000, .tags = 200 },
    { "mono-10",     mono_write,   .packages = 10,   .commits = 20000,  .unreleased = 2000, .tags = 2000 },
    { "mono-100",    mono_write,   .packages = 100,  .commits = 20000,  .unreleased = 2000, .tags = 5000 },
    { "mono-1000",   mono_write,   .packages = 1000, .commits = 50000,  .unreleased = 2000, .tags = 5000 },
    { "stale-1000",  mono_write,   .packages = 1000, .commits = 50000,  .unreleased = 2000, .tags = 5000, .stale = 20 },
    { "merges-20k",  merges_write, .packages = 20,   .commits = 20000,  .unreleased = 2000 },
};

#define SHAPES (sizeof shapes / sizeof shapes[0])

static FILE *
table_open(const char *folder, const char *shape, const char *table)
{
    struct text path = { 0 };
    text_add(&path, "%s/%s.%s.tsv", folder, shape, table);
    FILE *file = fopen(path.bytes, "w");
    if (file == NULL) {
        perror(path.bytes);
        exit(1);
    }
    text_release(&path);
    return file;
}

static void
write_truth(FILE *out, const struct history *history, int packages)
{
    struct text row = { 0 };
    fputs("package\tprevious\tcommits\tlevel\tnext\n", out);
    for (const struct package *package = history->packages; package < history->packages + packages; package++) {
        text_clear(&row);
        text_add(&row, "%s\t", package->name);
        package_tag(&row, package);
        text_add(&row, "\t%d\t%s\t", package->commits, level_names[package->level]);
        if (package->level == LEVEL_NONE)
            text_add(&row, "-");
        else
            version_write(&row, version_raised(package->version, package->level));
        fprintf(out, "%s\n", row.bytes);
    }
    text_release(&row);
}

static const struct shape *
shape_named(const char *name)
{
    for (size_t i = 0; i < SHAPES; i++)
        if (strcmp(shapes[i].name, name) == 0)
            return &shapes[i];
    return NULL;
}

/* Flushes and closes; a full disk must not pass for a short history. */
static bool
closed(FILE *file)
{
    return file == NULL || fclose(file) == 0;
}

int
main(int argc, char **argv)
{
    static struct history history;
    static char buffer[1 << 20];

    if (argc == 2 && strcmp(argv[1], "--shapes") == 0) {
        for (size_t i = 0; i < SHAPES; i++)
            puts(shapes[i].name);
        return 0;
    }
    const struct shape *shape = argc == 3 ? shape_named(argv[1]) : NULL;
    if (shape == NULL) {
        fputs("usage: generate --shapes | generate SHAPE DIR > STREAM\n", stderr);
        return 9;
    }

    setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
    FILE *truth = table_open(argv[2], shape->name, "truth");
    if (shape->write == single_write)
        history.releases = table_open(argv[2], shape->name, "releases");
    shape->write(shape, &history);
    write_truth(truth, &history, shape->packages);
    text_release(&history.message);
    text_release(&history.changes);
    text_release(&history.scratch);

    bool tables = closed(truth), list = closed(history.releases), stream = closed(stdout);
    if (!tables || !list || !stream) {
        perror("generate");
        return 1;
    }
    return 0;
}
