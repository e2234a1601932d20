#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../interp/prim/buf.h"
#include "../../interp/prim/digest.h"
#include "../../interp/prim/err.h"
#include "../../interp/prim/file.h"
#include "../../interp/prim/sink.h"
#include "faults.h"
#include "unit.h"

static struct err err;
static struct sink sink;
static struct buf place, path;
static char sha256[DIGEST_HEX_MAX], expected[DIGEST_HEX_MAX];

static void setup(void) {
    static const struct sink initial = SINK_INIT;
    sink = initial;
    ck_assert_int_eq(file_temporary_directory(&place, &err), 0);
    buf_append_text(&path, buf_text(&place));
    buf_append_text(&path, "/down");
}

static void teardown(void) {
    faults_arm(FAULT_ALLOCATION, 0, 0);
    faults_arm(FAULT_WRITE, 0, 0);
    sink_drop(&sink);
    (void)file_remove(place.bytes, 1, NULL);
    buf_release(&place);
    buf_release(&path);
}

static int is_there(void) {
    struct stat st;
    return lstat(path.bytes, &st) == 0;
}

START_TEST(a_file_keeps_what_came_and_knows_its_digest) {
    struct stat st;
    ck_assert_int_eq(sink_open(&sink, path.bytes, 100, &err), 0);
    ck_assert_int_eq(sink_write(&sink, "one ", 4, &err), 0);
    ck_assert_int_eq(sink_write(&sink, "", 0, &err), 0);
    ck_assert_int_eq(sink_write(&sink, "two", 3, &err), 0);
    ck_assert_int_eq(sink_close(sha256, &sink, &err), 0);
    ck_assert_int_eq(digest_hex(expected, DIGEST_SHA256, "one two", 7, &err), 0);
    ck_assert_str_eq(sha256, expected);
    ck_assert_int_eq(stat(path.bytes, &st), 0);
    ck_assert_int_eq(st.st_size, 7);
    ck_assert_int_eq(st.st_mode & 07777, 0600);
    sink_drop(&sink);
    ck_assert(is_there());
}
END_TEST

START_TEST(a_sink_that_is_given_up_leaves_nothing) {
    ck_assert_int_eq(sink_open(&sink, path.bytes, 100, &err), 0);
    ck_assert_int_eq(sink_write(&sink, "half", 4, &err), 0);
    sink_drop(&sink);
    ck_assert(!is_there());
    sink_drop(&sink);
}
END_TEST

START_TEST(what_is_there_stays_untouched) {
    ck_assert_int_eq(file_write(path.bytes, "old", 3, 0, &err), 0);
    ck_assert_err(sink_open(&sink, path.bytes, 100, &err), err, ERR_EXISTS, "/down");
    sink_drop(&sink);
    ck_assert(is_there());
    ck_assert_int_eq(unlink(path.bytes), 0);
    ck_assert_int_eq(symlink("elsewhere", path.bytes), 0);
    ck_assert_err(sink_open(&sink, path.bytes, 100, &err), err, ERR_EXISTS, "/down");
    ck_assert(is_there());
}
END_TEST

START_TEST(the_cap_is_exact_in_memory_and_in_a_file) {
    int in_file;
    for (in_file = 0; in_file < 2; in_file++) {
        ck_assert_int_eq(sink_open(&sink, in_file ? path.bytes : NULL, 5, &err), 0);
        ck_assert_int_eq(sink_write(&sink, "12345", 5, &err), 0);
        ck_assert_err(sink_write(&sink, "6", 1, &err), err, ERR_LIMIT, "more than 5 bytes");
        ck_assert_err(sink_write(&sink, "6", (size_t)-1, &err), err, ERR_LIMIT, "more than 5 bytes");
        ck_assert_uint_eq(sink.size, 5);
        sink_drop(&sink);
    }
    ck_assert_int_eq(sink_open(&sink, NULL, 0, &err), 0);
    ck_assert_int_eq(sink_write(&sink, "", 0, &err), 0);
    ck_assert_err(sink_write(&sink, "1", 1, &err), err, ERR_LIMIT, "more than 0 bytes");
}
END_TEST

START_TEST(a_full_disk_is_said_and_nothing_is_left) {
    ck_assert_int_eq(sink_open(&sink, path.bytes, 100, &err), 0);
    faults_arm(FAULT_WRITE, 1, 1);
    ck_assert_err(sink_write(&sink, "text", 4, &err), err, ERR_SYSTEM, "No space left");
    faults_arm(FAULT_WRITE, 0, 0);
    sink_drop(&sink);
    ck_assert(!is_there());
}
END_TEST

START_TEST(without_memory_there_is_no_file_and_no_leak) {
    unsigned n;
    for (n = 1; n < 20; n++) {
        long before = faults_live_blocks(), left;
        int rc, there;
        faults_arm(FAULT_ALLOCATION, n, 0);
        rc = sink_open(&sink, path.bytes, 100, &err);
        faults_arm(FAULT_ALLOCATION, 0, 0);
        there = is_there();
        sink_drop(&sink);
        left = faults_live_blocks() - before;
        ck_assert_int_eq(left, 0);
        ck_assert_int_eq(rc == 0, there);
        ck_assert_msg(n > 1 || rc == ERR_MEMORY, "%u: %d", n, rc);
        ck_assert(!is_there());
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("sink");
    TCase *all = tcase_create("all");
    suite_add_tcase(suite, all);
    tcase_add_checked_fixture(all, setup, teardown);
    tcase_add_test(all, a_file_keeps_what_came_and_knows_its_digest);
    tcase_add_test(all, a_sink_that_is_given_up_leaves_nothing);
    tcase_add_test(all, what_is_there_stays_untouched);
    tcase_add_test(all, the_cap_is_exact_in_memory_and_in_a_file);
    tcase_add_test(all, a_full_disk_is_said_and_nothing_is_left);
    tcase_add_test(all, without_memory_there_is_no_file_and_no_leak);
    return unit_run(suite);
}
