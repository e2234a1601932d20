#include "message.h"

#include <string.h>
#include <strings.h>

#include "err.h"
#include "message_line.h"
#include "message_room.h"

#include "banned.h"

#define OVERRIDE_BEGIN "BEGIN_COMMIT_OVERRIDE"
#define OVERRIDE_END "END_COMMIT_OVERRIDE"
#define NESTED_BEGIN "BEGIN_NESTED_COMMIT"
#define NESTED_END "END_NESTED_COMMIT"
#define SHORTEST_ID 7

/* Where the lines of a section stand: carried from line to line. */
struct section {
    struct message *message;
    const char *at, *end;
    int override;          /* every well-known header is an entry, wherever it stands */
    int references;        /* the text can hold references at all */
    int awaits_header;     /* the next line that is not blank is a message's first */
    int at_boundary;       /* the line begins a paragraph, or follows a header */
    int in_footers;        /* a footer has begun: tokens count at every line */
    const char *list_end;  /* the paragraph of headers, if in one, ends here */
    size_t footer;         /* 1 + the index of the footer whose value goes on */
    int footer_breaks;     /* ... and it is a breaking one, */
    size_t note;           /* whose value is also this note (1 + index) */
    size_t entry;          /* what lines belong to now */
};

int message_token_is(const struct message_text *token, const char *name) {
    return token->length == strlen(name) && strncasecmp(token->bytes, name, token->length) == 0;
}

static int same(struct message_text a, struct message_text b) {
    return a.length == b.length && (a.length == 0 || memcmp(a.bytes, b.bytes, a.length) == 0);
}

static int line_is(struct message_text line, const char *word) {
    return line.length == strlen(word) && memcmp(line.bytes, word, line.length) == 0;
}

static struct message_text line_at(const char *at, const char *end) {
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    struct message_text line = {at, (size_t)((newline ? newline : end) - at)};
    while (line.length && (line.bytes[line.length - 1] == ' ' || line.bytes[line.length - 1] == '\t'))
        line.length--;
    return line;
}

static const char *next_line(const char *at, const char *end) {
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    return newline ? newline + 1 : end;
}

/* Takes out CRs at line ends, comment lines, and all below git's scissors. */
static int clean_up(struct message *message, const char *at, const char *end) {
    static const char scissors[] = " >8 ";
    for (; at < end; at = next_line(at, end)) {
        const char *stop = next_line(at, end);
        size_t length = (size_t)(stop - at);
        int newline = length && at[length - 1] == '\n';

        length -= (size_t)newline;
        if (length && at[length - 1] == '\r')
            length--;
        if (length && at[0] == '#' && (length == 1 || at[1] == ' ')) {
            if (memmem(at, length, scissors, sizeof scissors - 1))
                break;
            continue;
        }
        if (buf_append(&message->clean, at, length) < 0 ||
            (newline && buf_append_byte(&message->clean, '\n') < 0))
            return ERR_MEMORY;
    }
    return 0;
}

/* The value of the open footer, if any, goes on no further. */
static void close_footer(struct section *section) {
    section->footer = section->note = 0;
    section->footer_breaks = 0;
}

/* Gives the entry a note, or the note that it has its longer value. */
static int set_note(struct section *section, struct message_text value) {
    struct message *message = section->message;
    int rc;
    if (section->note) {
        message->values[section->note - 1].text = value;
        return 0;
    }
    rc = message_add_value(message, section->entry, MESSAGE_NOTE, value);
    section->note = message->value_count;
    message->entries[section->entry].breaking = 1;
    return rc;
}

static int open_footer(struct section *section, const struct message_footer *footer, int breaks) {
    int rc = message_add_footer(section->message, footer);
    if (rc < 0)
        return rc;
    section->footer = section->message->footer_count;
    section->note = 0;
    section->footer_breaks = breaks;
    section->in_footers = 1;
    return breaks && footer->value.length ? set_note(section, footer->value) : 0;
}

/* The open footer's value runs to the end of ${line}. */
static int extend_footer(struct section *section, struct message_text line) {
    struct message_text *value = &section->message->footers[section->footer - 1].value;
    if (value->length == 0)
        *value = message_line_trim(line);
    else
        value->length = (size_t)(line.bytes + line.length - value->bytes);
    return section->footer_breaks ? set_note(section, *value) : 0;
}

static int scan_references(struct section *section, struct message_text line) {
    struct message_text reference;
    size_t at = 0, chain = 0;
    int rc = 0;
    while (rc == 0 && section->references &&
           message_line_reference(&reference, line, &at, &chain))
        rc = message_add_value(section->message, section->entry, MESSAGE_REFERENCE, reference);
    return rc;
}

/* Lines belong to the entry of ${header} from here on. */
static int start_entry(struct section *section, const struct message_entry *header) {
    struct message *message = section->message;
    struct message_entry *first = message->entries;

    close_footer(section);
    section->in_footers = 0;
    section->at_boundary = 1;
    if (message->entry_count && same(first->type, header->type) &&
        same(first->scope, header->scope) && same(first->description, header->description)) {
        first->breaking |= header->breaking; /* a squash that repeats its title */
        section->entry = 0;
        return 0;
    }
    section->entry = message->entry_count;
    return message_add_entry(message, header);
}

/* The first line of a message, conventional or not. */
static int start_message(struct section *section, struct message_text line) {
    struct message_entry entry;
    struct message_revert revert;
    int rc;

    section->awaits_header = 0;
    if (message_line_revert(&revert, line)) {
        if (section->message->entry_count == 0) {
            section->message->reverted = revert.reverted;
            section->message->reapplies = revert.reapplies;
        }
        if (revert.undone) {
            memset(&entry, 0, sizeof entry);
            entry.type.bytes = "revert";
            entry.type.length = strlen(entry.type.bytes);
            entry.description = revert.inner;
            return start_entry(section, &entry);
        }
        line = revert.inner; /* in again: it counts as what it was */
    }
    if (!message_line_header(&entry, line)) {
        memset(&entry, 0, sizeof entry);
        entry.description = line;
    }
    rc = start_entry(section, &entry);
    return rc < 0 ? rc : scan_references(section, entry.description);
}

/* Whether the paragraph that begins at ${line} consists of well-known headers, and where it ends. */
static int is_header_list(struct section *section, struct message_text line) {
    struct message_entry entry;
    const char *at = line.bytes;
    while (line.length) {
        if (!message_line_header(&entry, line) || !message_line_is_listed(&entry, 0))
            return 0;
        at = next_line(at, section->end);
        line = line_at(at, section->end);
    }
    section->list_end = at;
    return 1;
}

/* Whether the line is a header inside a body. */
static int is_listed(struct section *section, struct message_entry *entry,
                     struct message_text line) {
    if (line.length > 2 && line.bytes[0] == '*' && line.bytes[1] == ' ') {
        struct message_text rest = {line.bytes + 2, line.length - 2};
        return message_line_header(entry, message_line_trim(rest)) &&
               message_line_is_listed(entry, 1);
    }
    if (!message_line_header(entry, line) || !message_line_is_listed(entry, 0))
        return 0;
    if (section->override || line.bytes < section->list_end)
        return 1;
    return section->at_boundary && is_header_list(section, line);
}

/* Whether the line ends what stands above it: a rule, or the edge of a nested message. */
static int is_border(struct section *section, struct message_text line) {
    if (line_is(line, NESTED_BEGIN))
        section->awaits_header = 1;
    else if (line_is(line, NESTED_END))
        section->awaits_header = section->message->entry_count == 0;
    else if (!message_line_is_rule(line))
        return 0;
    close_footer(section);
    section->in_footers = 0;
    section->at_boundary = 1;
    section->entry = 0;
    return 1;
}

static int parse_line(struct section *section, struct message_text line) {
    struct message_entry entry;
    struct message_footer footer;
    int rc;

    if (is_border(section, line))
        return 0;
    if (section->awaits_header)
        return start_message(section, line);
    if (is_listed(section, &entry, line)) {
        rc = start_entry(section, &entry);
        return rc < 0 ? rc : scan_references(section, entry.description);
    }
    if (message_line_breaking(&footer, line))
        rc = open_footer(section, &footer, 1);
    else if ((section->at_boundary || section->in_footers) && message_line_footer(&footer, line))
        rc = open_footer(section, &footer, 0);
    else
        rc = section->footer ? extend_footer(section, line) : 0;
    section->at_boundary = 0;
    return rc < 0 ? rc : scan_references(section, line);
}

static int parse_section(struct section *section) {
    int rc = 0;
    while (rc == 0 && section->at < section->end) {
        struct message_text line = line_at(section->at, section->end);
        section->at = next_line(section->at, section->end);
        if (line.length == 0)
            section->at_boundary = 1;
        else
            rc = parse_line(section, line);
    }
    return rc;
}

/* The first of ${words} in the text, or NULL. The byte ${rare} of it is what messages seldom have: memchr, which looks
 * for that, is many times as quick as memmem. */
static const char *seek(const char *at, const char *end, const char *words, size_t rare) {
    size_t length = strlen(words);
    const char *hit = (size_t)(end - at) < length ? end : at + rare;

    while (hit < end && (hit = memchr(hit, words[rare], (size_t)(end - hit))) != NULL) {
        const char *begin = hit - rare;
        if ((size_t)(end - begin) < length)
            return NULL;
        if (memcmp(begin, words, length) == 0)
            return begin;
        hit++;
    }
    return NULL;
}

/* The line that is ${marker}, or NULL. */
static const char *find_marker(const char *at, const char *end, const char *marker) {
    const char *begin = at;
    while ((at = seek(at, end, marker, strcspn(marker, "_"))) != NULL) {
        if ((at == begin || at[-1] == '\n') && line_is(line_at(at, end), marker))
            return at;
        at += strlen(marker);
    }
    return NULL;
}

/* An override, if there is one, stands for the whole message. */
static void find_override(struct section *section) {
    const char *begin = find_marker(section->at, section->end, OVERRIDE_BEGIN), *stop;
    if (begin == NULL)
        return;
    section->at = next_line(begin, section->end);
    stop = find_marker(section->at, section->end, OVERRIDE_END);
    section->end = stop ? stop : section->end;
    section->override = 1;
}

/* The ids in ${text}, which are parted by commas and spaces, up to the first other word. */
static int add_ids(struct message *message, struct message_text text, size_t most) {
    static const char digits[] = "0123456789abcdefABCDEF";
    size_t at = 0;
    while (at < text.length && most--) {
        struct message_text id = {text.bytes + at, 0};
        while (at < text.length && memchr(digits, text.bytes[at], sizeof digits - 1))
            at++;
        id.length = (size_t)(text.bytes + at - id.bytes);
        if (id.length < SHORTEST_ID)
            break;
        if (message_add_revert(message, id) < 0)
            return ERR_MEMORY;
        while (at < text.length && memchr(", \n", text.bytes[at], 3))
            at++;
    }
    return 0;
}

/* `This reverts commit ID` anywhere, and `Refs: ID, ID` where the type is revert. */
static int find_ids(struct message *message, const char *at, const char *end) {
    static const char words[] = "his reverts commit ";
    size_t i;

    while ((at = seek(at, end, words, strcspn(words, "v"))) != NULL) {
        struct message_text rest = {at + sizeof words - 1, (size_t)(end - at) - (sizeof words - 1)};
        at += sizeof words - 1;
        if (add_ids(message, rest, 1) < 0)
            return ERR_MEMORY;
    }
    if (!message_token_is(&message->entries[0].type, "revert"))
        return 0;
    for (i = 0; i < message->footer_count; i++)
        if (message_token_is(&message->footers[i].token, "refs") &&
            add_ids(message, message->footers[i].value, (size_t)-1) < 0)
            return ERR_MEMORY;
    return 0;
}

static int asks_to_skip(const char *at, const char *end) {
    static const char *const words[] = {"[skip release]", "[release skip]"};
    const size_t length = strlen("[skip release]");
    while ((at = memchr(at, '[', (size_t)(end - at))) != NULL && (size_t)(end - at) >= length) {
        if (strncasecmp(at, words[0], length) == 0 || strncasecmp(at, words[1], length) == 0)
            return 1;
        at++;
    }
    return 0;
}

/* A title that is no header gives way to the headers below it, unless it says that something breaks. */
static void drop_plain_title(struct message *message) {
    struct message_entry *title = message->entries, *heir = title + 1;
    if (message->entry_count < 2 || title->type.length || title->breaking || heir->type.length == 0)
        return;
    if (title->last) {
        message->values[title->last - 1].next = heir->first;
        heir->first = title->first;
        heir->last = heir->last ? heir->last : title->last;
    }
    memmove(title, heir, --message->entry_count * sizeof *title);
}

/* The first line that is not blank. */
static struct message_text first_line(const char *at, const char *end) {
    struct message_text line = {at, 0};
    while (at < end && (line = line_at(at, end)).length == 0)
        at = next_line(at, end);
    return line;
}

static int parse_text(struct message *message, const char *bytes, const char *end) {
    struct section section = {.message = message, .at = bytes, .end = end, .awaits_header = 1};
    struct message_entry nothing = {0};
    int has_body = memchr(bytes, '\n', (size_t)(end - bytes)) != NULL; /* most have none, and are fast */
    size_t i;

    section.references = memchr(bytes, '#', (size_t)(end - bytes)) != NULL ||
                         seek(bytes, end, "GH-", 0) != NULL;
    if (has_body)
        find_override(&section);
    if (parse_section(&section) < 0 ||
        (message->entry_count == 0 && message_add_entry(message, &nothing) < 0) ||
        (has_body && find_ids(message, bytes, end) < 0))
        return ERR_MEMORY;
    if (message->reverted.length == 0 && message_token_is(&message->entries[0].type, "revert"))
        message->reverted = message->entries[0].description;
    drop_plain_title(message);
    for (i = 0; i < message->entry_count; i++)
        message->conventional |= message->entries[i].type.length > 0;
    message->merge = message_line_is_merge(message->subject);
    message->skip_release = asks_to_skip(bytes, end);
    return 0;
}

int message_parse(struct message *message, const char *bytes, size_t length, struct err *err) {
    const char *end;

    message_forget(message);
    if (length == 0)
        bytes = "";
    if (length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) { /* a byte order mark */
        bytes += 3;
        length -= 3;
    }
    if (length > MESSAGE_MAX) {
        length = MESSAGE_MAX;
        message->truncated = 1;
    }
    end = bytes + length;
    if (length && (bytes[0] == '#' || memchr(bytes, '\r', length) || seek(bytes, bytes + length, "\n#", 1))) {
        if (clean_up(message, bytes, end) < 0)
            goto no_memory;
        /* A message of nothing but comments was written with another comment character in mind. */
        const char *clean = buf_text(&message->clean);
        if (first_line(clean, clean + message->clean.length).length) {
            bytes = clean;
            end = bytes + message->clean.length;
        }
    }
    message->subject = first_line(bytes, end);
    if (parse_text(message, bytes, end) == 0)
        return 0;
no_memory:
    message_forget(message);
    return err_set(err, ERR_MEMORY, "no memory for the commit message");
}
