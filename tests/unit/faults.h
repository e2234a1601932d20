/*
 * Makes the world refuse on demand. The unit programs are linked with --wrap, so
 * that the product's own calls come here first and the product knows nothing of
 * it. One process, one test at a time (Check forks), so the counters are global.
 */
#ifndef RELRUN_FAULTS_H
#define RELRUN_FAULTS_H

#include <stddef.h>

enum fault {
    FAULT_ALLOCATION, /* malloc, calloc, realloc: NULL */
    FAULT_WRITE,      /* write: a first half is written, then ENOSPC */
    FAULT_SYNC,       /* fsync, fdatasync: EIO */
    FAULT_RENAME,     /* rename: EACCES */
    FAULT_KINDS
};

/* From now on the ${n}th call of that kind fails (1: the next one), and with ${persistent}
 * all after it too. 0: none fails; counting starts anew either way. */
void faults_arm(enum fault kind, unsigned n, int persistent);

/* How many calls of that kind there were since faults_arm, failed ones included. */
unsigned faults_calls(enum fault kind);

/* Blocks taken and not given back by the wrapped calls. Compare two readings with no assertion
 * in between: Check is a static library, whose calls are wrapped too. */
long faults_live_blocks(void);

#endif
