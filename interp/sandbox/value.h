/*
 * Data between the spec's process and relrun, as bytes. This file knows Lua
 * values and the wire, not processes or words. A run of bytes is one value after
 * the other; every value has exactly one spelling, so that what was read and is
 * written again gives the same bytes. The reader is made for hostile bytes.
 *
 *   N | t | f                           nil (not inside tables), true, false
 *   I integer:i64
 *   S length:u32 bytes
 *   T items:u32 keys:u32 item... (length:u32 key value)...    keys ascending
 *   W length:u32 word length:u32 source line:u32 count:u32 argument...
 *   C id:u32 line:u32                   a function that stays in its process
 *
 * All numbers are little-endian. Only whole numbers cross: a plan has no floats.
 */
#ifndef RELRUN_VALUE_H
#define RELRUN_VALUE_H

#include <stddef.h>

#include <lua.h>

struct buf;
struct err;

#define VALUE_DEPTH_MAX 64
#define VALUE_COUNT_MAX ((size_t)1000000)

/*
 * The metatables, by their registry names. In the spec's process a node is a
 * userdata whose user value is the record {word, line, source, args}; on the
 * trusted side it is that record itself, and a function is {["function"] = id, line =}.
 */
#define VALUE_NODE "relrun.node"
#define VALUE_CALLBACK "relrun.callback"

/* Makes the two metatables in the registry; call once for a state. */
void value_open(lua_State *L);

struct value_writer {
    struct buf *out;
    const char *name; /* the spec's name for messages; NULL: messages carry no position */
    int nodes;        /* 1: nodes may cross */
    int callbacks;    /* stack index (absolute) of the table that keeps functions; 0: refused */
    size_t count;     /* values written so far */
};

/*
 * Appends the value at ${index}. ERR_FORMAT when it is no data (the text begins with the
 * position where known and names the path), ERR_LIMIT (depth, count, size), ERR_MEMORY.
 * May raise Lua's memory error.
 */
int value_write(struct value_writer *writer, lua_State *L, int index, struct err *err);

struct value_reader {
    const unsigned char *bytes;
    size_t length;
    size_t at;
    int words;     /* stack index (absolute) of a table whose keys are the words that nodes
                      may have; 0: nodes are refused */
    int callbacks; /* 1: functions may cross */
    size_t count;  /* values announced so far */
};

/* 1 when nothing is left to read. */
int value_at_end(const struct value_reader *reader);

/*
 * Pushes the next value. ERR_FORMAT (bytes that value_write does not write), ERR_LIMIT
 * (depth, count); then the stack is as it was. May raise Lua's memory error.
 */
int value_read(struct value_reader *reader, lua_State *L, struct err *err);

#endif
