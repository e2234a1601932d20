/* What must be so before an object is stored: libgit2 checks less than that for raw bytes. */
#include "err.h"
#include "repo.h"

#include "banned.h"

/* An object that is to be named by a stored one must be stored itself, and of this type. */
static int need(struct repo *repo, const struct oid *oid, enum object_type type, struct err *err) {
    enum object_type found;
    char hex[OID_HEX + 1];
    int rc = repo_stored_type(&found, repo, oid, err);

    if (rc < 0 || found == type)
        return rc;
    oid_format(hex, oid);
    return err_set(err, ERR_FORMAT, "object %s is a %s, not a %s", hex, object_type_name(found),
                   object_type_name(type));
}

/* What the object's bytes name. */
static int need_all(struct repo *repo, enum object_type type, const void *bytes, size_t length,
                    struct err *err) {
    struct object_commit commit;
    struct object_entry entry;
    struct object_tag tag;
    size_t at = 0, i;
    int rc;

    switch (type) {
    case OBJECT_TREE:
        while ((rc = object_tree_next(&entry, &at, bytes, length, err)) == 1) {
            /* a partial clone lacks blobs by design, a submodule's commit lives elsewhere */
            if (object_mode_type(entry.mode) != OBJECT_TREE)
                continue;
            rc = need(repo, &entry.oid, OBJECT_TREE, err);
            if (rc < 0)
                break;
        }
        return rc;
    case OBJECT_COMMIT:
        rc = object_commit_parse(&commit, bytes, length, err);
        if (rc == 0)
            rc = need(repo, &commit.tree, OBJECT_TREE, err);
        for (i = 0; rc == 0 && i < commit.parent_count; i++) {
            struct oid parent = object_commit_parent(&commit, i);
            rc = need(repo, &parent, OBJECT_COMMIT, err);
        }
        return rc;
    case OBJECT_TAG:
        rc = object_tag_parse(&tag, bytes, length, err);
        return rc < 0 ? rc : need(repo, &tag.target, tag.type, err);
    default: return 0;
    }
}

int repo_write(struct oid *out, struct repo *repo, enum object_type type, const void *bytes,
               size_t length, struct err *err) {
    int rc = object_check(type, bytes, length, err);
    if (rc == 0)
        rc = need_all(repo, type, bytes, length, err);
    return rc < 0 ? rc : repo_store(out, repo, type, bytes, length, err);
}
