/*
 * Memory for libgit2, from our one door to the heap. Its own allocator reports a refusal by setting an error, and
 * where there is no memory for the error either it reports that, without end, until the stack is full.
 */
#ifndef RELRUN_REPO_MEMORY_H
#define RELRUN_REPO_MEMORY_H

/* The git_allocator to give to libgit2 before it starts. It lives as long as the program. */
void *repo_memory(void);

#endif
