/*
 * Fuzz targets that are written in Lua: a chunk that returns `function (bytes)`
 * and raises when a property does not hold. It runs in the state that scripts
 * have (interp/host.h). The standard library is Lua and carries no
 * instrumentation of the compiler's, so under a fuzzer the lines of Lua that were
 * reached take the place of the edges of C.
 */
#ifndef RELRUN_LUA_TARGET_H
#define RELRUN_LUA_TARGET_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* Runs tests/fuzz/${name}.lua on the bytes, from the root of the source tree; the chunk is loaded once. Aborts with
 * the error and its traceback on stderr when the chunk raises. */
void lua_target_run(const char *name, const uint8_t *bytes, size_t length);

#endif
