/*
 * The Lua files inside the binary, verbatim: "stdlib/NAME.lua" and
 * "specs/NAME.lua", sorted by name; the array ends with a NULL name. Beside each
 * of the standard library stands its bytecode, "stdlib/NAME.luac". The table
 * itself is written by embed.sh during the build.
 */
#ifndef RELRUN_EMBED_H
#define RELRUN_EMBED_H

#include <stddef.h>

struct embed_file {
    const char *name;
    const char *bytes; /* NUL-terminated */
    size_t length;     /* without the NUL */
};

extern const struct embed_file embed_files[];

/* The file of that name, or NULL. */
const struct embed_file *embed_find(const char *name);

#endif
