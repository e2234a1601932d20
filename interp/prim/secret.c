#include "secret.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "banned.h"

#define NAME_MAX_JUDGED 256

extern char **environ;

int secret_is_name(const char *name) {
    static const char *const marks[] = {"TOKEN", "SECRET",     "PASSWORD",      "PASSWD", "PASSPHRASE",
                                        "CREDENTIAL", "AUTHORIZATION", "APIKEY", "API_KEY",
                                        "PRIVATE_KEY", "EXTRAHEADER", "GIT_CONFIG_VALUE", NULL};
    const char *at;
    char upper[NAME_MAX_JUDGED];
    size_t i, n = strlen(name);

    if (n >= sizeof upper)
        return 1; /* too long to judge is too long to hand out */
    for (i = 0; i <= n; i++)
        upper[i] = (char)toupper((unsigned char)name[i]);
    for (i = 0; marks[i]; i++)
        if (strstr(upper, marks[i]))
            return 1;
    /* A personal access token is a PAT as a word of its own: GITHUB_EVENT_PATH is none. */
    for (at = strstr(upper, "PAT"); at != NULL; at = strstr(at + 1, "PAT"))
        if ((at == upper || at[-1] == '_') && !isalpha((unsigned char)at[3]))
            return 1;
    return 0;
}

/* The tests' kill sweep is one who traces. */
static int is_traced(void) {
    FILE *status = fopen("/proc/self/status", "re");
    char line[256];
    int pid = 0;

    while (status && pid == 0 && fgets(line, sizeof line, status))
        if (sscanf(line, "TracerPid: %d", &pid) == 1)
            break;
    if (status)
        fclose(status);
    return pid != 0;
}

void secret_hide_memory(void) {
    struct rlimit limit;

    if (is_traced())
        return;
    (void)prctl(PR_SET_DUMPABLE, 0);
    /* git and its helpers need the environment; an exec makes a process dumpable again, but keeps the limit. */
    if (getrlimit(RLIMIT_CORE, &limit) == 0) {
        limit.rlim_cur = 0;
        (void)setrlimit(RLIMIT_CORE, &limit);
    }
}

void secret_hide_environment(void) {
    char **each, name[NAME_MAX_JUDGED];

    for (each = environ; each && *each; each++) {
        size_t n = strcspn(*each, "=");

        if (n >= sizeof name)
            break;
        memcpy(name, *each, n);
        name[n] = '\0';
        if ((*each)[n] == '=' && (*each)[n + 1] != '\0' && secret_is_name(name))
            break;
    }
    if (each && *each)
        secret_hide_memory();
}
