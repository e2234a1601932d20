#include "embed.h"

#include <string.h>

const struct embed_file *embed_find(const char *name) {
    const struct embed_file *file;
    for (file = embed_files; file->name; file++)
        if (strcmp(file->name, name) == 0)
            return file;
    return NULL;
}
