/*
 * The process that sandbox.h starts, from the inside: a Lua state with budgets, the
 * library of library.h and stdlib/sandbox/prelude.lua, which answers what it is asked
 * on one socket.
 *
 * A question is E request, or C id argument... (values as in value.h); an answer is
 * + value..., or - kind message, where the kind is f (the spec is wrong), l (a limit) or
 * s (the process cannot).
 */
#ifndef RELRUN_SPEC_PROCESS_H
#define RELRUN_SPEC_PROCESS_H

/* Serves until the socket ends. Returns the exit status: 9 when it was not started by
 * sandbox_start. */
int spec_process_run(void);

#endif
