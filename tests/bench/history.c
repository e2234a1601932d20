#include "history.h"

struct version
version_raised(struct version version, enum level level)
{
    switch (level) {
    case LEVEL_MAJOR: return (struct version){ version.major + 1, 0, 0 };
    case LEVEL_MINOR: return (struct version){ version.major, version.minor + 1, 0 };
    case LEVEL_PATCH: return (struct version){ version.major, version.minor, version.patch + 1 };
    case LEVEL_NONE: break;
    }
    return version;
}

void
version_write(struct text *out, struct version version)
{
    text_add(out, "%d.%d.%d", version.major, version.minor, version.patch);
}

void
package_init(struct package *package, int number, struct version version)
{
    *package = (struct package){ .number = number, .version = version };
    if (number == 0) {
        snprintf(package->name, sizeof package->name, "solo");
        snprintf(package->prefix, sizeof package->prefix, "v");
        return;
    }
    snprintf(package->name, sizeof package->name, "pkg-%d", number);
    snprintf(package->prefix, sizeof package->prefix, "pkg-%d-v", number);
    snprintf(package->folder, sizeof package->folder, "packages/pkg-%d/", number);
}

void
package_count(struct package *package, enum level level)
{
    package->commits++;
    if (level > package->level)
        package->level = level;
}

void
package_release(struct package *package)
{
    package->version = version_raised(package->version, package->level != LEVEL_NONE ? package->level : LEVEL_PATCH);
    package->commits = 0;
    package->level = LEVEL_NONE;
}

void
package_tag(struct text *out, const struct package *package)
{
    text_add(out, "%s", package->prefix);
    version_write(out, package->version);
}

/* The path of ${file} of ${package}, until the next call. */
static const char *
path_of(struct history *history, const struct package *package, const char *file)
{
    text_clear(&history->scratch);
    text_add(&history->scratch, "%s%s", package->folder, file);
    return history->scratch.bytes;
}

void
history_change_manifests(struct history *history, const struct package *package)
{
    struct version at = package->version;
    const char *private = package->number == 0 ? ",\n  \"private\": true" : "";
    stream_change(&history->changes, path_of(history, package, "pyproject.toml"),
                  "[project]\nname = \"%s\"\nversion = \"%d.%d.%d\"\n", package->name, at.major, at.minor, at.patch);
    stream_change(&history->changes, path_of(history, package, "package.json"),
                  "{\n  \"name\": \"%s\",\n  \"version\": \"%d.%d.%d\"%s\n}\n", package->name, at.major, at.minor,
                  at.patch, private);
}

int
history_commit(struct history *history, const char *text, const char *ref, const int *parents, size_t parent_count)
{
    int number = stream_commit(&history->stream, &history->dice,
                               &(struct stream_commit){ .ref = ref, .message = text, .changes = &history->changes,
                                                        .parents = parents, .parent_count = parent_count });
    text_clear(&history->changes);
    return number;
}

void
history_tag(struct history *history, const struct package *package, int number)
{
    text_clear(&history->scratch);
    package_tag(&history->scratch, package);
    stream_tag(&history->stream, history->scratch.bytes, number);
}

void
history_begin_packages(struct history *history, int count)
{
    struct text *changes = &history->changes;
    stream_change(changes, "package.json",
                  "{\n  \"name\": \"root\",\n  \"version\": \"0.0.0\",\n  \"private\": true,\n"
                  "  \"workspaces\": [\"packages/*\"]\n}\n");
    stream_change(changes, "lerna.json", "{\n  \"version\": \"independent\",\n  \"packages\": [\"packages/*\"]\n}\n");
    stream_change(changes, "package-lock.json",
                  "{\"name\":\"root\",\"version\":\"0.0.0\",\"lockfileVersion\":3,\"requires\":true,"
                  "\"packages\":{}}\n");
    stream_change(changes, "README.md", "# bench\n");
    for (int i = 0; i < count; i++) {
        struct package *package = &history->packages[i];
        package_init(package, i + 1, (struct version){ 0, 1, 0 });
        history_change_manifests(history, package);
        for (char file[] = "src/m0.py"; file[5] < '6'; file[5]++)
            stream_change(changes, path_of(history, package, file), "x = 0\n");
    }
    int number = history_commit(history, "chore: start\n", NULL, NULL, 0);
    for (int i = 0; i < count; i++)
        history_tag(history, &history->packages[i], number);
}

int
history_touch(struct history *history, int alive, struct package *touched[MAX_TOUCHED])
{
    struct dice *dice = &history->dice;
    int count = 0, tries = 1;
    tries += dice_below(dice, 10) >= 7;
    tries += dice_below(dice, 10) >= 9;
    while (tries-- > 0) {
        double share = dice_unit(dice);
        struct package *package = &history->packages[(int)(alive * (share * share))];
        bool known = false;
        for (int i = 0; i < count; i++)
            known = known || touched[i] == package;
        if (!known)
            touched[count++] = package;
    }
    for (int i = 0; i < count; i++) {
        char file[] = "src/m0.py";
        file[5] = (char)('0' + dice_below(dice, 6));
        stream_change(&history->changes, path_of(history, touched[i], file), "x = %d\n", history->stream.commits);
    }
    if (dice_below(dice, 20) == 0)
        stream_change(&history->changes, "README.md", "# bench %d\n", history->stream.commits);
    return count;
}

int
history_release(struct history *history, struct package **due, int count, int parent)
{
    char text[64];
    for (int i = 0; i < count; i++) {
        package_release(due[i]);
        history_change_manifests(history, due[i]);
    }
    snprintf(text, sizeof text, "chore(release): %d package(s)\n", count);
    int number = history_commit(history, text, NULL, &parent, parent != 0);
    for (int i = 0; i < count; i++)
        history_tag(history, due[i], number);
    return number;
}
