/*
 * Fuzz target of the commit message parser. Whatever the bytes: there is an entry,
 * every text lies inside the bytes or the cleaned copy, a listed value is reached once.
 */
#include "../../interp/prim/message.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads every byte, for the sanitizers, and keeps the compiler from leaving it out. */
static volatile unsigned sum;

static void touch(struct message_text text) {
    size_t i;
    for (i = 0; i < text.length; i++)
        sum += (unsigned char)text.bytes[i];
}

static void require(int holds) {
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct message message;
    size_t i, at, reached = 0;

    message_init(&message);
    require(message_parse(&message, (const char *)data, size, NULL) == 0);
    require(message.entry_count > 0);
    touch(message.subject);
    touch(message.reverted);
    for (i = 0; i < message.entry_count; i++) {
        const struct message_entry *entry = &message.entries[i];
        int notes = 0;
        touch(entry->type);
        touch(entry->scope);
        touch(entry->description);
        require(entry->type.length == 0 || entry->description.length > 0);
        for (at = entry->first; at; at = message.values[at - 1].next) {
            require(++reached <= message.value_count);
            notes += message.values[at - 1].kind == MESSAGE_NOTE;
            require(message.values[at - 1].text.length > 0);
            touch(message.values[at - 1].text);
        }
        require(!notes || entry->breaking);
    }
    require(reached == message.value_count);
    for (i = 0; i < message.footer_count; i++) {
        require(message.footers[i].token.length > 0);
        touch(message.footers[i].token);
        touch(message.footers[i].value);
    }
    for (i = 0; i < message.revert_count; i++) {
        require(message.reverts[i].length >= 7);
        touch(message.reverts[i]);
    }
    message_release(&message);
    return 0;
}
