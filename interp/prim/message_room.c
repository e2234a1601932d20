#include "message_room.h"

#include <string.h>

#include "err.h"
#include "mem.h"

#include "banned.h"

void message_init(struct message *message) {
    memset(message, 0, sizeof *message);
}

void message_release(struct message *message) {
    mem_free(message->entries);
    mem_free(message->footers);
    mem_free(message->values);
    mem_free(message->reverts);
    buf_release(&message->clean);
    message_init(message);
}

void message_forget(struct message *message) {
    struct message empty = {0};
    empty.entries = message->entries;
    empty.entry_room = message->entry_room;
    empty.footers = message->footers;
    empty.footer_room = message->footer_room;
    empty.values = message->values;
    empty.value_room = message->value_room;
    empty.reverts = message->reverts;
    empty.revert_room = message->revert_room;
    empty.clean = message->clean;
    buf_clear(&empty.clean);
    *message = empty;
}

/* The array with room for one element more than ${count}, or NULL with the old one valid. */
static void *with_room(void *array, size_t *room, size_t count, size_t size) {
    size_t wanted = *room ? *room * 2 : 4;
    void *grown;
    if (count < *room)
        return array;
    grown = mem_resize(array, wanted, size);
    if (grown)
        *room = wanted;
    return grown;
}

int message_add_entry(struct message *message, const struct message_entry *entry) {
    struct message_entry *entries = with_room(message->entries, &message->entry_room,
                                              message->entry_count, sizeof *entries);
    if (entries == NULL)
        return ERR_MEMORY;
    message->entries = entries;
    entries[message->entry_count++] = *entry;
    return 0;
}

int message_add_footer(struct message *message, const struct message_footer *footer) {
    struct message_footer *footers = with_room(message->footers, &message->footer_room,
                                               message->footer_count, sizeof *footers);
    if (footers == NULL)
        return ERR_MEMORY;
    message->footers = footers;
    footers[message->footer_count++] = *footer;
    return 0;
}

int message_add_value(struct message *message, size_t entry, enum message_value_kind kind,
                     struct message_text text) {
    struct message_value *values = with_room(message->values, &message->value_room,
                                             message->value_count, sizeof *values);
    struct message_value value = {kind, text, 0};
    struct message_entry *owner = &message->entries[entry];

    if (values == NULL)
        return ERR_MEMORY;
    message->values = values;
    values[message->value_count++] = value;
    if (owner->last)
        values[owner->last - 1].next = message->value_count;
    else
        owner->first = message->value_count;
    owner->last = message->value_count;
    return 0;
}

int message_add_revert(struct message *message, struct message_text id) {
    struct message_text *reverts = with_room(message->reverts, &message->revert_room,
                                             message->revert_count, sizeof *reverts);
    if (reverts == NULL)
        return ERR_MEMORY;
    message->reverts = reverts;
    reverts[message->revert_count++] = id;
    return 0;
}
