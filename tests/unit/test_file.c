#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../interp/prim/buf.h"
#include "../../interp/prim/err.h"
#include "../../interp/prim/file.h"
#include "faults.h"
#include "unit.h"

static struct err err;
static struct buf out, place; /* what a test reads; the directory it plays in, also its cwd */

static void setup(void) {
    ck_assert_int_eq(file_temporary_directory(&place, &err), 0);
    ck_assert_int_eq(chdir(buf_text(&place)), 0);
}

static void teardown(void) {
    int kind;
    for (kind = 0; kind < FAULT_KINDS; kind++)
        faults_arm((enum fault)kind, 0, 0);
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(file_remove(buf_text(&place), 1, &err), 0);
    buf_release(&out);
    buf_release(&place);
}

static void put(const char *path, const char *text) {
    ck_assert_int_eq(file_write(path, text, strlen(text), 0, &err), 0);
}

static const char *get(const char *path) {
    buf_clear(&out);
    ck_assert_msg(file_read(&out, path, NULL, &err) == 0, "%s", err.text);
    return buf_text(&out);
}

/* The names in ".", each with a space behind it. */
static const char *names(void) {
    size_t i;
    buf_clear(&out);
    ck_assert_int_eq(file_list(&out, ".", &err), 0);
    for (i = 0; i < out.length; i++)
        if (out.bytes[i] == '\0')
            out.bytes[i] = ' ';
    return buf_text(&out);
}

static unsigned mode_of(const char *path) {
    struct file_info info;
    ck_assert_int_eq(file_stat(&info, path, &err), 0);
    return info.mode;
}

START_TEST(bytes_come_back_as_they_went) {
    char bytes[200000];
    size_t i;
    for (i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 7);
    ck_assert_int_eq(file_write("a", bytes, sizeof bytes, 0, &err), 0);
    ck_assert_int_eq(file_read(&out, "a", NULL, &err), 0);
    ck_assert_uint_eq(out.length, sizeof bytes);
    ck_assert_mem_eq(out.bytes, bytes, sizeof bytes);
}
END_TEST

START_TEST(reading_appends_and_a_refusal_takes_it_back) {
    struct file_read_options few = {3, 0, 0};
    put("a", "1234");
    ck_assert_int_eq(buf_append_text(&out, "x"), 0);
    ck_assert_int_eq(file_read(&out, "a", NULL, &err), 0);
    ck_assert_str_eq(buf_text(&out), "x1234");
    ck_assert_err(file_read(&out, "a", &few, &err), err, ERR_LIMIT, "larger than 3");
    ck_assert_str_eq(buf_text(&out), "x1234");
    few.max = 4;
    ck_assert_int_eq(file_read(&out, "a", &few, &err), 0);
    ck_assert_str_eq(buf_text(&out), "x12341234");
}
END_TEST

START_TEST(the_cap_holds_where_no_size_is_known) {
    struct file_read_options device = {1000, 0, 1};
    ck_assert_err(file_read(&out, "/dev/zero", &device, &err), err, ERR_LIMIT, "1000");
    ck_assert_uint_eq(out.length, 0);
}
END_TEST

START_TEST(a_link_is_refused_unless_it_may_be_followed) {
    struct file_read_options follow = {0, 1, 0};
    put("target", "t");
    ck_assert_int_eq(symlink("target", "link"), 0);
    ck_assert_err(file_read(&out, "link", NULL, &err), err, ERR_FORMAT, "symbolic link");
    ck_assert_int_eq(file_read(&out, "link", &follow, &err), 0);
    ck_assert_str_eq(buf_text(&out), "t");
}
END_TEST

START_TEST(directories_and_pipes_are_no_files_and_nothing_waits) {
    ck_assert_int_eq(mkfifo("pipe", 0600), 0);
    ck_assert_err(file_read(&out, "pipe", NULL, &err), err, ERR_FORMAT, "not a regular file");
    ck_assert_err(file_read(&out, ".", NULL, &err), err, ERR_FORMAT, "not a regular file");
    ck_assert_err(file_read(&out, "absent", NULL, &err), err, ERR_NOT_FOUND, "absent");
    ck_assert_err(file_read(&out, "pipe/x", NULL, &err), err, ERR_NOT_FOUND, "pipe/x");
}
END_TEST

START_TEST(writing_replaces_and_leaves_nothing_beside) {
    put("a", "old and longer");
    put("a", "new");
    ck_assert_str_eq(get("a"), "new");
    ck_assert_str_eq(names(), "a ");
}
END_TEST

START_TEST(a_new_file_has_0644_an_old_one_keeps_its_bits_and_given_bits_win) {
    put("a", "1");
    ck_assert_uint_eq(mode_of("a"), 0644);
    ck_assert_int_eq(chmod("a", 0750), 0);
    put("a", "2");
    ck_assert_uint_eq(mode_of("a"), 0750);
    ck_assert_int_eq(file_write("a", "3", 1, 0600, &err), 0);
    ck_assert_uint_eq(mode_of("a"), 0600);
}
END_TEST

START_TEST(a_link_is_replaced_and_its_target_untouched) {
    struct file_info info;
    put("target", "kept");
    ck_assert_int_eq(symlink("target", "link"), 0);
    put("link", "new");
    ck_assert_int_eq(file_stat(&info, "link", &err), 0);
    ck_assert_int_eq(info.type, FILE_REGULAR);
    ck_assert_str_eq(get("target"), "kept");
}
END_TEST

static const struct {
    enum fault fault;
    unsigned call;
    int kind;
} torn_writes[] = {
    {FAULT_WRITE, 1, ERR_SYSTEM},
    {FAULT_SYNC, 1, ERR_SYSTEM},
    {FAULT_RENAME, 1, ERR_DENIED},
    {FAULT_ALLOCATION, 1, ERR_MEMORY},
};

START_TEST(a_write_that_fails_before_its_rename_leaves_the_old_bytes_and_no_litter) {
    put("a", "old bytes");
    faults_arm(torn_writes[_i].fault, torn_writes[_i].call, 0);
    ck_assert_err(file_write("a", "new bytes", 9, 0, &err), err, torn_writes[_i].kind, "a: ");
    faults_arm(torn_writes[_i].fault, 0, 0);
    ck_assert_str_eq(get("a"), "old bytes");
    ck_assert_str_eq(names(), "a ");
}
END_TEST

START_TEST(a_directory_that_does_not_sync_is_an_error_with_the_new_bytes_in_place) {
    put("a", "old");
    faults_arm(FAULT_SYNC, 2, 0);
    ck_assert_err(file_write("a", "new", 3, 0, &err), err, ERR_SYSTEM, ".: ");
    faults_arm(FAULT_SYNC, 0, 0);
    ck_assert_str_eq(get("a"), "new");
    ck_assert_str_eq(names(), "a ");
}
END_TEST

START_TEST(P13_every_refused_allocation_of_a_write_leaves_old_or_new_bytes_whole) {
    unsigned n;
    int rc;
    put("a", "old");
    for (n = 1, rc = -1; rc != 0; n++) {
        const char *now;
        ck_assert_uint_lt(n, 20);
        faults_arm(FAULT_ALLOCATION, n, 1);
        rc = file_write("a", "new", 3, 0, &err);
        faults_arm(FAULT_ALLOCATION, 0, 0);
        now = get("a");
        ck_assert_msg(strcmp(now, "old") == 0 || strcmp(now, "new") == 0, "torn: %s", now);
        ck_assert_str_eq(names(), "a ");
    }
    ck_assert_uint_gt(n, 2);
}
END_TEST

START_TEST(a_write_to_a_place_that_is_not_there_says_so) {
    ck_assert_err(file_write("no/such", "x", 1, 0, &err), err, ERR_NOT_FOUND, "no/such");
    ck_assert_int_eq(file_make_directory("dir", &err), 0);
    ck_assert_int_lt(file_write("dir", "x", 1, 0, &err), 0);
    ck_assert_str_eq(names(), "dir ");
}
END_TEST

START_TEST(appending_adds_behind_and_makes_a_private_file) {
    ck_assert_int_eq(file_append("log", "one\n", 4, &err), 0);
    ck_assert_int_eq(file_append("log", "two\n", 4, &err), 0);
    ck_assert_str_eq(get("log"), "one\ntwo\n");
    ck_assert_uint_eq(mode_of("log"), 0600);
    ck_assert_int_eq(symlink("log", "link"), 0);
    ck_assert_int_lt(file_append("link", "x", 1, &err), 0);
    ck_assert_str_eq(get("log"), "one\ntwo\n");
}
END_TEST

START_TEST(a_torn_append_is_an_error_and_what_stood_before_stays) {
    ck_assert_int_eq(file_append("log", "one\n", 4, &err), 0);
    faults_arm(FAULT_WRITE, 1, 0);
    ck_assert_err(file_append("log", "two\n", 4, &err), err, ERR_SYSTEM, "log: ");
    ck_assert_str_eq(get("log"), "one\ntw");
}
END_TEST

START_TEST(an_append_that_does_not_sync_is_an_error) {
    faults_arm(FAULT_SYNC, 1, 0);
    ck_assert_err(file_append("log", "one\n", 4, &err), err, ERR_SYSTEM, "log: ");
}
END_TEST

START_TEST(stat_tells_what_stands_there_and_follows_no_link) {
    struct file_info info;
    put("a", "12345");
    ck_assert_int_eq(symlink("absent", "link"), 0);
    ck_assert_int_eq(mkfifo("pipe", 0600), 0);
    ck_assert_int_eq(file_stat(&info, "a", &err), 0);
    ck_assert_int_eq(info.type, FILE_REGULAR);
    ck_assert_uint_eq(info.size, 5);
    ck_assert_int_eq(file_stat(&info, "link", &err), 0);
    ck_assert_int_eq(info.type, FILE_LINK);
    ck_assert_int_eq(file_stat(&info, ".", &err), 0);
    ck_assert_int_eq(info.type, FILE_DIRECTORY);
    ck_assert_int_eq(file_stat(&info, "pipe", &err), 0);
    ck_assert_int_eq(info.type, FILE_OTHER);
    ck_assert_err(file_stat(&info, "absent", &err), err, ERR_NOT_FOUND, "absent");
}
END_TEST

START_TEST(directories_are_made_with_their_parents_and_present_is_success) {
    ck_assert_int_eq(file_make_directory("x/y//z/", &err), 0);
    ck_assert_int_eq(file_make_directory("x/y/z", &err), 0);
    put("x/file", "");
    ck_assert_err(file_make_directory("x/file", &err), err, ERR_EXISTS, "x/file");
    ck_assert_int_lt(file_make_directory("x/file/below", &err), 0);
}
END_TEST

START_TEST(a_listing_is_sorted_by_bytes) {
    put("b", "");
    put("\xC3\xA4", "");
    put("B", "");
    put(".hidden", "");
    ck_assert_str_eq(names(), ".hidden B b \xC3\xA4 ");
    ck_assert_err(file_list(&out, "absent", &err), err, ERR_NOT_FOUND, "absent");
}
END_TEST

START_TEST(removing_a_tree_follows_no_link) {
    put("precious", "kept");
    ck_assert_int_eq(file_make_directory("tree/inner", &err), 0);
    ck_assert_int_eq(file_make_directory("outside", &err), 0);
    put("outside/also", "kept");
    ck_assert_int_eq(symlink("../precious", "tree/link"), 0);
    ck_assert_int_eq(symlink("../../outside", "tree/inner/link"), 0);
    ck_assert_int_lt(file_remove("tree", 0, &err), 0);
    ck_assert_int_eq(file_remove("tree", 1, &err), 0);
    ck_assert_str_eq(get("precious"), "kept");
    ck_assert_str_eq(get("outside/also"), "kept");
    ck_assert_err(file_remove("tree", 1, &err), err, ERR_NOT_FOUND, "tree");
}
END_TEST

START_TEST(removing_a_link_to_a_directory_removes_the_link) {
    ck_assert_int_eq(file_make_directory("dir", &err), 0);
    put("dir/a", "kept");
    ck_assert_int_eq(symlink("dir", "link"), 0);
    ck_assert_int_eq(file_remove("link", 1, &err), 0);
    ck_assert_str_eq(get("dir/a"), "kept");
}
END_TEST

START_TEST(a_temporary_directory_is_private_and_below_tmpdir) {
    ck_assert_int_eq(setenv("TMPDIR", buf_text(&place), 1), 0);
    ck_assert_int_eq(file_temporary_directory(&out, &err), 0);
    ck_assert_int_eq(strncmp(buf_text(&out), buf_text(&place), place.length), 0);
    ck_assert_uint_eq(mode_of(buf_text(&out)), 0700);
}
END_TEST

START_TEST(resolving_removes_links_and_dots) {
    put("a", "");
    ck_assert_int_eq(symlink("a", "link"), 0);
    ck_assert_int_eq(file_resolve(&out, "./link", &err), 0);
    ck_assert_str_eq(buf_text(&out) + out.length - 2, "/a");
    ck_assert_int_eq(buf_text(&out)[0], '/');
    ck_assert_err(file_resolve(&out, "absent", &err), err, ERR_NOT_FOUND, "absent");
}
END_TEST

START_TEST(renaming_moves_and_replaces_a_file) {
    put("a", "new");
    put("b", "old");
    ck_assert_int_eq(file_rename("a", "b", &err), 0);
    ck_assert_str_eq(get("b"), "new");
    ck_assert_str_eq(names(), "b ");
}
END_TEST

START_TEST(a_directory_is_not_renamed_over_one_with_something_in_it) {
    ck_assert_int_eq(file_make_directory("a", &err), 0);
    ck_assert_int_eq(file_make_directory("empty", &err), 0);
    ck_assert_int_eq(file_make_directory("full/inside", &err), 0);
    ck_assert_err(file_rename("a", "full", &err), err, ERR_EXISTS, "full: ");
    ck_assert_int_eq(file_rename("a", "empty", &err), 0);
    ck_assert_err(file_rename("a", "b", &err), err, ERR_NOT_FOUND, "a: ");
    ck_assert_str_eq(names(), "empty full ");
}
END_TEST

START_TEST(a_rename_that_does_not_sync_is_an_error) {
    put("a", "x");
    faults_arm(FAULT_SYNC, 1, 0);
    ck_assert_err(file_rename("a", "b", &err), err, ERR_SYSTEM, "");
    ck_assert_str_eq(names(), "b ");
}
END_TEST

static struct file_copied copied;

START_TEST(a_copy_has_the_bytes_and_tells_their_size_and_digest) {
    put("a", "abc");
    ck_assert_int_eq(file_copy(&copied, "a", "b", 3, &err), 0);
    ck_assert_str_eq(get("b"), "abc");
    ck_assert_int_eq((int)copied.size, 3);
    ck_assert_str_eq(copied.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
END_TEST

START_TEST(a_copy_of_several_blocks_equals_its_source) {
    static char bytes[600001];
    size_t i;
    for (i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 31 >> 3);
    ck_assert_int_eq(file_write("a", bytes, sizeof bytes, 0, &err), 0);
    ck_assert_int_eq(file_copy(&copied, "a", "b", sizeof bytes, &err), 0);
    get("b");
    ck_assert(out.length == sizeof bytes && memcmp(out.bytes, bytes, sizeof bytes) == 0);
    ck_assert_int_eq((int)copied.size, (int)sizeof bytes);
}
END_TEST

START_TEST(without_a_target_a_copy_only_measures_and_hashes) {
    put("a", "");
    ck_assert_int_eq(file_copy(&copied, "a", NULL, 0, &err), 0);
    ck_assert_int_eq((int)copied.size, 0);
    ck_assert_str_eq(copied.sha256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    ck_assert_str_eq(names(), "a ");
}
END_TEST

START_TEST(a_copy_replaces_nothing_follows_no_link_and_keeps_its_cap) {
    put("a", "four");
    put("b", "old");
    ck_assert_err(file_copy(&copied, "a", "b", 4, &err), err, ERR_EXISTS, "b: ");
    ck_assert_str_eq(get("b"), "old");
    ck_assert_err(file_copy(&copied, "a", "c", 3, &err), err, ERR_LIMIT, "a: larger than 3");
    ck_assert_int_eq(symlink("a", "link"), 0);
    ck_assert_err(file_copy(&copied, "link", "c", 4, &err), err, ERR_FORMAT, "link: ");
    ck_assert_err(file_copy(&copied, ".", "c", 4, &err), err, ERR_FORMAT, ".: ");
    ck_assert_err(file_copy(&copied, "none", "c", 4, &err), err, ERR_NOT_FOUND, "none: ");
    ck_assert_str_eq(names(), "a b link ");
}
END_TEST

static const struct torn_copy {
    enum fault fault;
    unsigned call;
    int kind;
    const char *text; /* which of the two it was */
} torn_copies[] = {
    {FAULT_WRITE, 1, ERR_SYSTEM, "b: cannot be written"},
    {FAULT_SYNC, 1, ERR_SYSTEM, "b: "},
    {FAULT_SYNC, 2, ERR_SYSTEM, ".: "},
    {FAULT_ALLOCATION, 1, ERR_MEMORY, "digest"},
};

START_TEST(a_copy_that_fails_leaves_no_part_of_itself) {
    put("a", "bytes");
    faults_arm(torn_copies[_i].fault, torn_copies[_i].call, 0);
    ck_assert_err(file_copy(&copied, "a", "b", 9, &err), err, torn_copies[_i].kind, torn_copies[_i].text);
    faults_arm(torn_copies[_i].fault, 0, 0);
    ck_assert_str_eq(names(), "a ");
}
END_TEST

START_TEST(a_lock_that_another_holds_is_waited_for_and_then_a_conflict) {
    int first, second;
    ck_assert_int_eq(file_lock(&first, "lock", 0, &err), 0);
    ck_assert_err(file_lock(&second, "lock", 0, &err), err, ERR_CONFLICT, "lock: ");
    ck_assert_err(file_lock(&second, "lock", 25, &err), err, ERR_CONFLICT, "lock: ");
    file_unlock(first);
    ck_assert_int_eq(file_lock(&second, "lock", 25, &err), 0);
    file_unlock(second);
}
END_TEST

static TCase *add_case(Suite *suite, const char *name) {
    TCase *tcase = tcase_create(name);
    tcase_add_checked_fixture(tcase, setup, teardown);
    suite_add_tcase(suite, tcase);
    return tcase;
}

int main(void) {
    Suite *suite = suite_create("file");
    TCase *tcase = add_case(suite, "read");
    tcase_add_test(tcase, bytes_come_back_as_they_went);
    tcase_add_test(tcase, reading_appends_and_a_refusal_takes_it_back);
    tcase_add_test(tcase, the_cap_holds_where_no_size_is_known);
    tcase_add_test(tcase, a_link_is_refused_unless_it_may_be_followed);
    tcase_add_test(tcase, directories_and_pipes_are_no_files_and_nothing_waits);
    tcase = add_case(suite, "write");
    tcase_add_test(tcase, writing_replaces_and_leaves_nothing_beside);
    tcase_add_test(tcase, a_new_file_has_0644_an_old_one_keeps_its_bits_and_given_bits_win);
    tcase_add_test(tcase, a_link_is_replaced_and_its_target_untouched);
    tcase_add_loop_test(tcase, a_write_that_fails_before_its_rename_leaves_the_old_bytes_and_no_litter,
                        0, sizeof torn_writes / sizeof *torn_writes);
    tcase_add_test(tcase, a_directory_that_does_not_sync_is_an_error_with_the_new_bytes_in_place);
    tcase_add_test(tcase, P13_every_refused_allocation_of_a_write_leaves_old_or_new_bytes_whole);
    tcase_add_test(tcase, a_write_to_a_place_that_is_not_there_says_so);
    tcase = add_case(suite, "append");
    tcase_add_test(tcase, appending_adds_behind_and_makes_a_private_file);
    tcase_add_test(tcase, a_torn_append_is_an_error_and_what_stood_before_stays);
    tcase_add_test(tcase, an_append_that_does_not_sync_is_an_error);
    tcase = add_case(suite, "tree");
    tcase_add_test(tcase, stat_tells_what_stands_there_and_follows_no_link);
    tcase_add_test(tcase, directories_are_made_with_their_parents_and_present_is_success);
    tcase_add_test(tcase, a_listing_is_sorted_by_bytes);
    tcase_add_test(tcase, removing_a_tree_follows_no_link);
    tcase_add_test(tcase, removing_a_link_to_a_directory_removes_the_link);
    tcase_add_test(tcase, a_temporary_directory_is_private_and_below_tmpdir);
    tcase_add_test(tcase, resolving_removes_links_and_dots);
    tcase = add_case(suite, "move");
    tcase_add_test(tcase, renaming_moves_and_replaces_a_file);
    tcase_add_test(tcase, a_directory_is_not_renamed_over_one_with_something_in_it);
    tcase_add_test(tcase, a_rename_that_does_not_sync_is_an_error);
    tcase = add_case(suite, "copy");
    tcase_add_test(tcase, a_copy_has_the_bytes_and_tells_their_size_and_digest);
    tcase_add_test(tcase, a_copy_of_several_blocks_equals_its_source);
    tcase_add_test(tcase, without_a_target_a_copy_only_measures_and_hashes);
    tcase_add_test(tcase, a_copy_replaces_nothing_follows_no_link_and_keeps_its_cap);
    tcase_add_loop_test(tcase, a_copy_that_fails_leaves_no_part_of_itself, 0,
                        sizeof torn_copies / sizeof *torn_copies);
    tcase = add_case(suite, "lock");
    tcase_add_test(tcase, a_lock_that_another_holds_is_waited_for_and_then_a_conflict);
    return unit_run(suite);
}
