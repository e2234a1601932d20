/*
 * remains FILE -- COMMAND [ARG...]
 *
 * Runs the command and writes to FILE what the command's own memory holds in
 * the moment in which it ends: every mapping that can be read, but for the
 * bytes in which the kernel handed over arguments and environment, which are
 * the process's from its first instruction on. What is left behind by those it
 * starts is theirs.
 *
 * Exit status: the command's, 128 + signal when one ended it; 126 when it could
 * not be started, traced or read.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FAILED = 126, PIECE = 1 << 16 };

/* Arguments and environment: the fields 48 to 51 of /proc/PID/stat. -1 when they are not told. */
static int find_words(pid_t pid, uint64_t *from, uint64_t *to) {
    char path[64], text[4096], *at;
    size_t n;
    int field;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    file = fopen(path, "re");
    if (file == NULL)
        return -1;
    n = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[n] = '\0';
    at = strrchr(text, ')'); /* the end of field 2, which may hold anything */
    for (field = 2; at != NULL && field < 48; field++)
        at = strchr(at + 1, ' ');
    if (at == NULL || sscanf(at, " %" SCNu64 " %*u %*u %" SCNu64, from, to) != 2 || *from >= *to)
        return -1;
    return 0;
}

/* The bytes from ${from} to ${to}; a page that cannot be read is none that anybody reads. */
static int copy(FILE *out, int memory, uint64_t from, uint64_t to) {
    static char bytes[PIECE];

    while (from < to) {
        size_t wanted = to - from < PIECE ? (size_t)(to - from) : PIECE;
        ssize_t n = pread(memory, bytes, wanted, (off_t)from);

        if (n < 0 && errno == EIO) {
            from += 4096 - (from & 4095);
            continue;
        }
        if (n <= 0 || fwrite(bytes, 1, (size_t)n, out) != (size_t)n)
            return -1;
        from += (uint64_t)n;
    }
    return 0;
}

static int copy_memory(FILE *out, pid_t pid) {
    char path[64], line[4096], readable;
    uint64_t from, to, words, words_end;
    int memory, rc = 0;
    FILE *maps;

    if (find_words(pid, &words, &words_end) < 0)
        return -1;
    snprintf(path, sizeof path, "/proc/%d/mem", (int)pid);
    memory = open(path, O_RDONLY | O_CLOEXEC);
    snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
    maps = fopen(path, "re");
    while (memory >= 0 && maps != NULL && rc == 0 && fgets(line, sizeof line, maps) != NULL) {
        if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %c", &from, &to, &readable) != 3 || readable != 'r' ||
            strstr(line, "[vsyscall]") != NULL || strstr(line, "[vvar") != NULL)
            continue;
        if (from <= words && words_end <= to) {
            rc = copy(out, memory, from, words);
            from = words_end;
        }
        if (rc == 0)
            rc = copy(out, memory, from, to);
    }
    if (memory < 0 || maps == NULL)
        rc = -1;
    if (memory >= 0)
        close(memory);
    if (maps != NULL)
        fclose(maps);
    return rc;
}

/* Follows the process to its end. Its exit status, or FAILED. */
static int follow(FILE *out, pid_t pid) {
    int status, read = 0;

    while (waitpid(pid, &status, 0) == pid) {
        int deliver = 0;
        if (WIFEXITED(status))
            return read ? WEXITSTATUS(status) : FAILED;
        if (WIFSIGNALED(status))
            return 128 + WTERMSIG(status);
        if (status >> 16 == PTRACE_EVENT_EXIT)
            read = copy_memory(out, pid) == 0;
        else if (status >> 16 == 0)
            deliver = WSTOPSIG(status);
        ptrace(PTRACE_CONT, pid, 0, deliver);
    }
    return FAILED;
}

int main(int argc, char **argv) {
    int gate[2], result;
    char go = 1;
    FILE *out;
    pid_t pid;

    if (argc < 4 || strcmp(argv[2], "--") != 0) {
        fprintf(stderr, "usage: remains FILE -- COMMAND [ARG...]\n");
        return FAILED;
    }
    out = fopen(argv[1], "we");
    if (out == NULL || pipe2(gate, O_CLOEXEC) < 0) {
        perror(argv[1]);
        return FAILED;
    }
    pid = fork();
    if (pid == 0) {
        close(gate[1]);
        if (read(gate[0], &go, 1) == 1)
            execvp(argv[3], argv + 3);
        _exit(FAILED);
    }
    if (pid < 0 || ptrace(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL) < 0 ||
        write(gate[1], &go, 1) != 1) {
        perror("remains: cannot trace");
        return FAILED;
    }
    result = follow(out, pid);
    return fclose(out) == 0 ? result : FAILED;
}
