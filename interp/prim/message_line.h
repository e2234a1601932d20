/*
 * What one line of a commit message is: a header, a footer, a merge's subject. It
 * sees the line alone; which of these count where it stands is message.c's.
 */
#ifndef RELRUN_MESSAGE_LINE_H
#define RELRUN_MESSAGE_LINE_H

#include "message.h"

/* A subject made by git revert: `Revert "subject"`, `Reapply "subject"`, nested in any depth. */
struct message_revert {
    struct message_text inner;    /* the innermost subject */
    struct message_text reverted; /* the subject of the reverted commit ... */
    int reapplies;                /* ... or, when set, the one whose revert is reverted */
    int undone;                   /* the innermost change is out again (not in again) */
};

/* ${line} without spaces and tabs at its ends. */
struct message_text message_line_trim(struct message_text line);

/* Whether the line is `type(scope)!: description`; fills all but ${entry}'s values. */
int message_line_header(struct message_entry *entry, struct message_text line);

/* Whether a header in a body is meant as one: its type is in lower case and, unless
 * ${any_type}, of the well-known ones, and its description is more than `#12`. */
int message_line_is_listed(const struct message_entry *entry, int any_type);

/* Whether the line begins a footer; the value is what stands behind the separator. */
int message_line_footer(struct message_footer *footer, struct message_text line);

/* The same for BREAKING CHANGE and BREAKING-CHANGE, also at a bullet or with the value below. */
int message_line_breaking(struct message_footer *footer, struct message_text line);

/* Whether the line is `Revert "..."` or `Reapply "..."`, with or without ` (#12)` behind it. */
int message_line_revert(struct message_revert *revert, struct message_text line);

/* Whether the line is a subject that git or a forge gives to a merge commit. */
int message_line_is_merge(struct message_text line);

/* Whether the line is a rule: three dashes or more, and nothing else. */
int message_line_is_rule(struct message_text line);

/*
 * Finds the next closed issue (`closes #12`, `fixes owner/repo#12, #13`, `resolves
 * GH-12`) at or behind ${*at}, which moves behind it; 0 when there is none. ${*chain}
 * is 0 at first and tells from call to call where a list of issues goes on.
 */
int message_line_reference(struct message_text *reference, struct message_text line, size_t *at,
                           size_t *chain);

#endif
