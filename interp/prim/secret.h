/*
 * What counts as a secret in the environment, and how a process that has one keeps its memory to itself. It knows no
 * secret's value and nobody to whom one belongs (credential.c).
 */
#ifndef RELRUN_SECRET_H
#define RELRUN_SECRET_H

/* 1 when a variable of this name holds a credential, as far as a name can tell. */
int secret_is_name(const char *name);

/*
 * From now on this process writes no core and may not be traced, and what it starts writes no core unless it raises its
 * limit: memory and environment would tell the secrets. Nothing changes in a process that is traced already: whoever
 * does that sees all of it.
 */
void secret_hide_memory(void);

/* The same where a variable of the environment has a secret's name and is not empty: for the start of the process. */
void secret_hide_environment(void);

#endif
