#include "message_line.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "banned.h"

/* A type is a noun, an owner/repo has its limit at the forge: both bound what is looked back on. */
#define TYPE_MAX 64
#define REPOSITORY_MAX 140

static int is_alpha(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int is_digit(char c) {
    return c >= '0' && c <= '9';
}

static int is_word(char c) {
    return is_alpha(c) || is_digit(c) || c == '_' || c == '-';
}

static struct message_text slice(struct message_text text, size_t from, size_t to) {
    struct message_text part = {text.bytes + from, to - from};
    return part;
}

static int starts_with(struct message_text text, const char *prefix) {
    size_t length = strlen(prefix);
    return text.length >= length && memcmp(text.bytes, prefix, length) == 0;
}

struct message_text message_line_trim(struct message_text line) {
    while (line.length && (line.bytes[line.length - 1] == ' ' || line.bytes[line.length - 1] == '\t'))
        line.length--;
    while (line.length && (line.bytes[0] == ' ' || line.bytes[0] == '\t')) {
        line.bytes++;
        line.length--;
    }
    return line;
}

int message_line_header(struct message_entry *entry, struct message_text line) {
    const char *bytes = line.bytes;
    size_t at = 0;

    memset(entry, 0, sizeof *entry);
    if (line.length == 0 || !is_alpha(bytes[0]))
        return 0;
    while (at < line.length && at <= TYPE_MAX && is_word(bytes[at]))
        at++;
    if (at > TYPE_MAX)
        return 0;
    entry->type = slice(line, 0, at);
    if (at < line.length && bytes[at] == '(') {
        size_t open = ++at;
        while (at < line.length && bytes[at] != ')' && bytes[at] != '(')
            at++;
        if (at == line.length || bytes[at] != ')')
            return 0;
        entry->scope = message_line_trim(slice(line, open, at));
        if (entry->scope.length == 0)
            return 0;
        at++;
    }
    if (at < line.length && bytes[at] == '!') {
        entry->breaking = 1;
        at++;
    }
    if (line.length - at < 2 || bytes[at] != ':' || bytes[at + 1] != ' ')
        return 0;
    entry->description = message_line_trim(slice(line, at + 1, line.length));
    return entry->description.length > 0;
}

int message_line_is_listed(const struct message_entry *entry, int any_type) {
    static const char *const known[] = {"build", "chore", "ci",       "deps",   "docs",  "feat",
                                        "fix",   "perf",  "refactor", "revert", "style", "test"};
    size_t i;

    if (entry->description.length > 1 && entry->description.bytes[0] == '#' &&
        is_digit(entry->description.bytes[1]))
        return 0;
    if (any_type) {
        for (i = 0; i < entry->type.length; i++)
            if (entry->type.bytes[i] < 'a' || entry->type.bytes[i] > 'z')
                return 0;
        return 1;
    }
    for (i = 0; i < sizeof known / sizeof *known; i++)
        if (entry->type.length == strlen(known[i]) && starts_with(entry->type, known[i]))
            return 1;
    return 0;
}

int message_line_footer(struct message_footer *footer, struct message_text line) {
    size_t at = 0;

    if (line.length == 0 || !(is_alpha(line.bytes[0]) || is_digit(line.bytes[0])))
        return 0;
    while (at < line.length && is_word(line.bytes[at]) && line.bytes[at] != '_')
        at++;
    if (line.length - at < 3)
        return 0;
    if (!(line.bytes[at] == ':' && line.bytes[at + 1] == ' ') &&
        !(line.bytes[at] == ' ' && line.bytes[at + 1] == '#'))
        return 0;
    footer->token = slice(line, 0, at);
    footer->value = message_line_trim(slice(line, at + 2, line.length));
    return footer->value.length > 0;
}

int message_line_breaking(struct message_footer *footer, struct message_text line) {
    const size_t token = strlen("BREAKING CHANGE");

    if (starts_with(line, "* "))
        line = message_line_trim(slice(line, 2, line.length));
    if (!starts_with(line, "BREAKING") || line.length <= token || line.bytes[token] != ':' ||
        (line.length > token + 1 && line.bytes[token + 1] != ' '))
        return 0;
    if (!starts_with(line, "BREAKING CHANGE") && !starts_with(line, "BREAKING-CHANGE"))
        return 0;
    footer->token = slice(line, 0, token);
    footer->value = message_line_trim(slice(line, token + 1, line.length));
    return 1;
}

/* ${line} without the ` (#12)` that a forge appends to the subject of a squashed pull request. */
static struct message_text without_number(struct message_text line) {
    size_t at = line.length;
    if (at == 0 || line.bytes[--at] != ')')
        return line;
    while (at && is_digit(line.bytes[at - 1]))
        at--;
    if (at < 3 || at == line.length - 1 || memcmp(line.bytes + at - 3, " (#", 3) != 0)
        return line;
    return slice(line, 0, at - 3);
}

/* Takes the word and the quotes off `WORD "text"`. */
static int unquote(struct message_text *text, const char *word) {
    size_t length = strlen(word);
    if (!starts_with(*text, word) || text->length < length + 2 ||
        text->bytes[text->length - 1] != '"')
        return 0;
    *text = slice(*text, length, text->length - 1);
    return 1;
}

int message_line_revert(struct message_revert *revert, struct message_text line) {
    struct message_text text = without_number(line);

    memset(revert, 0, sizeof *revert);
    if (unquote(&text, "Reapply \"")) {
        revert->reapplies = 1;
    } else if (unquote(&text, "Revert \"")) {
        revert->undone = 1;
    } else {
        return 0;
    }
    revert->reverted = text;
    for (;;) {
        struct message_text inner = without_number(text);
        if (unquote(&inner, "Revert \""))
            revert->undone = !revert->undone;
        else if (!unquote(&inner, "Reapply \"")) /* in again is what it was before */
            break;
        text = inner;
    }
    revert->inner = text;
    return text.length > 0;
}

int message_line_is_merge(struct message_text line) {
    static const char *const prefixes[] = {
        "Merge branch '",      "Merge branches '", "Merge tag '",
        "Merge tags '",        "Merge commit '",   "Merge commits '",
        "Merge remote-tracking branch", /* one or, with -es, several */
        "Merge pull request ", "Merged in "};
    size_t i;

    if (!starts_with(line, "Merge"))
        return 0;
    for (i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        if (starts_with(line, prefixes[i]))
            return 1;
    /* `Merge 40-hex into 40-hex`: the commit that a forge makes to test a pull request */
    for (i = strlen("Merge "); i < line.length && isxdigit((unsigned char)line.bytes[i]); i++)
        ;
    return i == strlen("Merge ") + 40 && starts_with(slice(line, i, line.length), " into ");
}

int message_line_is_rule(struct message_text line) {
    size_t i;
    for (i = 0; i < line.length; i++)
        if (line.bytes[i] != '-')
            return 0;
    return line.length >= 3;
}

/* Whether a closing word ends right before ${end}, with spaces or a colon between. */
static int closes(struct message_text line, size_t end) {
    static const char *const words[] = {"close", "closes",  "closed",   "fix",     "fixes",
                                        "fixed", "resolve", "resolves", "resolved"};
    size_t at, spaces = 0, i;

    while (end && line.bytes[end - 1] == ' ' && spaces < 8) {
        end--;
        spaces++;
    }
    if (spaces && end && line.bytes[end - 1] == ':')
        end--;
    if (spaces == 0)
        return 0;
    for (at = end; at && end - at <= 9 && is_word(line.bytes[at - 1]); at--)
        ;
    for (i = 0; i < sizeof words / sizeof *words; i++)
        if (end - at == strlen(words[i]) && strncasecmp(line.bytes + at, words[i], end - at) == 0)
            return 1;
    return 0;
}

/* Where an `owner/repo` that ends at ${end} begins; ${end} itself when there is none. */
static size_t repository_start(struct message_text line, size_t end) {
    size_t at = end, slashes = 0;
    while (at && end - at < REPOSITORY_MAX &&
           (is_word(line.bytes[at - 1]) || line.bytes[at - 1] == '.' || line.bytes[at - 1] == '/')) {
        at--;
        slashes += line.bytes[at] == '/';
    }
    return slashes == 1 && line.bytes[at] != '/' && line.bytes[end - 1] != '/' ? at : end;
}

/* Where a list of issues goes on behind ${at}: past `,`, `and`, `&` and spaces. */
static size_t skip_joint(struct message_text line, size_t at) {
    while (at < line.length) {
        if (line.bytes[at] == ' ' || line.bytes[at] == ',' || line.bytes[at] == '&')
            at++;
        else if (starts_with(slice(line, at, line.length), "and "))
            at += 4;
        else
            break;
    }
    return at;
}

/* The next `#` or `GH-` in front of a digit; the line's length when there is none. */
static size_t find_number(struct message_text line, size_t at, size_t *sign) {
    for (; at < line.length; at++) {
        const char *bytes = line.bytes + at;
        size_t left = line.length - at;
        *sign = bytes[0] == '#' ? 1 : left > 3 && memcmp(bytes, "GH-", 3) == 0 ? 3 : 0;
        if (*sign && left > *sign && is_digit(bytes[*sign]))
            break;
    }
    return at;
}

int message_line_reference(struct message_text *reference, struct message_text line, size_t *at,
                           size_t *chain) {
    size_t sign;
    while ((*at = find_number(line, *at, &sign)) < line.length) {
        size_t start = sign == 1 ? repository_start(line, *at) : *at;
        size_t digits = *at + sign, end = digits;
        int named = start < *at;

        while (end < line.length && is_digit(line.bytes[end]))
            end++;
        *at = end;
        if ((*chain && start == *chain) || closes(line, start)) {
            *chain = skip_joint(line, end);
            *reference = slice(line, named ? start : digits, end);
            return 1;
        }
        *chain = 0;
    }
    return 0;
}
