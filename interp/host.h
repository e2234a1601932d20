/*
 * The trusted Lua state: the standard library from the binary, the primitives
 * as "host.NAME", and none of Lua's own doors to the world (io, os, package's
 * loaders). It knows no word of the spec language.
 */
#ifndef RELRUN_HOST_H
#define RELRUN_HOST_H

/* Runs stdlib/main.lua with the arguments; returns the exit status that it gives. */
int host_run(int argc, char **argv);

/* Runs a Lua script in the same state, with the script's directory on package.path and the
 * arguments in ${arg}. Returns 0, the script's os.exit status, or 1 after printing its error. */
int host_run_script(const char *path, int argc, char **argv);

#endif
