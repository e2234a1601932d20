/*
 * relrun: where the process begins. What needs no Lua state is answered here,
 * so that `relrun --version` is as quick as a program can be.
 */
#include <stdio.h>
#include <string.h>

#include "host.h"
#include "prim/secret.h"
#include "sandbox/sandbox.h"
#include "sandbox/spec_process.h"

#ifndef RELRUN_VERSION
#error "RELRUN_VERSION is set by the Makefile"
#endif

int main(int argc, char **argv) {
    if (argc == 2 && (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0))
        return puts("relrun " RELRUN_VERSION) < 0;
    if (argc == 2 && strcmp(argv[1], SANDBOX_ARGUMENT) == 0)
        return spec_process_run();
    secret_hide_environment();
    int asks_for_help = argc >= 3 && (strcmp(argv[2], "--help") == 0 || strcmp(argv[2], "-h") == 0);
    if (argc >= 2 && strcmp(argv[1], "lua") == 0 && !asks_for_help) {
        if (argc == 2) {
            fputs("relrun: lua: a script is missing: relrun lua SCRIPT [ARG...]\n", stderr);
            return 9;
        }
        return host_run_script(argv[2], argc - 3, argv + 3);
    }
    return host_run(argc - 1, argv + 1);
}
