/* What needs no more than reading: objects of a type, and tags followed to their commit. */
#include "err.h"
#include "repo.h"

#include "banned.h"

#define TAG_CHAIN_MAX 64 /* a chain cannot be a circle, but it can be absurd */

int repo_read_type(struct repo_object *out, struct repo *repo, const struct oid *oid,
                   enum object_type type, struct err *err) {
    char hex[OID_HEX + 1];
    int rc = repo_read(out, repo, oid, err);
    if (rc < 0 || out->type == type)
        return rc;
    oid_format(hex, oid);
    rc = err_set(err, ERR_FORMAT, "object %s is a %s, not a %s", hex, object_type_name(out->type),
                 object_type_name(type));
    repo_object_release(out);
    return rc;
}

int repo_peel(struct oid *out, struct repo *repo, const struct oid *oid, struct err *err) {
    char hex[OID_HEX + 1];
    struct oid at = *oid;
    int depth;

    oid_format(hex, oid);
    for (depth = 0; depth < TAG_CHAIN_MAX; depth++) {
        struct repo_object object;
        struct object_tag tag;
        enum object_type type;
        int rc = repo_type(&type, repo, &at, err);
        if (rc < 0)
            return rc;
        if (type == OBJECT_COMMIT) {
            *out = at;
            return 0;
        }
        if (type != OBJECT_TAG)
            return err_set(err, ERR_FORMAT, "object %s leads to a %s, not to a commit", hex,
                           object_type_name(type));
        rc = repo_read_type(&object, repo, &at, OBJECT_TAG, err);
        if (rc < 0)
            return rc;
        rc = object_tag_parse(&tag, object.bytes, object.length, err);
        repo_object_release(&object);
        if (rc < 0)
            return rc;
        at = tag.target;
    }
    return err_set(err, ERR_LIMIT, "object %s: more than %d tags in a row", hex, TAG_CHAIN_MAX);
}
