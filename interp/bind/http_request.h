/*
 * A request of Lua's as the primitive takes it: read whole before anything is acquired, every key and value checked.
 */
#ifndef RELRUN_BIND_HTTP_REQUEST_H
#define RELRUN_BIND_HTTP_REQUEST_H

#include <lua.h>

struct credential;
struct http_request;

#define HTTP_REQUEST_CREDENTIAL "relrun.credential" /* the type of a credential's userdata */

/* The credential at ${index}; raises on another value. */
struct credential **http_request_credential(lua_State *L, int index);

/*
 * Reads the table at ${index}; raises on misuse. All that ${out} points to lives as long as the table at ${kept}, into
 * which it is put: the caller's own may change while a progress function runs. ${alone}: it may have a progress
 * function, which is not read here.
 */
void http_request_read(struct http_request *out, lua_State *L, int index, int kept, int alone);

#endif
