/*
 * Child processes: an argument vector, never a shell. A child gets its own
 * process group, closed descriptors, default signals and the parent's
 * environment with the given changes. It knows nothing of git.
 */
#ifndef RELRUN_PROC_H
#define RELRUN_PROC_H

#include <stddef.h>

#include "buf.h"

struct err;
struct proc;
struct proc_begun;

struct proc_options {
    const char *const *argv;   /* NULL-terminated; argv[0] is searched in PATH */
    const char *const *env;    /* NULL-terminated "NAME=value" (set) or "NAME" (unset); may be NULL */
    const char *cwd;           /* NULL: this process's */
    const char *input;         /* bytes for standard input; NULL: /dev/null; for proc_begin any but NULL */
    size_t input_length;
    unsigned timeout_ms;       /* 0: none; past it the whole group is killed */
    size_t max_output;         /* bytes of stdout and of stderr; 0: 256 MiB; more kills the group */
    const char *stdout_path;   /* proc_start only: files for the output, NULL: /dev/null */
    const char *stderr_path;
    int redact;                /* 1: in the output user:password@ of URLs becomes ***@, and every held credential *** */
};

struct proc_result {
    int code;       /* exit status, -1 when a signal ended it */
    int signal;     /* 0 when it exited */
    int timed_out;  /* 1 when we killed it for its deadline */
    struct buf output;
    struct buf errors;
};

#define PROC_RESULT_INIT                                                                           \
    { 0, 0, 0, BUF_INIT, BUF_INIT }

/* Runs to the end. ERR_NOT_FOUND (no such program), ERR_DENIED, ERR_LIMIT (output), ERR_MEMORY,
 * ERR_SYSTEM. A time-out is a result, not an error. The caller releases the result. */
int proc_run(struct proc_result *out, const struct proc_options *options, struct err *err);
void proc_result_release(struct proc_result *result);

/*
 * The same in two steps, so that the child runs while its parent does something else; errors as above.
 * With ${options}->input the child's standard input stays open until the bytes come with proc_finish.
 * The time-out counts from proc_finish on: what came before was its parent's own time.
 * proc_finish and proc_abandon, which kills, free it; proc_abandon(NULL) is harmless.
 */
int proc_begin(struct proc_begun **out, const struct proc_options *options, struct err *err);
int proc_finish(struct proc_result *out, struct proc_begun *begun, const char *input, size_t length,
                struct err *err);
void proc_abandon(struct proc_begun *begun);

/* From now on an interrupt (INT, TERM, HUP) ends this process with status 130, after killing the
 * groups of the children that proc_begin and proc_run started. */
void proc_handle_interrupts(void);

/* Between these two an interrupt waits, so that whoever works can put away what is half done (http.c: a file).
 * proc_interrupted says that one waits; proc_release_interrupts then ends the process. A second one ends it at once. */
void proc_hold_interrupts(void);
int proc_interrupted(void);
void proc_release_interrupts(void);

/* Starts in the background; proc_free kills what still runs and reaps it. */
int proc_start(struct proc **out, const struct proc_options *options, struct err *err);
int proc_id(const struct proc *proc);
/* Sends ${signal} to the process group; a process that is gone is success. */
int proc_kill(struct proc *proc, int signal, struct err *err);
/* Waits at most ${timeout_ms} (-1: for ever). 1: ended, code and signal set; 0: still running. */
int proc_wait(struct proc *proc, int timeout_ms, int *code, int *signal, struct err *err);
void proc_free(struct proc *proc);

/* Replaces the userinfo of every URL in the buffer by ***, in place or shorter. */
void proc_redact(struct buf *text);

#endif
