#include "spec_process.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <lauxlib.h>
#include <lua.h>

#include "../embed.h"
#include "../prim/buf.h"
#include "../prim/err.h"
#include "budget.h"
#include "library.h"
#include "limits.h"
#include "position.h"
#include "sandbox.h"
#include "value.h"

#include "../prim/banned.h"

#define PRELUDE "stdlib/sandbox/prelude.lua"
#define RESULTS_MAX 16

/* Bytes that the state may use before a spec tells its own limit. */
#define MEMORY_DEFAULT ((size_t)64 << 20)

struct spec_process {
    lua_State *L;
    struct budget budget;
    struct buf request;
    struct buf reply;
    lua_Integer steps;
    char name[256]; /* the spec's, for messages */
};

/* Stack indices: what the state keeps between two questions, and answer() has as arguments. */
enum { EVALUATE = 1, CALLBACKS, KEPT = CALLBACKS, PROCESS };

static int is_socket(int fd) {
    int type;
    socklen_t size = sizeof type;
    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
}

static int read_bytes(void *bytes, size_t length) {
    char *at = bytes;
    while (length > 0) {
        ssize_t n = read(SANDBOX_FD, at, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        at += n;
        length -= (size_t)n;
    }
    return 0;
}

static int write_bytes(const void *bytes, size_t length) {
    const char *at = bytes;
    while (length > 0) {
        ssize_t n = write(SANDBOX_FD, at, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        at += n;
        length -= (size_t)n;
    }
    return 0;
}

static int send_frame(const void *bytes, size_t n) {
    unsigned char head[4] = {(unsigned char)n, (unsigned char)(n >> 8), (unsigned char)(n >> 16),
                             (unsigned char)(n >> 24)};
    return write_bytes(head, sizeof head) == 0 ? write_bytes(bytes, n) : -1;
}

static int receive_frame(struct buf *frame) {
    unsigned char head[4];
    size_t length;

    if (read_bytes(head, sizeof head) != 0)
        return -1;
    length = head[0] | (size_t)head[1] << 8 | (size_t)head[2] << 16 | (size_t)head[3] << 24;
    buf_clear(frame);
    if (length > SANDBOX_REQUEST_MAX || buf_reserve(frame, length) < 0 ||
        read_bytes(frame->bytes, length) != 0)
        return -1;
    frame->length = length;
    return 0;
}

/* host.where() -> chunk name, line | nil: where the spec stands */
static int where(lua_State *L) {
    lua_Debug ar;
    if (!position_find(L, &ar))
        return 0;
    lua_pushstring(L, ar.source[0] == '@' ? ar.source + 1 : ar.source);
    lua_pushinteger(L, ar.currentline);
    return 2;
}

/* host.node(record) -> node: a value that shows nothing of the record to the spec */
static int new_node(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_newuserdatauv(L, 0, 1);
    lua_pushvalue(L, 1);
    lua_setiuservalue(L, -2, 1);
    luaL_setmetatable(L, VALUE_NODE);
    return 1;
}

/* host.record(value) -> the record of a node | nil */
static int record_of(lua_State *L) {
    if (luaL_testudata(L, 1, VALUE_NODE) == NULL)
        return 0;
    lua_getiuservalue(L, 1, 1);
    return 1;
}

/* host.guard(read, write) -> an empty table whose every access goes to the two functions */
static int new_guard(lua_State *L) {
    lua_settop(L, 2);
    lua_newtable(L);
    lua_createtable(L, 0, 3);
    lua_pushvalue(L, 1);
    lua_setfield(L, -2, "__index");
    lua_pushvalue(L, 2);
    lua_setfield(L, -2, "__newindex");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    return 1;
}

/* host.load(text, name, environment) -> function | nil, message: source text only */
static int load_text(lua_State *L) {
    size_t length;
    const char *text = luaL_checklstring(L, 1, &length);
    const char *name = lua_pushfstring(L, "@%s", luaL_checkstring(L, 2));

    if (length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        text += 3, length -= 3; /* the mark that some editors put in front of UTF-8 */
    if (luaL_loadbufferx(L, text, length, name, "t") != LUA_OK) {
        lua_pushnil(L);
        lua_insert(L, -2);
        return 2;
    }
    lua_pushvalue(L, 3);
    if (lua_setupvalue(L, -2, 1) == NULL)
        lua_pop(L, 1); /* a text without globals has no environment */
    return 1;
}

static const luaL_Reg host[] = {
    {"guard", new_guard},
    {"load", load_text},
    {"node", new_node},
    {"record", record_of},
    {"where", where},
    {NULL, NULL},
};

/* Runs the prelude; returns EVALUATE and CALLBACKS. */
static int open_state(lua_State *L) {
    const struct embed_file *prelude = embed_find(PRELUDE);

    if (prelude == NULL)
        return luaL_error(L, "no %s in the binary", PRELUDE);
    value_open(L);
    if (luaL_loadbufferx(L, prelude->bytes, prelude->length, "=" POSITION_PRELUDE, "t") != LUA_OK)
        return lua_error(L);
    luaL_newlib(L, host);
    luaL_getmetatable(L, VALUE_NODE);
    lua_setfield(L, -2, "node_type");
    library_push(L);
    lua_call(L, 2, 1);
    lua_newtable(L);
    return KEPT;
}

/* Every error becomes a text that begins with a position, whatever was raised. */
static int on_error(lua_State *L) {
    const char *text, *rest;
    lua_Debug ar;

    if (lua_type(L, 1) != LUA_TSTRING) {
        lua_pushfstring(L, "an error that is no text (%s)", luaL_typename(L, 1));
        lua_replace(L, 1);
    }
    text = lua_tostring(L, 1);
    rest = position_skip(text);
    if (rest && strncmp(text, POSITION_PRELUDE ":", strlen(POSITION_PRELUDE ":")) != 0)
        return 1;
    if (rest)
        text = rest; /* the spec's line is meant, not one of ours */
    if (position_find(L, &ar)) {
        lua_pushfstring(L, "%s:%d: %s", ar.short_src, ar.currentline, text);
        return 1;
    }
    lua_pushstring(L, text);
    return 1;
}

/* The answer "it failed"; writing it needs nothing of the Lua state. What knows no position (some
 * of Lua's own errors do not) gets the name of the file at least. */
static void answer_failure(struct spec_process *p, int kind, const char *text) {
    char head[2] = {'-', kind == ERR_FORMAT ? 'f' : kind == ERR_LIMIT ? 'l' : 's'};
    int rc;

    buf_clear(&p->reply);
    rc = buf_append(&p->reply, head, sizeof head);
    if (rc == 0 && position_skip(text) == NULL && strncmp(text, p->name, strlen(p->name)) != 0) {
        rc = buf_append_text(&p->reply, p->name);
        if (rc == 0)
            rc = buf_append_text(&p->reply, ": ");
    }
    if (rc < 0 || buf_append(&p->reply, text, strnlen(text, ERR_TEXT_MAX)) < 0)
        buf_clear(&p->reply);
}

/* ${status} of a protected call, whose error is on top of the stack. */
static void answer_status(struct spec_process *p, lua_State *L, int status) {
    if (p->budget.spent)
        answer_failure(p, ERR_LIMIT, p->budget.text);
    else if (status == LUA_ERRMEM) {
        char text[40];
        snprintf(text, sizeof text, "more than %zu MiB of memory", p->budget.memory >> 20);
        answer_failure(p, ERR_LIMIT, text);
    } else {
        const char *text = lua_tostring(L, -1);
        answer_failure(p, ERR_FORMAT, text ? text : "an error without a text");
    }
}

/* The values from stack index ${first} on. */
static void answer_values(struct spec_process *p, lua_State *L, int first, int nodes) {
    struct value_writer writer = {&p->reply, p->name, nodes, nodes ? CALLBACKS : 0, 0};
    struct err err = {ERR_OK, ""};
    int index, last = lua_gettop(L), rc;

    buf_clear(&p->reply);
    rc = buf_append_byte(&p->reply, '+');
    if (last - first >= RESULTS_MAX)
        rc = err_set(&err, ERR_FORMAT, "more than %d results", RESULTS_MAX);
    for (index = first; rc == 0 && index <= last; index++)
        rc = value_write(&writer, L, index, &err);
    if (rc < 0)
        answer_failure(p, rc, err.text);
}

/* Takes what is for this process out of the request {name, text, words, specs, steps, memory} on
 * top of the stack. */
static void begin_evaluation(struct spec_process *p, lua_State *L) {
    lua_getfield(L, -1, "name");
    snprintf(p->name, sizeof p->name, "%s", lua_tostring(L, -1));
    lua_getfield(L, -2, "steps");
    p->steps = lua_tointeger(L, -1);
    lua_getfield(L, -3, "memory");
    p->budget.memory = (size_t)lua_tointeger(L, -1);
    lua_pop(L, 3);
}

/* Pushes the function that the question is for, and its arguments. A question that relrun would
 * not ask raises. */
static void push_question(struct spec_process *p, lua_State *L) {
    struct value_reader reader = {.bytes = (const unsigned char *)p->request.bytes,
                                  .length = p->request.length,
                                  .at = 1};
    int evaluates = p->request.bytes[0] == 'E';
    struct err err;

    if (evaluates)
        lua_pushvalue(L, EVALUATE);
    while (!value_at_end(&reader)) {
        int is_first = reader.at == 1;
        if (value_read(&reader, L, &err) < 0)
            luaL_error(L, "a malformed question: %s", err.text);
        if (is_first && evaluates)
            begin_evaluation(p, L);
        else if (is_first)
            lua_rawget(L, CALLBACKS); /* the number becomes its function */
    }
}

/* Answers the question in p->request with the answer in p->reply. */
static int answer(lua_State *L) {
    struct spec_process *p = lua_touserdata(L, PROCESS);
    int first = lua_gettop(L) + 2, status;

    lua_pushcfunction(L, on_error);
    push_question(p, L);
    budget_begin(&p->budget, L, p->steps);
    status = lua_pcall(L, lua_gettop(L) - first, LUA_MULTRET, first - 1);
    budget_end(L);
    if (status == LUA_OK)
        answer_values(p, L, first, p->request.bytes[0] == 'E');
    else
        answer_status(p, L, status);
    return 0;
}

static void answer_safely(struct spec_process *p) {
    lua_State *L = p->L;
    int status;

    buf_clear(&p->reply);
    p->budget.spent = 0;
    lua_pushcfunction(L, answer);
    lua_pushvalue(L, EVALUATE);
    lua_pushvalue(L, CALLBACKS);
    lua_pushlightuserdata(L, p);
    status = lua_pcall(L, PROCESS, 0, 0);
    if (status != LUA_OK)
        answer_status(p, L, status);
    lua_settop(L, KEPT);
}

static void serve(struct spec_process *p) {
    /* One byte is the report that all is well; a longer frame would be the reason why not. */
    unsigned char features = (unsigned char)limits_seal(SANDBOX_FD);

    if (send_frame(&features, 1) != 0)
        return;
    while (receive_frame(&p->request) == 0 && p->request.length > 0) {
        answer_safely(p);
        if (p->reply.length == 0 || send_frame(p->reply.bytes, p->reply.length) != 0)
            return;
    }
}

int spec_process_run(void) {
    static struct spec_process process; /* lives as long as the program does */
    struct spec_process *p = &process;

    if (!is_socket(SANDBOX_FD)) {
        fputs("relrun: " SANDBOX_ARGUMENT " is for relrun itself\n", stderr);
        return 9;
    }
    p->request.cap = SANDBOX_REQUEST_MAX;
    p->reply.cap = SANDBOX_REPLY_MAX;
    p->budget.memory = MEMORY_DEFAULT;
    p->L = lua_newstate(budget_allocate, &p->budget);
    if (p->L == NULL)
        return 1;
    lua_pushcfunction(p->L, open_state);
    budget_begin(&p->budget, p->L, LUA_MAXINTEGER);
    if (lua_pcall(p->L, 0, KEPT, 0) != LUA_OK) {
        const char *text = lua_tostring(p->L, -1);
        (void)send_frame(text, text ? strlen(text) : 0);
        return 1;
    }
    budget_end(p->L);
    serve(p);
    _exit(0); /* the system takes everything back faster than we could */
}
