/*
 * What a commit message says, by Conventional Commits 1.0.0: headers, footers,
 * breaking changes, closed issues, reverted commits. It knows no policy: which
 * type is worth which release is decided in Lua (stdlib/commits.lua).
 *
 * No message is an error. One that follows no convention is an entry without a
 * type, and nothing in a body can void a header that is good.
 *
 *   Entries   The first line is a header, `type(scope)!: description`. So is, in a
 *             squashed body, every line `* type(scope)!: description`, and every
 *             paragraph of nothing but such lines without a bullet if their types
 *             are of the well-known ones (build chore ci deps docs feat fix perf
 *             refactor revert style test). Both are lower case: `Note: this`
 *             and `Fix: #12` are prose. The same header twice is one entry.
 *   Blocks    Lines between BEGIN_COMMIT_OVERRIDE and END_COMMIT_OVERRIDE stand for
 *             the whole message, and each well-known header in them is an entry.
 *             Lines between BEGIN_NESTED_COMMIT and END_NESTED_COMMIT are a message
 *             of their own.
 *   Footers   `Token: value` or `Token #value` at the start of a paragraph, and from
 *             there on at the start of a line; a value ends at the next footer,
 *             header or rule (`---`). BREAKING CHANGE and BREAKING-CHANGE need no
 *             paragraph of their own: a missed one costs more than a strict one gains.
 *             What follows a header belongs to its entry; after a rule, to the first.
 *   Comments  `# text` lines and what follows a scissors line are git's and fall away.
 */
#ifndef RELRUN_MESSAGE_H
#define RELRUN_MESSAGE_H

#include <stddef.h>

#include "buf.h"

struct err;

/* Longer messages are cut here, and say so. */
#define MESSAGE_MAX ((size_t)1 << 20)

/* Bytes of the message; not terminated, and any byte but the line's end may stand in them. */
struct message_text {
    const char *bytes;
    size_t length;
};

enum message_value_kind {
    MESSAGE_NOTE,     /* the value of a breaking footer */
    MESSAGE_REFERENCE /* a closed issue: "12" or "owner/repo#12" */
};

struct message_value {
    enum message_value_kind kind;
    struct message_text text;
    size_t next; /* 1 + the index of the entry's next value; 0: none */
};

struct message_entry {
    struct message_text type;  /* as written, any case; empty: no header */
    struct message_text scope; /* empty: none */
    struct message_text description;
    int breaking;
    size_t first; /* 1 + the index of its first value; 0: none */
    size_t last;
};

struct message_footer {
    struct message_text token;
    struct message_text value;
};

/*
 * A parsed message. Its texts point into the parsed bytes, into ${clean} or at
 * constants: they are valid while the bytes are, and until the next parse or the release.
 */
struct message {
    struct message_text subject; /* the first line that is not blank */
    struct message_entry *entries;
    size_t entry_count; /* at least one */
    struct message_footer *footers;
    size_t footer_count;
    struct message_value *values;
    size_t value_count;
    struct message_text *reverts; /* ids, 7 digits or more, of the commits that it reverts */
    size_t revert_count;
    struct message_text reverted; /* the subject of the commit that it reverts; empty: not said */
    int reapplies;                /* what it reverts is the revert of ${reverted} */
    int conventional;             /* an entry has a type */
    int merge;                    /* the subject is one that git or a forge gives to a merge */
    int skip_release;             /* [skip release] or [release skip] */
    int truncated;                /* it was longer than MESSAGE_MAX */

    /* Private: room, kept from one parse to the next. */
    size_t entry_room, footer_room, value_room, revert_room;
    struct buf clean; /* the message without CRs and comments, if it had any */
};

/* An empty message, ready for message_parse. */
void message_init(struct message *message);

/*
 * Parses ${length} bytes, in time linear in them; whatever ${message} held is
 * forgotten, its room is used again. ERR_MEMORY is the only failure; after it the
 * message holds no entries.
 */
int message_parse(struct message *message, const char *bytes, size_t length, struct err *err);

/* Whether ${token} is ${name}, in any case. */
int message_token_is(const struct message_text *token, const char *name);

/* Frees the room; the message is empty and usable again. */
void message_release(struct message *message);

#endif
