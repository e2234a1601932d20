/*
 * What every binding shares. A binding has lua.h on one side and one primitive
 * on the other: it reads all its arguments first, then acquires, because a Lua
 * error is a longjmp. Misuse raises; the world's refusals are
 * nil, message, kind.
 */
#ifndef RELRUN_BIND_H
#define RELRUN_BIND_H

#include <lauxlib.h>
#include <lua.h>

struct buf;
struct err;
struct oid;
struct repo;

/* One opener per binding file; bind.c holds the table of them all. */
int bind_clock_open(lua_State *L);
int bind_digest_open(lua_State *L);
int bind_env_open(lua_State *L);
int bind_file_open(lua_State *L);
int bind_history_open(lua_State *L);
int bind_http_open(lua_State *L);
int bind_json_open(lua_State *L);
int bind_message_open(lua_State *L);
int bind_proc_open(lua_State *L);
int bind_random_open(lua_State *L);
int bind_repo_open(lua_State *L);
int bind_sandbox_open(lua_State *L);
int bind_term_open(lua_State *L);

/* Makes every primitive available to require as "host.NAME". */
void bind_open_all(lua_State *L);

/* Pushes nil, message, kind for ${err} and returns 3. */
int bind_fail(lua_State *L, const struct err *err);

/* Raises what Lua itself says without memory, so that nobody takes it for a mistake of the caller's. */
int bind_no_memory(lua_State *L);

/* Makes room for ${count} more values; raises as above: nothing of ours goes so deep that anything else could lack. */
void bind_check_stack(lua_State *L, int count);

/*
 * A buffer that Lua frees: pushes a userdata that holds an empty buf, so that a
 * later Lua error cannot leak what was read into it.
 */
struct buf *bind_new_buf(lua_State *L);

/* Raises unless every key of the table at ${index} is one of ${keys} (NULL-terminated). */
void bind_check_keys(lua_State *L, int index, const char *const *keys);

/* Options of the table at ${index} (absolute); absent gives the fallback, another type raises.
 * The string is valid while the table holds it; the table must stay on the stack. */
const char *bind_option_text(lua_State *L, int index, const char *key, const char *fallback);
lua_Integer bind_option_integer(lua_State *L, int index, const char *key, lua_Integer fallback);
int bind_option_flag(lua_State *L, int index, const char *key);

/* The argument as text without NUL bytes (paths, names); raises on one. */
const char *bind_check_path(lua_State *L, int index);

/* The methods of a repository that write; the ones that read are bind/repo.c's own. */
extern const luaL_Reg bind_repo_writers[];

/* The open repository at ${index}; raises when it is closed or another value (bind/repo.c). */
struct repo *bind_check_repo(lua_State *L, int index);

/* The object name of 40 hex digits at ${index}; raises on another value. */
void bind_check_oid(struct oid *out, lua_State *L, int index);

/* Pushes the 40 hex digits. */
void bind_push_oid(lua_State *L, const struct oid *oid);

#endif
