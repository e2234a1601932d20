#include "../prim/history.h"

#include <string.h>

#include "../prim/err.h"
#include "../prim/packs.h"
#include "bind.h"

#define HISTORY_TYPE "relrun.history"

static int free_history(lua_State *L) {
    struct history **history = luaL_checkudata(L, 1, HISTORY_TYPE);
    history_free(*history);
    *history = NULL;
    return 0;
}

/* A place for an answer that Lua frees. */
static struct history **new_history(lua_State *L) {
    struct history **history = lua_newuserdatauv(L, sizeof(struct history *), 0);
    *history = NULL;
    if (luaL_newmetatable(L, HISTORY_TYPE)) {
        lua_pushcfunction(L, free_history);
        lua_setfield(L, -2, "__gc");
    }
    lua_setmetatable(L, -2);
    return history;
}

/* ---- packs: history.expect ---- */

#define PACKS_TYPE "relrun.packs"

static int free_packs(lua_State *L) {
    struct packs **packs = luaL_checkudata(L, 1, PACKS_TYPE);
    packs_free(*packs);
    *packs = NULL;
    return 0;
}

/*
 * history.expect(repository, oid) -> reader
 * The history of this commit will be asked for: reading begins, where it can. The reader goes to unreleased or log.
 */
static int history_bind_expect(lua_State *L) {
    struct repo *repo = bind_check_repo(L, 1);
    struct packs **packs;
    struct oid oid;

    bind_check_oid(&oid, L, 2);
    packs = lua_newuserdatauv(L, sizeof *packs, 0);
    *packs = NULL;
    if (luaL_newmetatable(L, PACKS_TYPE)) {
        lua_pushcfunction(L, free_packs);
        lua_setfield(L, -2, "__gc");
    }
    lua_setmetatable(L, -2);
    *packs = history_expect(repo, &oid);
    return 1;
}

/* The reader at ${index}, or NULL where there is none. */
static struct packs *option_packs(lua_State *L, int index) {
    return lua_isnoneornil(L, index) ? NULL : *(struct packs **)luaL_checkudata(L, index, PACKS_TYPE);
}

/* ---- requests ---- */

/*
 * What is read from a request lives in userdata that are kept in the table at ${keep}, so that a
 * raised error leaks nothing.
 */
static void *new_array(lua_State *L, int keep, size_t count, size_t size) {
    void *array = lua_newuserdatauv(L, (count + 1) * size, 0);
    memset(array, 0, (count + 1) * size);
    lua_rawseti(L, keep, (lua_Integer)lua_rawlen(L, keep) + 1);
    return array;
}

/* Field ${key} of the table at ${index}: a list of object names, or absent. */
static const struct oid *read_oids(lua_State *L, size_t *count, int keep, int index,
                                   const char *key) {
    struct oid *oids;
    size_t i;

    *count = 0;
    if (lua_getfield(L, index, key) == LUA_TNIL) {
        lua_pop(L, 1);
        return NULL;
    }
    if (!lua_istable(L, -1))
        luaL_error(L, "option '%s': a list of object names expected", key);
    *count = (size_t)luaL_len(L, -1);
    oids = new_array(L, keep, *count, sizeof *oids);
    for (i = 0; i < *count; i++) {
        lua_rawgeti(L, -1, (lua_Integer)i + 1);
        bind_check_oid(&oids[i], L, -1);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return oids;
}

/* A path inside the repository: no slash at its ends, none doubled. */
static void check_inside(lua_State *L, const char *what, const char *path) {
    size_t length = strlen(path);
    if (length && (path[0] == '/' || path[length - 1] == '/' || strstr(path, "//")))
        luaL_error(L, "%s '%s': a path such as \"a/b\" expected", what, path);
}

/* The root and exclude fields of the table at ${index}; the strings stay owned by it. */
static void read_paths(lua_State *L, struct paths_range *range, int keep, int index) {
    const char **excludes;
    size_t i;

    range->root = bind_option_text(L, index, "root", "");
    check_inside(L, "root", range->root);
    if (lua_getfield(L, index, "exclude") == LUA_TNIL) {
        lua_pop(L, 1);
        return;
    }
    if (!lua_istable(L, -1))
        luaL_error(L, "option 'exclude': a list of paths expected");
    range->exclude_count = (size_t)luaL_len(L, -1);
    excludes = new_array(L, keep, range->exclude_count, sizeof *excludes);
    for (i = 0; i < range->exclude_count; i++) {
        size_t length;
        if (lua_rawgeti(L, -1, (lua_Integer)i + 1) != LUA_TSTRING)
            luaL_error(L, "option 'exclude': item %d is a %s", (int)i + 1, luaL_typename(L, -1));
        excludes[i] = lua_tolstring(L, -1, &length);
        if (length == 0 || strlen(excludes[i]) != length)
            luaL_error(L, "option 'exclude': item %d is empty or holds a NUL byte", (int)i + 1);
        check_inside(L, "exclude", excludes[i]);
        lua_pop(L, 1);
    }
    range->excludes = excludes;
    lua_pop(L, 1);
}

/* Field ${key}: one object name that must be there. */
static void read_oid(lua_State *L, struct oid *oid, int index, const char *key) {
    lua_getfield(L, index, key);
    bind_check_oid(oid, L, -1);
    lua_pop(L, 1);
}

/* Fills the table on top with one commit; an optional field is set or taken out. */
static void fill_commit(lua_State *L, const struct history_commit *commit) {
    bind_push_oid(L, &commit->oid);
    lua_setfield(L, -2, "oid");
    lua_pushinteger(L, commit->time);
    lua_setfield(L, -2, "time");
    lua_pushinteger(L, (lua_Integer)commit->parent_count);
    lua_setfield(L, -2, "parents");
    lua_pushlstring(L, commit->author.bytes, commit->author.length);
    lua_setfield(L, -2, "author");
    lua_pushlstring(L, commit->message.bytes, commit->message.length);
    lua_setfield(L, -2, "message");
    if (commit->encoding.length > 0)
        lua_pushlstring(L, commit->encoding.bytes, commit->encoding.length);
    else
        lua_pushnil(L);
    lua_setfield(L, -2, "encoding");
}

/* Pushes one commit as a table. */
static void push_commit(lua_State *L, const struct history_commit *commit) {
    lua_createtable(L, 0, 8);
    fill_commit(L, commit);
}

static void read_ranges(lua_State *L, struct history_request *request, int keep, int index) {
    static const char *const keys[] = {"root", "exclude", "since", NULL};
    struct history_range *ranges;
    size_t i;

    if (lua_getfield(L, index, "ranges") != LUA_TTABLE)
        luaL_error(L, "option 'ranges': a list of ranges expected");
    request->range_count = (size_t)luaL_len(L, -1);
    ranges = new_array(L, keep, request->range_count, sizeof *ranges);
    for (i = 0; i < request->range_count; i++) {
        int range;
        lua_rawgeti(L, -1, (lua_Integer)i + 1);
        range = lua_gettop(L);
        bind_check_keys(L, range, keys);
        read_paths(L, &ranges[i].paths, keep, range);
        ranges[i].since = read_oids(L, &ranges[i].since_count, keep, range, "since");
        lua_pop(L, 1);
    }
    request->ranges = ranges;
    lua_pop(L, 1);
}

/* Pushes {[oid] = bool} for all that were asked for. */
static void push_contained(lua_State *L, const struct history *history,
                           const struct history_request *request) {
    size_t i;
    lua_createtable(L, 0, (int)request->ask_count);
    for (i = 0; i < request->ask_count; i++) {
        bind_push_oid(L, &request->ask[i]);
        lua_pushboolean(L, history_contains(history, &request->ask[i]));
        lua_rawset(L, -3);
    }
}

/* Pushes the list of a commit's ranges: that of the commit before, at ${index}, when it holds the same. */
static void push_ranges(lua_State *L, const struct history_commit *commit, int index) {
    int same = lua_rawlen(L, index) == commit->range_count;
    size_t i;

    for (i = 0; same && i < commit->range_count; i++) {
        same = lua_rawgeti(L, index, (lua_Integer)i + 1) == LUA_TNUMBER &&
               lua_tointeger(L, -1) == (lua_Integer)commit->ranges[i] + 1;
        lua_pop(L, 1);
    }
    if (!same) {
        lua_createtable(L, (int)commit->range_count, 0);
        for (i = 0; i < commit->range_count; i++) {
            lua_pushinteger(L, (lua_Integer)commit->ranges[i] + 1);
            lua_rawseti(L, -2, (lua_Integer)i + 1);
        }
        lua_replace(L, index);
    }
    lua_pushvalue(L, index);
}

/*
 * history.unreleased(repository, {base = oid, ranges = {{root = "a/b"|"" , exclude = {path, ...}|nil,
 *     since = {oid, ...}}, ...}, ask = {oid, ...}|nil, limit = integer|nil},
 *     reader|nil)
 *   -> {commits = {{oid =, time =, parents = n, author = "Name <mail>", message =, encoding = name|nil,
 *        ranges = {index, ...}}, ...} newest first, contained = {[oid] = bool}, shallow = {oid, ...}}
 *   | nil, message, kind
 * A commit stands under each range that it touches and whose since-commits do not hold it. shallow names
 * the commits given whose parents a shallow clone lacks: ranges that they stand under are cut off.
 */
static int history_bind_unreleased(lua_State *L) {
    static const char *const keys[] = {"base", "ranges", "ask", "limit", NULL};
    struct repo *repo = bind_check_repo(L, 1);
    struct history_request request;
    struct history_commit commit;
    struct history **history;
    lua_Integer n = 0, borders = 0;
    struct err err;
    int rc;

    lua_settop(L, 3);
    memset(&request, 0, sizeof request);
    bind_check_keys(L, 2, keys);
    request.packs = option_packs(L, 3);
    lua_newtable(L); /* 4: keeps what is read */
    read_oid(L, &request.base, 2, "base");
    read_ranges(L, &request, 4, 2);
    request.ask = read_oids(L, &request.ask_count, 4, 2, "ask");
    request.limit = (size_t)bind_option_integer(L, 2, "limit", 0);
    history = new_history(L);
    if (history_unreleased(history, repo, &request, &err) < 0)
        return bind_fail(L, &err);
    lua_newtable(L); /* 6: the commits */
    lua_newtable(L); /* 7: the borders */
    lua_newtable(L); /* 8: the ranges of the last commit */
    while ((rc = history_next(&commit, *history, &err)) == 1) {
        push_commit(L, &commit);
        push_ranges(L, &commit, 8);
        lua_setfield(L, -2, "ranges");
        lua_rawseti(L, 6, ++n);
        if (commit.is_border) {
            bind_push_oid(L, &commit.oid);
            lua_rawseti(L, 7, ++borders);
        }
    }
    if (rc < 0)
        return bind_fail(L, &err);
    lua_createtable(L, 0, 3);
    push_contained(L, *history, &request);
    lua_setfield(L, -2, "contained");
    lua_pushvalue(L, 6);
    lua_setfield(L, -2, "commits");
    lua_pushvalue(L, 7);
    lua_setfield(L, -2, "shallow");
    history_free(*history);
    *history = NULL;
    return 1;
}

/*
 * history.log(repository, {head = oid, stops = {oid, ...}, root = path|nil, exclude = {path, ...}|nil},
 *     function (commit, stop_index) ... end, reader|nil) -> number of commits | nil, message, kind
 * Calls for every commit that the head holds and that touches the paths, once, with the index of the
 * first stop that holds it, or 0. Those of 0 come first, then the last stop's, and so on; within a stop
 * newest first. commit is as in unreleased, without ranges, and with shallow = true where a shallow clone ends.
 * With reuse = true it is one table for all calls: for those who keep none of it.
 */
static int history_bind_log(lua_State *L) {
    static const char *const keys[] = {"head", "stops", "root", "exclude", "reuse", NULL};
    struct repo *repo = bind_check_repo(L, 1);
    struct history_log request;
    struct history_commit commit;
    struct history **history;
    lua_Integer n = 0;
    struct err err;
    int rc, reuse, one;

    lua_settop(L, 4);
    memset(&request, 0, sizeof request);
    bind_check_keys(L, 2, keys);
    luaL_checktype(L, 3, LUA_TFUNCTION);
    request.packs = option_packs(L, 4);
    reuse = bind_option_flag(L, 2, "reuse");
    lua_newtable(L); /* 5: keeps what is read */
    read_oid(L, &request.head, 2, "head");
    request.stops = read_oids(L, &request.stop_count, 5, 2, "stops");
    read_paths(L, &request.paths, 5, 2);
    history = new_history(L);
    if (history_log(history, repo, &request, &err) < 0)
        return bind_fail(L, &err);
    lua_createtable(L, 0, 8);
    one = lua_gettop(L);
    while ((rc = history_next(&commit, *history, &err)) == 1) {
        n++;
        lua_pushvalue(L, 3);
        if (reuse) {
            lua_pushvalue(L, one);
            fill_commit(L, &commit);
        } else
            push_commit(L, &commit);
        if (commit.is_border)
            lua_pushboolean(L, 1);
        else
            lua_pushnil(L);
        lua_setfield(L, -2, "shallow");
        lua_pushinteger(L, (lua_Integer)commit.stop);
        lua_call(L, 2, 0);
        bind_check_repo(L, 1); /* the function may have closed it */
    }
    history_free(*history);
    *history = NULL;
    if (rc < 0)
        return bind_fail(L, &err);
    lua_pushinteger(L, n);
    return 1;
}

static const luaL_Reg functions[] = {
    {"log", history_bind_log},
    {"expect", history_bind_expect},
    {"unreleased", history_bind_unreleased},
    {NULL, NULL},
};

int bind_history_open(lua_State *L) {
    luaL_newlib(L, functions);
    return 1;
}
