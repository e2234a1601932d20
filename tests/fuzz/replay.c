/*
 * Runs a fuzz target over the files of a corpus folder, as an ordinary program:
 * replay FOLDER. What was found once stays found, in every test run.
 */
#include <stdint.h>
#include <stdio.h>

#include "../../interp/prim/buf.h"
#include "../../interp/prim/err.h"
#include "../../interp/prim/file.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int main(int argc, char **argv) {
    struct buf names = BUF_INIT, path = BUF_INIT, bytes = BUF_INIT;
    struct err err;
    size_t at;
    int n = 0;

    if (argc != 2) {
        fputs("usage: replay FOLDER\n", stderr);
        return 9;
    }
    if (file_list(&names, argv[1], &err) < 0)
        goto fail;
    for (at = 0; at < names.length; at += strlen(names.bytes + at) + 1) {
        buf_clear(&path);
        buf_clear(&bytes);
        if (buf_append_text(&path, argv[1]) < 0 || buf_append_text(&path, "/") < 0 ||
            buf_append_text(&path, names.bytes + at) < 0) {
            err_set(&err, ERR_MEMORY, "no memory");
            goto fail;
        }
        if (file_read(&bytes, buf_text(&path), NULL, &err) < 0)
            goto fail;
        LLVMFuzzerTestOneInput((const uint8_t *)buf_text(&bytes), bytes.length);
        n++;
    }
    buf_release(&bytes);
    buf_release(&path);
    buf_release(&names);
    printf("%d passed, 0 failed\n", n);
    return n == 0; /* an empty corpus proves nothing */

fail:
    fprintf(stderr, "%s\n", err.text);
    return 1;
}
