#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <unistd.h>

#include "err.h"
#include "mem.h"
#include "proc.h"

#include "banned.h"

extern char **environ;

/* The length of the NAME in "NAME=value" or "NAME". */
static size_t name_length(const char *entry) {
    return strcspn(entry, "=");
}

static int names(const char *entry, const char *other) {
    size_t n = name_length(entry);
    return n == name_length(other) && memcmp(entry, other, n) == 0;
}

/* The parent's environment with the changes applied; the strings are borrowed. */
static char **merge_environment(const char *const *changes) {
    size_t present = 0, extra = 0, n = 0, i, j;
    char **merged;

    while (environ[present])
        present++;
    while (changes && changes[extra])
        extra++;
    merged = mem_new_array(present + extra + 1, sizeof *merged);
    if (merged == NULL)
        return NULL;
    for (i = 0; i < present; i++) {
        for (j = 0; j < extra && !names(environ[i], changes[j]); j++)
            ;
        if (j == extra)
            merged[n++] = environ[i];
    }
    for (j = 0; j < extra; j++)
        if (strchr(changes[j], '='))
            merged[n++] = (char *)changes[j];
    return merged;
}

int spawn_above_standard(int fd) {
    int moved;
    if (fd < 0 || fd > 2)
        return fd;
    moved = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    close(fd);
    return moved;
}

/* What the child does between its birth and the program: descriptors, directory, signals, group. */
static int prepare(posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes,
                   const struct proc_options *o, const int fds[3]) {
    sigset_t none, defaults;
    int i, rc = 0;

    for (i = 0; rc == 0 && i < 3; i++)
        rc = posix_spawn_file_actions_adddup2(actions, fds[i], i);
    /* What this process inherited without the close-on-exec mark is not for its children. */
    if (rc == 0)
        rc = posix_spawn_file_actions_addclosefrom_np(actions, 3);
    if (rc == 0 && o->cwd)
        rc = posix_spawn_file_actions_addchdir_np(actions, o->cwd);
    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    sigaddset(&defaults, SIGINT);
    sigaddset(&defaults, SIGTERM);
    sigaddset(&defaults, SIGHUP);
    if (rc == 0)
        rc = posix_spawnattr_setsigmask(attributes, &none);
    if (rc == 0)
        rc = posix_spawnattr_setsigdefault(attributes, &defaults);
    if (rc == 0)
        rc = posix_spawnattr_setpgroup(attributes, 0);
    if (rc == 0)
        rc = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                                      POSIX_SPAWN_SETSIGDEF);
    return rc;
}

/* posix_spawn and not fork: a fork copies the page tables of every mapped pack. */
int spawn_child(pid_t *out, const struct proc_options *o, const int fds[3], struct err *err) {
    char **env = merge_environment(o->env);
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int rc;

    if (env == NULL)
        return err_set(err, ERR_MEMORY, "%s: no memory", o->argv[0]);
    rc = posix_spawn_file_actions_init(&actions);
    if (rc == 0) {
        rc = posix_spawnattr_init(&attributes);
        if (rc == 0) {
            rc = prepare(&actions, &attributes, o, fds);
            if (rc == 0)
                rc = posix_spawnp(out, o->argv[0], &actions, &attributes, (char *const *)o->argv, env);
            posix_spawnattr_destroy(&attributes);
        }
        posix_spawn_file_actions_destroy(&actions);
    }
    mem_free(env);
    if (rc != 0) {
        errno = rc;
        return err_system(err, "cannot run %s", o->argv[0]);
    }
    return 0;
}
