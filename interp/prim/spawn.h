/*
 * The birth of a child process (proc.h): what stands between this program and that one. It knows
 * neither what the child is for nor when it ends.
 */
#ifndef RELRUN_SPAWN_H
#define RELRUN_SPAWN_H

#include <sys/types.h>

struct err;
struct proc_options;

/* Descriptors 0 to 2 are kept free for the child, so that its dup2 never meets its own source: ${fd}, or
 * a copy of it in a higher place, ${fd} being closed; -1 when there is none. */
int spawn_above_standard(int fd);

/* Starts argv with env in cwd, a process group of its own, default signals, and ${fds} as its standard
 * descriptors; all others are closed. ERR_NOT_FOUND, ERR_DENIED, ERR_MEMORY, ERR_SYSTEM. */
int spawn_child(pid_t *out, const struct proc_options *options, const int fds[3], struct err *err);

#endif
