/*
 * The trusted Lua state: the standard library from the binary, the primitives
 * as "host.NAME", and none of Lua's own doors to the world (io, os, package's
 * loaders). It knows no word of the spec language.
 */
#ifndef RELRUN_HOST_H
#define RELRUN_HOST_H

struct lua_State;

/* Runs stdlib/main.lua with the arguments; returns the exit status that it gives. */
int host_run(int argc, char **argv);

/* Runs a Lua script in the same state, with the script's directory on package.path and the
 * arguments in ${arg}. Returns 0, the script's os.exit status, or 1 after printing its error. */
int host_run_script(const char *path, int argc, char **argv);

/* Opens in ${L} what a script finds: the libraries, the primitives, the embedded modules, and ${script}'s folder on
 * package.path; with NULL what stdlib/main.lua finds. May raise: call it below a protected call. */
void host_open(struct lua_State *L, const char *script);

#endif
