/* The methods of a repository that make something: objects, trees, and moves of refs. */
#include <string.h>

#include "../prim/err.h"
#include "../prim/repo.h"
#include "../prim/tree.h"
#include "bind.h"

static enum object_type check_type(lua_State *L, int index) {
    static const char *const names[] = {"commit", "tree", "blob", "tag", NULL};
    return (enum object_type)(OBJECT_COMMIT + luaL_checkoption(L, index, NULL, names));
}

/* repository:hash("commit"|"tree"|"blob"|"tag", bytes) -> oid | nil, message, kind: nothing is stored */
static int repo_bind_hash(lua_State *L) {
    enum object_type type = (bind_check_repo(L, 1), check_type(L, 2));
    size_t length;
    const char *bytes = luaL_checklstring(L, 3, &length);
    struct oid oid;
    struct err err;
    if (repo_hash(&oid, type, bytes, length, &err) < 0)
        return bind_fail(L, &err);
    bind_push_oid(L, &oid);
    return 1;
}

/* repository:write(type, bytes) -> oid | nil, message, kind: checked, synced; present is success */
static int repo_bind_write(lua_State *L) {
    struct repo *repo = bind_check_repo(L, 1);
    enum object_type type = check_type(L, 2);
    size_t length;
    const char *bytes = luaL_checklstring(L, 3, &length);
    struct oid oid;
    struct err err;
    if (repo_write(&oid, repo, type, bytes, length, &err) < 0)
        return bind_fail(L, &err);
    bind_push_oid(L, &oid);
    return 1;
}

/* An edit's mode as text: the five that git stores. */
static unsigned check_mode(lua_State *L, int i, const char *text) {
    static const struct {
        const char *text;
        unsigned mode;
    } modes[] = {{"100644", 0100644}, {"100755", 0100755}, {"120000", OBJECT_MODE_LINK},
                 {"160000", OBJECT_MODE_SUBMODULE}, {"040000", OBJECT_MODE_TREE}};
    size_t m;
    for (m = 0; text && m < sizeof modes / sizeof *modes; m++)
        if (strcmp(text, modes[m].text) == 0)
            return modes[m].mode;
    return (unsigned)luaL_error(L, "edit %d: mode '%s' is none of git's", i, text ? text : "nil");
}

/* Reads edit ${i} of the list at ${index}; its table stays on the stack to keep the path. */
static void read_edit(lua_State *L, struct tree_edit *edit, int index, int i) {
    static const char *const keys[] = {"path", "mode", "oid", "remove", NULL};
    int at;

    lua_rawgeti(L, index, i);
    at = lua_gettop(L);
    bind_check_keys(L, at, keys);
    edit->path = bind_option_text(L, at, "path", NULL);
    if (edit->path == NULL)
        luaL_error(L, "edit %d: a path is missing", i);
    if (bind_option_flag(L, at, "remove")) {
        edit->mode = 0;
        lua_pop(L, 1);
        return;
    }
    edit->mode = check_mode(L, i, bind_option_text(L, at, "mode", NULL));
    lua_getfield(L, at, "oid");
    bind_check_oid(&edit->oid, L, -1);
    lua_pop(L, 2);
}

/* repository:edit_tree(tree|nil, {{path =, mode = "100644", oid =} | {path =, remove = true}, ...}
 *   [, {write = bool}]) -> tree | nil, message, kind: nil starts from an empty tree; without write the
 *   new trees are held in memory, where this repository's other calls see them */
static int repo_bind_edit_tree(lua_State *L) {
    static const char *const keys[] = {"write", NULL};
    struct repo *repo = bind_check_repo(L, 1);
    struct oid base, oid;
    int has_base = !lua_isnoneornil(L, 2), write = 0, i, count;
    struct tree_edit *edits;
    struct err err;

    if (has_base)
        bind_check_oid(&base, L, 2);
    luaL_checktype(L, 3, LUA_TTABLE);
    if (!lua_isnoneornil(L, 4)) {
        bind_check_keys(L, 4, keys);
        write = bind_option_flag(L, 4, "write");
    }
    count = (int)luaL_len(L, 3);
    edits = lua_newuserdatauv(L, (size_t)(count + 1) * sizeof *edits, 0);
    for (i = 1; i <= count; i++)
        read_edit(L, &edits[i - 1], 3, i);
    if (tree_edit(&oid, repo, has_base ? &base : NULL, edits, (size_t)count, write, &err) < 0)
        return bind_fail(L, &err);
    bind_push_oid(L, &oid);
    return 1;
}

/* repository:set_ref(name, new|nil, old|nil, message) -> true | nil, message, kind: compare-and-swap;
 *   new nil deletes, old nil means that it must not exist; "conflict" tells the value found */
static int repo_bind_set_ref(lua_State *L) {
    struct repo *repo = bind_check_repo(L, 1);
    const char *name = bind_check_path(L, 2);
    int has_new = !lua_isnoneornil(L, 3), has_old = !lua_isnoneornil(L, 4);
    const char *message = luaL_checkstring(L, 5);
    struct oid new_oid, old_oid;
    struct err err;

    luaL_argcheck(L, has_new || has_old, 3, "and the old value are both nil");
    if (has_new)
        bind_check_oid(&new_oid, L, 3);
    if (has_old)
        bind_check_oid(&old_oid, L, 4);
    if (repo_set_ref(repo, name, has_new ? &new_oid : NULL, has_old ? &old_oid : NULL, message,
                     &err) < 0)
        return bind_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

/* repository:identify(name, mail) -> true | nil, message, kind: who moves the refs, for their logs */
static int repo_bind_identify(lua_State *L) {
    struct err err;
    if (repo_identify(bind_check_repo(L, 1), luaL_checkstring(L, 2), luaL_checkstring(L, 3), &err) < 0)
        return bind_fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

const luaL_Reg bind_repo_writers[] = {
    {"edit_tree", repo_bind_edit_tree},
    {"hash", repo_bind_hash},
    {"identify", repo_bind_identify},
    {"set_ref", repo_bind_set_ref},
    {"write", repo_bind_write},
    {NULL, NULL},
};
