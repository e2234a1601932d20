#include <stdbool.h>
#include <string.h>

#include "dice.h"
#include "message.h"
#include "text.h"

#define COUNT(array) ((unsigned)(sizeof(array) / sizeof((array)[0])))
#define PICK(dice, array) ((array)[dice_below((dice), COUNT(array))])

const char *const level_names[4] = { "none", "patch", "minor", "major" };

static const char *const verbs[] = {
    "add", "drop", "rework", "speed-up", "guard", "expose", "rename", "validate", "cache", "retry",
};

static const char *const nouns[] = {
    "parser",   "loader",   "registry", "planner",   "tokenizer", "scheduler", "lockfile", "manifest",
    "resolver", "renderer", "changelog", "session",  "socket",    "buffer",    "index",
};

static const char *const scopes[] = {
    "core", "api", "cli", "docs", "net", "fs", "deps", "ui", "i18n", "auth",
};

/* Shares are of 1000; what they leave is written without a type. */
static const struct type {
    const char *name;
    unsigned share;
    enum level level;
} types[] = {
    { "feat", 220, LEVEL_MINOR },  { "fix", 300, LEVEL_PATCH }, { "chore", 130, LEVEL_NONE },
    { "docs", 90, LEVEL_NONE },    { "refactor", 60, LEVEL_NONE }, { "test", 50, LEVEL_NONE },
    { "ci", 30, LEVEL_NONE },      { "perf", 35, LEVEL_PATCH }, { "style", 15, LEVEL_NONE },
    { "build", 15, LEVEL_NONE },
};

/* {v} a verb, {n} a noun, {k} a number. "Note: ..." looks like a type and is none that the convention gives a level. */
static const char *const plain[] = {
    "Update {n}",           "WIP on the {n}", "{v} {n} (#{k})",
    "Note: {v} {n} later",  "Merge the {n} notes by hand",
    "fixup {n}",            "Bump {n} from 1.{k} to 1.{k}.1",
};

#define PLAIN_NAMES 37
static const char *const odd_names[] = {
    "Zoë Ångström <zoe@example.invalid>",
    "李 雷 <lilei@example.invalid>",
    "O'Brien \\ Sons <ob@example.invalid>",
};

void
message_person(struct text *out, struct dice *dice)
{
    unsigned who = dice_below(dice, PLAIN_NAMES + COUNT(odd_names));
    if (who < PLAIN_NAMES)
        text_add(out, "Dev %02u <dev%02u@example.invalid>", who, who);
    else
        text_add(out, "%s", odd_names[who - PLAIN_NAMES]);
}

static void
write_plain(struct text *message, const char *pattern, const char *verb, const char *noun, unsigned number)
{
    for (const char *at = pattern; *at != '\0'; at++) {
        if (*at != '{') {
            text_add(message, "%c", *at);
            continue;
        }
        switch (at[1]) {
        case 'v': text_add(message, "%s", verb); break;
        case 'n': text_add(message, "%s", noun); break;
        default: text_add(message, "%u", number); break;
        }
        at += 2;
    }
    text_add(message, "\n");
}

static const struct type *
type_at(unsigned share)
{
    const struct type *type = types;
    for (unsigned sum = type->share; share >= sum; sum += type->share)
        type++;
    return type;
}

static void
write_body(struct text *message, struct dice *dice)
{
    text_add(message, "\n");
    for (unsigned lines = 1 + dice_below(dice, 5); lines > 0; lines--) {
        /* One roll a line: the order in which a compiler evaluates arguments is its own. */
        const char *who = PICK(dice, nouns);
        const char *did = PICK(dice, verbs);
        const char *what = PICK(dice, nouns);
        const char *when = PICK(dice, nouns);
        text_add(message, "The %s did not %s the %s when %s was asked for it.\n", who, did, what, when);
    }
}

static void
write_footers(struct text *message, struct dice *dice, const char *gone, unsigned number)
{
    size_t before = message->length;
    text_add(message, "\n");
    size_t none = message->length;
    if (gone != NULL)
        text_add(message, "BREAKING CHANGE: the %s is gone, use the %s\n", gone, PICK(dice, nouns));
    if (dice_below(dice, 4) == 0)
        text_add(message, "Closes #%u\n", number);
    if (dice_below(dice, 6) == 0) {
        text_add(message, "Co-authored-by: ");
        message_person(message, dice);
        text_add(message, "\n");
    }
    if (dice_below(dice, 6) == 0) {
        text_add(message, "Signed-off-by: ");
        message_person(message, dice);
        text_add(message, "\n");
    }
    if (message->length == none)
        message->length = before;
    message->bytes[message->length] = '\0';
}

enum level
message_write(struct text *message, struct dice *dice)
{
    text_clear(message);
    const char *verb = PICK(dice, verbs);
    const char *noun = PICK(dice, nouns);
    unsigned number = 1 + dice_below(dice, 9000);
    unsigned share = dice_below(dice, 1000);
    unsigned typed = 0;
    for (unsigned i = 0; i < COUNT(types); i++)
        typed += types[i].share;
    if (share >= typed) {
        write_plain(message, PICK(dice, plain), verb, noun, number);
        return LEVEL_NONE;
    }

    const struct type *type = type_at(share);
    bool bang = dice_below(dice, 1000) == 0;
    bool footer = dice_below(dice, 2000) == 0;
    text_add(message, "%s", type->name);
    if (dice_below(dice, 10) < 6)
        text_add(message, "(%s)", PICK(dice, scopes));
    text_add(message, "%s: %s the %s", bang ? "!" : "", verb, noun);
    if (dice_below(dice, 3) == 0)
        text_add(message, " (#%u)", number);
    text_add(message, "\n");
    if (dice_below(dice, 10) < 3)
        write_body(message, dice);
    write_footers(message, dice, footer ? noun : NULL, number);
    return bang || footer ? LEVEL_MAJOR : type->level;
}
