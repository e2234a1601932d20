/*
 * The growing lists of a parsed message, kept from one parse to the next: parsing
 * a history of plain messages allocates nothing after the first. The calls that
 * add return ERR_MEMORY when there is no room, with the message as it was.
 */
#ifndef RELRUN_MESSAGE_ROOM_H
#define RELRUN_MESSAGE_ROOM_H

#include "message.h"

/* Forgets what was parsed and keeps the room. */
void message_forget(struct message *message);

/* Appends a copy of ${entry}, which has no values yet. */
int message_add_entry(struct message *message, const struct message_entry *entry);

/* Appends a copy of ${footer}. */
int message_add_footer(struct message *message, const struct message_footer *footer);

/* Appends a value to those of the entry with index ${entry}. */
int message_add_value(struct message *message, size_t entry, enum message_value_kind kind,
                      struct message_text text);

/* Appends the id of a reverted commit. */
int message_add_revert(struct message *message, struct message_text id);

#endif
