#include "../prim/message.h"

#include "../prim/err.h"
#include "bind.h"

#define MESSAGE_TYPE "relrun.message"

/* Upvalues: room that lasts and the one empty list; of a reader also its commit, and whether that has fields that not
 * every commit has. */
enum { PARSED = 1, NOTHING = 2, AGAIN = 3, HAS_MORE = 4 };

static void push_text(lua_State *L, struct message_text text) {
    lua_pushlstring(L, text.bytes ? text.bytes : "", text.length);
}

/* A type is the same in any case: "Feat" is pushed as "feat". Types are short (message_line.c). */
static void push_type(lua_State *L, struct message_text type) {
    char lower[64];
    size_t i;
    for (i = 0; i < type.length && i < sizeof lower; i++) {
        char c = type.bytes[i];
        lower[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    lua_pushlstring(L, lower, i);
}

/* Sets a field of the table on top to the entry's values of ${kind}. */
static void set_values(lua_State *L, const struct message *message,
                       const struct message_entry *entry, enum message_value_kind kind,
                       const char *field) {
    lua_Integer n = 0;
    size_t at;
    for (at = entry->first; at; at = message->values[at - 1].next) {
        if (message->values[at - 1].kind != kind)
            continue;
        if (n == 0)
            lua_newtable(L);
        push_text(L, message->values[at - 1].text);
        lua_rawseti(L, -2, ++n);
    }
    if (n == 0)
        lua_pushvalue(L, lua_upvalueindex(NOTHING));
    lua_setfield(L, -2, field);
}

/* Sets a field of the table on top to the text; where there is none, to nil. */
static void set_text(lua_State *L, struct message_text text, const char *field) {
    if (text.length)
        push_text(L, text);
    else
        lua_pushnil(L);
    lua_setfield(L, -2, field);
}

/* Fills the table on top with the entry. */
static void fill_entry(lua_State *L, const struct message *message,
                       const struct message_entry *entry) {
    if (entry->type.length)
        push_type(L, entry->type);
    else
        lua_pushnil(L);
    lua_setfield(L, -2, "type");
    set_text(L, entry->scope, "scope");
    push_text(L, entry->description);
    lua_setfield(L, -2, "description");
    lua_pushboolean(L, entry->breaking);
    lua_setfield(L, -2, "breaking");
    set_values(L, message, entry, MESSAGE_NOTE, "notes");
    set_values(L, message, entry, MESSAGE_REFERENCE, "references");
}

/* Makes the list on top that of the message's entries. Tables that it has are filled again. */
static void fill_entries(lua_State *L, const struct message *message) {
    lua_Integer i, count = (lua_Integer)message->entry_count;
    for (i = 1; i <= count; i++) {
        if (lua_rawgeti(L, -1, i) == LUA_TTABLE) {
            fill_entry(L, message, &message->entries[i - 1]);
            lua_pop(L, 1);
            continue;
        }
        lua_pop(L, 1);
        lua_createtable(L, 0, 6);
        fill_entry(L, message, &message->entries[i - 1]);
        lua_rawseti(L, -2, i);
    }
    for (i = (lua_Integer)lua_rawlen(L, -1); i > count; i--) {
        lua_pushnil(L);
        lua_rawseti(L, -2, i);
    }
}

static void push_footers(lua_State *L, const struct message *message) {
    size_t i;
    lua_createtable(L, (int)message->footer_count, 0);
    for (i = 0; i < message->footer_count; i++) {
        lua_createtable(L, 0, 2);
        push_text(L, message->footers[i].token);
        lua_setfield(L, -2, "token");
        push_text(L, message->footers[i].value);
        lua_setfield(L, -2, "value");
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

/* The values of every Release-As footer; sets no field when there is none. */
static void set_release_as(lua_State *L, const struct message *message) {
    lua_Integer n = 0;
    size_t i;
    for (i = 0; i < message->footer_count; i++) {
        if (!message_token_is(&message->footers[i].token, "release-as"))
            continue;
        if (n == 0)
            lua_newtable(L);
        push_text(L, message->footers[i].value);
        lua_rawseti(L, -2, ++n);
    }
    if (n)
        lua_setfield(L, -2, "release_as");
}

static void set_reverts(lua_State *L, const struct message *message) {
    size_t i;
    if (message->revert_count) {
        lua_createtable(L, (int)message->revert_count, 0);
        for (i = 0; i < message->revert_count; i++) {
            push_text(L, message->reverts[i]);
            lua_rawseti(L, -2, (lua_Integer)i + 1);
        }
        lua_setfield(L, -2, "reverts");
    }
    if (message->reverted.length) {
        if (message->reapplies)
            lua_pushliteral(L, "Revert \"");
        push_text(L, message->reverted);
        if (message->reapplies) {
            lua_pushliteral(L, "\"");
            lua_concat(L, 3);
        }
        lua_setfield(L, -2, "reverted");
    }
}

static void set_flag(lua_State *L, int flag, const char *field) {
    if (flag) {
        lua_pushboolean(L, 1);
        lua_setfield(L, -2, field);
    }
}

static void parse_argument(lua_State *L, struct message *message) {
    size_t length;
    const char *bytes = luaL_checklstring(L, 1, &length);
    struct err err;

    lua_settop(L, 1);
    if (message_parse(message, bytes, length, &err) < 0) {
        if (err.kind == ERR_MEMORY)
            bind_no_memory(L);
        luaL_error(L, "%s", err.text);
    }
}

/* Fills the table on top with what every commit has. Its list of entries stands on top of it, and is taken off. */
static void fill_commit(lua_State *L, const struct message *message) {
    fill_entries(L, message);
    lua_setfield(L, -2, "entries");
    push_text(L, message->subject);
    lua_setfield(L, -2, "subject");
    lua_pushboolean(L, message->conventional);
    lua_setfield(L, -2, "conventional");
    if (message->footer_count)
        push_footers(L, message);
    else
        lua_pushvalue(L, lua_upvalueindex(NOTHING));
    lua_setfield(L, -2, "footers");
}

/* What few commits have: the fields that add_more may set. */
static const char *const more_fields[] = {"release_as",   "reverts",   "reverted", "merge",
                                          "skip_release", "truncated", NULL};

static int has_more(const struct message *message) {
    return message->footer_count || message->revert_count || message->reverted.length ||
           message->merge || message->skip_release || message->truncated;
}

static void add_more(lua_State *L, const struct message *message) {
    set_release_as(L, message);
    set_reverts(L, message);
    set_flag(L, message->merge, "merge");
    set_flag(L, message->skip_release, "skip_release");
    set_flag(L, message->truncated, "truncated");
}

/*
 * message.parse(bytes) -> commit
 *   { subject=, conventional=, entries={{type=, scope=, description=, breaking=, notes=, references=}, ...},
 *     footers={{token=, value=}, ...} }, and only where there is something to say: release_as={text, ...},
 *   reverts={id, ...}, reverted=subject, merge=true, skip_release=true, truncated=true.
 *   Types are in lower case. Empty lists are one and the same table, which cannot be written to.
 *   Raises when there is no memory.
 */
static int message_bind_parse(lua_State *L) {
    struct message *message = lua_touserdata(L, lua_upvalueindex(PARSED));

    parse_argument(L, message);
    lua_createtable(L, 0, 8); /* the caller adds oid and time, and perhaps more */
    lua_createtable(L, (int)message->entry_count, 0);
    fill_commit(L, message);
    add_more(L, message);
    return 1;
}

static int read_again(lua_State *L) {
    struct message *message = lua_touserdata(L, lua_upvalueindex(PARSED));
    size_t i;

    parse_argument(L, message);
    lua_pushvalue(L, lua_upvalueindex(AGAIN));
    for (i = 0; lua_toboolean(L, lua_upvalueindex(HAS_MORE)) && more_fields[i]; i++) {
        lua_pushnil(L);
        lua_setfield(L, -2, more_fields[i]);
    }
    lua_getfield(L, -1, "entries");
    fill_commit(L, message);
    lua_pushboolean(L, has_more(message));
    lua_replace(L, lua_upvalueindex(HAS_MORE));
    add_more(L, message);
    return 1;
}

/*
 * message.reader() -> read
 *   read(bytes) gives what parse gives, but it is one table for all calls, with the same tables in it: for those who
 *   keep none of it and read very many. Fields that the caller adds stay until the caller sets them anew.
 */
static int message_bind_reader(lua_State *L) {
    lua_settop(L, 0);
    lua_pushvalue(L, lua_upvalueindex(PARSED));
    lua_pushvalue(L, lua_upvalueindex(NOTHING));
    lua_createtable(L, 0, 8);
    lua_createtable(L, 1, 0);
    lua_setfield(L, -2, "entries");
    lua_pushboolean(L, 0);
    lua_pushcclosure(L, read_again, 4);
    return 1;
}

static int free_message(lua_State *L) {
    message_release(luaL_checkudata(L, 1, MESSAGE_TYPE));
    return 0;
}

static int refuse_write(lua_State *L) {
    return luaL_error(L, "an empty list of a parsed message is shared: replace it, do not write to it");
}

static const luaL_Reg functions[] = {
    {"parse", message_bind_parse},
    {"reader", message_bind_reader},
    {NULL, NULL},
};

int bind_message_open(lua_State *L) {
    luaL_newlibtable(L, functions);
    message_init(lua_newuserdatauv(L, sizeof(struct message), 0));
    luaL_newmetatable(L, MESSAGE_TYPE);
    lua_pushcfunction(L, free_message);
    lua_setfield(L, -2, "__gc");
    lua_setmetatable(L, -2);
    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, refuse_write);
    lua_setfield(L, -2, "__newindex");
    lua_setmetatable(L, -2);
    luaL_setfuncs(L, functions, 2);
    return 1;
}
