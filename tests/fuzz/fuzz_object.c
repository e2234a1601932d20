/* Any bytes may stand where a commit, tree or tag is expected: nothing is read beyond their end. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../interp/prim/err.h"
#include "../../interp/prim/object.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static volatile unsigned sum; /* every byte that is given out is looked at */

static void look(struct object_text text) {
    size_t i;
    for (i = 0; i < text.length; i++)
        sum += (unsigned char)text.bytes[i];
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    char *copy = malloc(length ? length : 1); /* exact, so that a sanitizer sees the first step beyond */
    struct object_commit commit;
    struct object_entry entry;
    struct object_tag tag;
    struct err err;
    size_t at = 0, i;
    int type;

    if (copy == NULL)
        return 0;
    if (length)
        memcpy(copy, bytes, length);
    if (object_commit_parse(&commit, copy, length, &err) == 0) {
        for (i = 0; i < commit.parent_count; i++)
            sum += object_commit_parent(&commit, i).bytes[0];
        look(commit.author);
        look(commit.committer);
        look(commit.encoding);
        look(commit.message);
        look(object_person(commit.author));
    }
    while (object_tree_next(&entry, &at, copy, length, &err) == 1) {
        struct object_text name = {entry.name, entry.name_length};
        look(name);
        sum += (unsigned)object_name_ok(entry.name, entry.name_length);
    }
    if (object_tag_parse(&tag, copy, length, &err) == 0)
        sum += tag.target.bytes[0];
    for (type = OBJECT_NONE; type <= OBJECT_TAG; type++)
        sum += (unsigned)object_check((enum object_type)type, copy, length, &err);
    free(copy);
    return 0;
}
