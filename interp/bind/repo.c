#include "../prim/repo.h"

#include <string.h>

#include "../prim/buf.h"
#include "../prim/err.h"
#include "../prim/refs.h"
#include "../prim/tree.h"
#include "bind.h"

#define REPO_TYPE "relrun.repo"
#define REFS_TYPE "relrun.refs"

struct repo *bind_check_repo(lua_State *L, int index) {
    struct repo **repo = luaL_checkudata(L, index, REPO_TYPE);
    luaL_argcheck(L, *repo != NULL, index, "is closed");
    return *repo;
}

void bind_check_oid(struct oid *out, lua_State *L, int index) {
    size_t length = 0;
    const char *text = lua_type(L, index) == LUA_TSTRING ? lua_tolstring(L, index, &length) : NULL;
    if (text == NULL || oid_parse(out, text, length) < 0)
        luaL_error(L, "an object name of 40 hex digits expected, got %s",
                   luaL_tolstring(L, index, NULL));
}

void bind_push_oid(lua_State *L, const struct oid *oid) {
    char hex[OID_HEX + 1];
    oid_format(hex, oid);
    lua_pushlstring(L, hex, OID_HEX);
}

/* Sets field ${key} of the table on top to the object's name. */
static void set_oid(lua_State *L, const char *key, const struct oid *oid) {
    bind_push_oid(L, oid);
    lua_setfield(L, -2, key);
}

static void set_text(lua_State *L, const char *key, struct object_text text) {
    lua_pushlstring(L, text.bytes, text.length);
    lua_setfield(L, -2, key);
}

/* repo.open(path) -> repository | nil, message, kind: found as git finds it, upwards from path.
 * Ask `git rev-parse --git-dir` first: the owner of the directory is not checked here. */
static int repo_bind_open(lua_State *L) {
    const char *path = bind_check_path(L, 1);
    struct repo **repo = lua_newuserdatauv(L, sizeof(struct repo *), 0);
    struct err err;

    *repo = NULL;
    luaL_setmetatable(L, REPO_TYPE);
    if (repo_open(repo, path, &err) < 0)
        return bind_fail(L, &err);
    return 1;
}

/* repository:close(): what it gave stays valid; a second call is harmless */
static int repo_bind_close(lua_State *L) {
    struct repo **repo = luaL_checkudata(L, 1, REPO_TYPE);
    repo_free(*repo);
    *repo = NULL;
    return 0;
}

/* repository:git_dir() -> path ending in a slash */
static int repo_bind_git_dir(lua_State *L) {
    lua_pushstring(L, repo_git_dir(bind_check_repo(L, 1)));
    return 1;
}

/* repository:common_dir() -> path ending in a slash: of all linked work trees together */
static int repo_bind_common_dir(lua_State *L) {
    lua_pushstring(L, repo_common_dir(bind_check_repo(L, 1)));
    return 1;
}

/* repository:work_dir() -> path ending in a slash | nil: bare */
static int repo_bind_work_dir(lua_State *L) {
    lua_pushstring(L, repo_work_dir(bind_check_repo(L, 1)));
    return 1;
}

/* repository:is_shallow() -> boolean */
static int repo_bind_is_shallow(lua_State *L) {
    lua_pushboolean(L, repo_is_shallow(bind_check_repo(L, 1)));
    return 1;
}

static int free_refs(lua_State *L) {
    refs_release(luaL_checkudata(L, 1, REFS_TYPE));
    return 0;
}

static struct refs *new_refs(lua_State *L) {
    struct refs *refs = lua_newuserdatauv(L, sizeof *refs, 0);
    memset(refs, 0, sizeof *refs);
    if (luaL_newmetatable(L, REFS_TYPE)) {
        lua_pushcfunction(L, free_refs);
        lua_setfield(L, -2, "__gc");
    }
    lua_setmetatable(L, -2);
    return refs;
}

/* repository:refs(prefix [, {peel = true}]) -> {{name =, oid =, peeled = oid|nil}, ...}, {broken name, ...}
 *   | nil, message, kind: sorted by name; peeled is what a tag leads to, where packed-refs tells it, or
 *   always with peel (then absent for what leads to no commit) */
static int repo_bind_refs(lua_State *L) {
    static const char *const keys[] = {"peel", NULL};
    struct repo *repo = bind_check_repo(L, 1);
    const char *prefix = bind_check_path(L, 2);
    struct refs *refs;
    struct err err;
    size_t i;
    int peel = 0;

    if (!lua_isnoneornil(L, 3)) {
        bind_check_keys(L, 3, keys);
        peel = bind_option_flag(L, 3, "peel");
    }
    refs = new_refs(L);
    if (refs_read(refs, repo, prefix, &err) < 0)
        return bind_fail(L, &err);
    lua_createtable(L, (int)refs->count, 0);
    for (i = 0; i < refs->count; i++) {
        struct ref *ref = &refs->items[i];
        if (peel && !ref->is_peeled)
            ref->is_peeled = repo_peel(&ref->peeled, repo, &ref->oid, NULL) == 0;
        lua_createtable(L, 0, 3);
        lua_pushstring(L, ref->name);
        lua_setfield(L, -2, "name");
        set_oid(L, "oid", &ref->oid);
        if (ref->is_peeled)
            set_oid(L, "peeled", &ref->peeled);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_createtable(L, (int)refs->broken_count, 0);
    for (i = 0; i < refs->broken_count; i++) {
        lua_pushstring(L, refs->broken[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    refs_release(refs);
    return 2;
}

/* repository:ref_oids(prefix) -> {[name] = oid} | nil, message, kind: a table for each of thousands of tags, as refs()
 *   makes them, is what reading them would cost most */
static int repo_bind_ref_oids(lua_State *L) {
    struct repo *repo = bind_check_repo(L, 1);
    const char *prefix = bind_check_path(L, 2);
    struct refs *refs = new_refs(L);
    struct err err;
    size_t i;

    if (refs_read(refs, repo, prefix, &err) < 0)
        return bind_fail(L, &err);
    lua_createtable(L, 0, (int)refs->count);
    for (i = 0; i < refs->count; i++)
        set_oid(L, refs->items[i].name, &refs->items[i].oid);
    refs_release(refs);
    return 1;
}

/* repository:ref(name) -> oid | nil, message, kind: symbolic refs are followed, tags are not */
static int repo_bind_ref(lua_State *L) {
    struct repo *repo = bind_check_repo(L, 1);
    const char *name = bind_check_path(L, 2);
    struct oid oid;
    struct err err;
    if (repo_ref(&oid, repo, name, &err) < 0)
        return bind_fail(L, &err);
    bind_push_oid(L, &oid);
    return 1;
}

/* repository:head() -> {oid =, ref = "refs/heads/NAME"} | nil, message, kind: without ref when detached,
 *   without oid on a branch that has no commit yet */
static int repo_bind_head(lua_State *L) {
    struct repo *repo = bind_check_repo(L, 1);
    struct buf *branch = bind_new_buf(L);
    struct oid oid;
    struct err err;
    int found = repo_head(&oid, branch, repo, &err);

    if (found < 0)
        return bind_fail(L, &err);
    lua_createtable(L, 0, 2);
    if (found)
        set_oid(L, "oid", &oid);
    if (branch->length > 0) {
        lua_pushstring(L, buf_text(branch));
        lua_setfield(L, -2, "ref");
    }
    return 1;
}

/* Pushes the object's bytes as a string and releases the object. */
static int push_bytes(lua_State *L) {
    struct repo_object *object = lua_touserdata(L, 1);
    lua_pushlstring(L, object->bytes, object->length);
    return 1;
}

/* The object's bytes as a Lua string: making it can raise, and the object must not leak then. */
static void take_bytes(lua_State *L, struct repo_object *object) {
    int status;
    lua_pushcfunction(L, push_bytes);
    lua_pushlightuserdata(L, object);
    status = lua_pcall(L, 1, 1, 0);
    repo_object_release(object);
    if (status != LUA_OK)
        lua_error(L);
}

/* repository:read(oid) -> "commit"|"tree"|"blob"|"tag", bytes | nil, message, kind */
static int repo_bind_read(lua_State *L) {
    struct repo *repo = bind_check_repo(L, 1);
    struct oid oid;
    struct repo_object object;
    enum object_type type;
    struct err err;

    bind_check_oid(&oid, L, 2);
    bind_check_stack(L, 4);
    if (repo_read(&object, repo, &oid, &err) < 0)
        return bind_fail(L, &err);
    type = object.type;
    take_bytes(L, &object);
    lua_pushstring(L, object_type_name(type));
    lua_insert(L, -2);
    return 2;
}

/* repository:peel(oid) -> commit oid | nil, message, kind: through any chain of tags */
static int repo_bind_peel(lua_State *L) {
    struct repo *repo = bind_check_repo(L, 1);
    struct oid oid;
    struct err err;

    bind_check_oid(&oid, L, 2);
    if (repo_peel(&oid, repo, &oid, &err) < 0)
        return bind_fail(L, &err);
    bind_push_oid(L, &oid);
    return 1;
}

/* repository:commit(oid) -> {oid =, tree =, parents = {oid, ...}, author = line, committer = line,
 *   time = committer's seconds since 1970, message = bytes, encoding = name|nil} | nil, message, kind */
static int repo_bind_commit(lua_State *L) {
    struct repo *repo = bind_check_repo(L, 1);
    struct oid oid;
    struct repo_object object;
    struct object_commit commit;
    struct err err;
    size_t length, i;
    const char *bytes;

    bind_check_oid(&oid, L, 2);
    if (repo_read_type(&object, repo, &oid, OBJECT_COMMIT, &err) < 0)
        return bind_fail(L, &err);
    take_bytes(L, &object);
    bytes = lua_tolstring(L, -1, &length);
    if (object_commit_parse(&commit, bytes, length, &err) < 0)
        return bind_fail(L, &err);
    lua_createtable(L, 0, 8);
    set_oid(L, "oid", &oid);
    set_oid(L, "tree", &commit.tree);
    lua_createtable(L, (int)commit.parent_count, 0);
    for (i = 0; i < commit.parent_count; i++) {
        struct oid parent = object_commit_parent(&commit, i);
        bind_push_oid(L, &parent);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_setfield(L, -2, "parents");
    set_text(L, "author", commit.author);
    set_text(L, "committer", commit.committer);
    lua_pushinteger(L, commit.time);
    lua_setfield(L, -2, "time");
    set_text(L, "message", commit.message);
    if (commit.encoding.length > 0)
        set_text(L, "encoding", commit.encoding);
    return 1;
}

/* Sets mode, type and oid of the table on top. */
static void set_entry(lua_State *L, const struct object_entry *entry) {
    char mode[7];
    int i;
    for (i = 0; i < 6; i++)
        mode[i] = (char)('0' + (entry->mode >> (15 - 3 * i) & 7));
    lua_pushlstring(L, mode, 6);
    lua_setfield(L, -2, "mode");
    lua_pushstring(L, object_type_name(object_mode_type(entry->mode)));
    lua_setfield(L, -2, "type");
    set_oid(L, "oid", &entry->oid);
}

/* repository:lookup(tree_or_commit, path) -> {mode = "100644", type =, oid =} | nil, message, kind */
static int repo_bind_lookup(lua_State *L) {
    struct repo *repo = bind_check_repo(L, 1);
    struct oid oid;
    const char *path = bind_check_path(L, 3);
    struct object_entry entry;
    struct err err;

    bind_check_oid(&oid, L, 2);
    if (tree_lookup(&entry, repo, &oid, path, &err) < 0)
        return bind_fail(L, &err);
    lua_createtable(L, 0, 3);
    set_entry(L, &entry);
    return 1;
}

/* repository:list(tree_or_commit [, path]) -> {{name =, mode =, type =, oid =}, ...} in git's order
 *   | nil, message, kind: of the root without a path or with "" */
static int repo_bind_list(lua_State *L) {
    struct repo *repo = bind_check_repo(L, 1);
    struct oid oid;
    const char *path = luaL_optstring(L, 3, "");
    struct object_entry entry;
    struct repo_object tree;
    struct err err;
    size_t length, at = 0;
    const char *bytes;
    lua_Integer n = 0;
    int rc;

    bind_check_oid(&oid, L, 2);
    if (*path) {
        bind_check_path(L, 3);
        if (tree_lookup(&entry, repo, &oid, path, &err) < 0)
            return bind_fail(L, &err);
        oid = entry.oid;
        rc = repo_read_type(&tree, repo, &oid, OBJECT_TREE, &err);
    } else
        rc = tree_read(&tree, repo, &oid, &err);
    if (rc < 0)
        return bind_fail(L, &err);
    take_bytes(L, &tree);
    bytes = lua_tolstring(L, -1, &length);
    lua_newtable(L);
    while ((rc = object_tree_next(&entry, &at, bytes, length, &err)) == 1) {
        lua_createtable(L, 0, 4);
        lua_pushlstring(L, entry.name, entry.name_length);
        lua_setfield(L, -2, "name");
        set_entry(L, &entry);
        lua_rawseti(L, -2, ++n);
    }
    return rc < 0 ? bind_fail(L, &err) : 1;
}

static const luaL_Reg methods[] = {
    {"close", repo_bind_close},
    {"commit", repo_bind_commit},
    {"common_dir", repo_bind_common_dir},
    {"git_dir", repo_bind_git_dir},
    {"head", repo_bind_head},
    {"is_shallow", repo_bind_is_shallow},
    {"list", repo_bind_list},
    {"lookup", repo_bind_lookup},
    {"peel", repo_bind_peel},
    {"read", repo_bind_read},
    {"ref", repo_bind_ref},
    {"ref_oids", repo_bind_ref_oids},
    {"refs", repo_bind_refs},
    {"work_dir", repo_bind_work_dir},
    {"__close", repo_bind_close},
    {"__gc", repo_bind_close},
    {NULL, NULL},
};

/* repo.prepare(): begins to load what repo.open needs, in the background */
static int repo_bind_prepare(lua_State *L) {
    (void)L;
    repo_prepare();
    return 0;
}

static const luaL_Reg functions[] = {
    {"open", repo_bind_open},
    {"prepare", repo_bind_prepare},
    {NULL, NULL},
};

int bind_repo_open(lua_State *L) {
    luaL_newmetatable(L, REPO_TYPE);
    luaL_setfuncs(L, methods, 0);
    luaL_setfuncs(L, bind_repo_writers, 0);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
    luaL_newlib(L, functions);
    return 1;
}
