#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../interp/prim/buf.h"
#include "../../interp/prim/digest.h"
#include "../../interp/prim/err.h"
#include "../../interp/prim/file.h"
#include "../../interp/prim/payload.h"
#include "faults.h"
#include "unit.h"

static struct err err;
static struct payload *payload;
static struct buf place, path;
static char bytes[5000], into[5000], sha256[DIGEST_HEX_MAX];

static void setup(void) {
    size_t i;
    for (i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 7);
    ck_assert_int_eq(file_temporary_directory(&place, &err), 0);
    buf_append_text(&path, buf_text(&place));
    buf_append_text(&path, "/up");
    ck_assert_int_eq(file_write(path.bytes, bytes, sizeof bytes, 0, &err), 0);
    ck_assert_int_eq(digest_hex(sha256, DIGEST_SHA256, bytes, sizeof bytes, &err), 0);
}

static void teardown(void) {
    faults_arm(FAULT_ALLOCATION, 0, 0);
    payload_free(payload);
    (void)file_remove(place.bytes, 1, NULL);
    buf_release(&place);
    buf_release(&path);
}

/* Reads in pieces of ${piece} bytes until the end; gives how many came. */
static size_t read_all(size_t piece) {
    size_t all = 0, got;
    do {
        ck_assert_int_eq(payload_read(&got, payload, into + all, piece, &err), 0);
        all += got;
    } while (got > 0);
    return all;
}

START_TEST(memory_and_file_give_the_same_bytes_and_digest_in_any_pieces) {
    static const size_t pieces[] = {1, 7, 4096, 4999, 5000, 100000};
    size_t i;
    for (i = 0; i < 2 * sizeof pieces / sizeof *pieces; i++) {
        int rc = i % 2 ? payload_of_bytes(&payload, bytes, sizeof bytes, &err)
                       : payload_of_file(&payload, path.bytes, i % 4 ? 5000 : -1, &err);
        ck_assert_int_eq(rc, 0);
        ck_assert_int_eq(payload_size(payload), 5000);
        ck_assert_str_eq(payload_sha256(payload), "");
        ck_assert_uint_eq(read_all(pieces[i / 2]), 5000);
        ck_assert_mem_eq(into, bytes, 5000);
        ck_assert_str_eq(payload_sha256(payload), sha256);
        payload_free(payload);
    }
    payload = NULL;
}
END_TEST

START_TEST(an_empty_payload_has_its_digest_at_once) {
    ck_assert_int_eq(file_write(path.bytes, "", 0, 0, &err), 0);
    ck_assert_int_eq(digest_hex(sha256, DIGEST_SHA256, "", 0, &err), 0);
    ck_assert_int_eq(payload_of_file(&payload, path.bytes, 0, &err), 0);
    ck_assert_str_eq(payload_sha256(payload), sha256);
    payload_free(payload);
    ck_assert_int_eq(payload_of_bytes(&payload, NULL, 0, &err), 0);
    ck_assert_str_eq(payload_sha256(payload), sha256);
    ck_assert_uint_eq(read_all(10), 0);
}
END_TEST

START_TEST(from_the_beginning_again_the_digest_is_of_the_whole) {
    size_t got;
    int i;
    for (i = 0; i < 2; i++) {
        ck_assert_int_eq(i ? payload_of_bytes(&payload, bytes, sizeof bytes, &err)
                           : payload_of_file(&payload, path.bytes, -1, &err), 0);
        ck_assert_int_eq(payload_read(&got, payload, into, 3000, &err), 0);
        ck_assert_int_eq(payload_rewind(payload, &err), 0);
        ck_assert_uint_eq(read_all(999), 5000);
        ck_assert_str_eq(payload_sha256(payload), sha256);
        ck_assert_int_eq(payload_rewind(payload, &err), 0);
        ck_assert_str_eq(payload_sha256(payload), "");
        payload_free(payload);
        payload = NULL;
    }
}
END_TEST

/* Opens, reads a part, lets ${change} happen, and says how reading goes on. */
static int after(void (*change)(void)) {
    size_t got;
    int rc;
    ck_assert_int_eq(payload_of_file(&payload, path.bytes, -1, &err), 0);
    ck_assert_int_eq(payload_read(&got, payload, into, 3000, &err), 0);
    change();
    do
        rc = payload_read(&got, payload, into, 1000, &err);
    while (rc == 0 && got > 0);
    return rc;
}

static void write_at(off_t at, const char *text) {
    int fd = open(path.bytes, O_WRONLY);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(pwrite(fd, text, strlen(text), at), (ssize_t)strlen(text));
    close(fd);
}

static void grow(void) { write_at(5000, "more"); }
static void shrink(void) { ck_assert_int_eq(truncate(path.bytes, 4000), 0); }
static void empty(void) { ck_assert_int_eq(truncate(path.bytes, 0), 0); }
static void rewrite(void) {
    struct timespec times[2] = {{0, UTIME_OMIT}, {1, 1}}; /* coarse clocks may give the same time twice */
    write_at(10, "other");
    ck_assert_int_eq(utimensat(AT_FDCWD, path.bytes, times, 0), 0);
}
static void replace(void) { ck_assert_int_eq(file_write(path.bytes, "other", 5, 0, &err), 0); }

START_TEST(a_file_that_changes_while_it_is_read_is_never_whole) {
    static void (*const changes[])(void) = {grow, shrink, empty, rewrite};
    ck_assert_err(after(changes[_i]), err, ERR_CONFLICT, "/up: changed while it was sent");
    ck_assert_str_eq(payload_sha256(payload), "");
}
END_TEST

START_TEST(a_file_that_is_replaced_is_the_one_that_was_opened) {
    ck_assert_int_eq(after(replace), 0);
    ck_assert_str_eq(payload_sha256(payload), sha256);
}
END_TEST

START_TEST(what_is_no_regular_file_of_the_stated_size_is_refused) {
    ck_assert_err(payload_of_file(&payload, path.bytes, 4999, &err), err, ERR_CONFLICT, "5000 bytes, expected 4999");
    ck_assert_err(payload_of_file(&payload, place.bytes, -1, &err), err, ERR_FORMAT, "not a regular file");
    ck_assert_err(payload_of_file(&payload, "/dev/null", -1, &err), err, ERR_FORMAT, "not a regular file");
    ck_assert_err(payload_of_file(&payload, "/no/such", -1, &err), err, ERR_NOT_FOUND, "/no/such");
    ck_assert_int_eq(unlink(path.bytes), 0);
    ck_assert_int_eq(mkfifo(path.bytes, 0600), 0); /* opening it must not wait for a writer */
    ck_assert_err(payload_of_file(&payload, path.bytes, -1, &err), err, ERR_FORMAT, "not a regular file");
    ck_assert_int_eq(unlink(path.bytes), 0);
    ck_assert_int_eq(symlink("/etc/passwd", path.bytes), 0);
    ck_assert_err(payload_of_file(&payload, path.bytes, -1, &err), err, ERR_FORMAT, "a symbolic link");
    payload = NULL;
}
END_TEST

START_TEST(without_memory_nothing_leaks) {
    unsigned n;
    for (n = 1; n < 20; n++) {
        long before = faults_live_blocks(), left;
        int rc;
        faults_arm(FAULT_ALLOCATION, n, 0);
        rc = payload_of_file(&payload, path.bytes, -1, &err);
        faults_arm(FAULT_ALLOCATION, 0, 0);
        if (rc == 0)
            payload_free(payload);
        payload = NULL;
        left = faults_live_blocks() - before;
        ck_assert_int_eq(left, 0);
        ck_assert_msg(rc == 0 || rc == ERR_MEMORY || rc == ERR_SYSTEM, "%d", rc);
        ck_assert_msg(n > 2 || rc == ERR_MEMORY, "%u: %d", n, rc);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("payload");
    TCase *all = tcase_create("all");
    suite_add_tcase(suite, all);
    tcase_add_checked_fixture(all, setup, teardown);
    tcase_add_test(all, memory_and_file_give_the_same_bytes_and_digest_in_any_pieces);
    tcase_add_test(all, an_empty_payload_has_its_digest_at_once);
    tcase_add_test(all, from_the_beginning_again_the_digest_is_of_the_whole);
    tcase_add_loop_test(all, a_file_that_changes_while_it_is_read_is_never_whole, 0, 4);
    tcase_add_test(all, a_file_that_is_replaced_is_the_one_that_was_opened);
    tcase_add_test(all, what_is_no_regular_file_of_the_stated_size_is_refused);
    tcase_add_test(all, without_memory_nothing_leaks);
    return unit_run(suite);
}
