/* Objects, their bytes and refs, on a repository that git made. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../interp/prim/buf.h"
#include "../../interp/prim/err.h"
#include "../../interp/prim/file.h"
#include "../../interp/prim/refs.h"
#include "../../interp/prim/repo.h"
#include "../../interp/prim/tree.h"

static struct buf dir;
static struct repo *repo;
static struct err err;

/* Runs a line of shell in the repository. */
static void shell(const char *line) {
    char command[2048];
    snprintf(command, sizeof command,
             "cd '%s' && export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 "
             "GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.invalid GIT_COMMITTER_NAME=C "
             "GIT_COMMITTER_EMAIL=c@example.invalid && %s",
             buf_text(&dir), line);
    ck_assert_int_eq(system(command), 0);
}

static void setup(void) {
    ck_assert_int_eq(file_temporary_directory(&dir, &err), 0);
    shell("git init -q -b main . && echo one > a && mkdir d && echo two > d/b && git add -A && "
          "git commit -q -m one && git tag -a -m t v1 && git tag light");
    ck_assert_int_eq(repo_open(&repo, buf_text(&dir), &err), 0);
}

static void teardown(void) {
    repo_free(repo);
    ck_assert_int_eq(file_remove(buf_text(&dir), 1, &err), 0);
    buf_release(&dir);
}

START_TEST(an_object_name_is_read_and_written) {
    const char *hex = "0123456789abcdef0123456789abcdef01234567";
    char out[OID_HEX + 1];
    struct oid oid;
    ck_assert_int_eq(oid_parse(&oid, hex, OID_HEX), 0);
    oid_format(out, &oid);
    ck_assert_str_eq(out, hex);
    ck_assert_int_lt(oid_parse(&oid, hex, OID_HEX - 1), 0);
    ck_assert_int_lt(oid_parse(&oid, "0123456789abcdef0123456789abcdef0123456g", OID_HEX), 0);
}
END_TEST

START_TEST(a_commit_time_beyond_any_clock_is_zero) {
    static const char text[] = "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor A <a> 1 +0000\n"
                               "committer A <a> 99999999999999999999 +0000\n\nx";
    struct object_commit commit;
    ck_assert_int_eq(object_commit_parse(&commit, text, sizeof text - 1, &err), 0);
    ck_assert_int_eq(commit.time, 0);
    ck_assert_uint_eq(commit.message.length, 1);
}
END_TEST

START_TEST(git_order_puts_a_directory_as_if_it_ended_in_a_slash) {
    ck_assert_int_lt(object_name_compare("a-b", 3, 0, "a", 1, 1), 0);
    ck_assert_int_gt(object_name_compare("a-b", 3, 0, "a", 1, 0), 0);
    ck_assert_int_lt(object_name_compare("a", 1, 1, "a0", 2, 0), 0);
}
END_TEST

START_TEST(a_file_and_a_directory_of_one_name_are_no_tree) {
    static const char text[] = "100644 a\0aaaaaaaaaaaaaaaaaaaa100644 a-b\0aaaaaaaaaaaaaaaaaaaa"
                               "40000 a\0aaaaaaaaaaaaaaaaaaaa";
    ck_assert_int_eq(object_check(OBJECT_TREE, text, sizeof text - 1, &err), ERR_FORMAT);
    ck_assert_ptr_nonnull(strstr(err.text, "twice"));
}
END_TEST

START_TEST(a_path_is_found_from_a_tag) {
    struct object_entry entry;
    struct repo_object blob;
    struct oid oid;
    ck_assert_int_eq(repo_ref(&oid, repo, "refs/tags/v1", &err), 0);
    ck_assert_int_eq(tree_lookup(&entry, repo, &oid, "d/b", &err), 0);
    ck_assert_int_eq(repo_read_type(&blob, repo, &entry.oid, OBJECT_BLOB, &err), 0);
    ck_assert_str_eq(blob.bytes, "two\n");
    repo_object_release(&blob);
    repo_object_release(&blob);
    ck_assert_int_eq(repo_read_type(&blob, repo, &entry.oid, OBJECT_TREE, &err), ERR_FORMAT);
}
END_TEST

START_TEST(a_missing_object_is_not_found_and_named) {
    struct repo_object object;
    struct oid oid;
    memset(&oid, 0xab, sizeof oid);
    ck_assert_int_eq(repo_read(&object, repo, &oid, &err), ERR_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(err.text, "abababababababababababababababababababab"));
}
END_TEST

START_TEST(refs_survive_being_packed) {
    struct refs refs;
    int packed;
    for (packed = 0; packed < 2; packed++) {
        if (packed)
            shell("git pack-refs --all");
        ck_assert_int_eq(refs_read(&refs, repo, "refs/", &err), 0);
        ck_assert_uint_eq(refs.count, 3);
        ck_assert_str_eq(refs.items[0].name, "refs/heads/main");
        ck_assert_str_eq(refs.items[2].name, "refs/tags/v1");
        ck_assert_int_eq(refs.items[2].is_peeled, packed);
        if (packed)
            ck_assert_int_eq(oid_compare(&refs.items[2].peeled, &refs.items[0].oid), 0);
        refs_release(&refs);
    }
}
END_TEST

START_TEST(a_torn_packed_refs_file_is_refused_by_line) {
    struct refs refs;
    shell("printf '# pack-refs with: peeled\\n0123 refs/heads/x\\n' > .git/packed-refs");
    ck_assert_int_eq(refs_read(&refs, repo, "refs/", &err), ERR_FORMAT);
    ck_assert_ptr_nonnull(strstr(err.text, "line 2"));
    refs_release(&refs);
}
END_TEST

START_TEST(a_ref_is_swapped_only_from_the_expected_value) {
    struct oid main_oid, tag;
    ck_assert_int_eq(repo_ref(&main_oid, repo, "refs/heads/main", &err), 0);
    ck_assert_int_eq(repo_ref(&tag, repo, "refs/tags/v1", &err), 0);
    ck_assert_int_eq(repo_set_ref(repo, "refs/tags/new", &tag, NULL, "", &err), 0);
    ck_assert_int_eq(repo_set_ref(repo, "refs/tags/new", &tag, NULL, "", &err), ERR_CONFLICT);
    ck_assert_int_eq(repo_set_ref(repo, "refs/tags/new", &main_oid, &main_oid, "", &err), ERR_CONFLICT);
    ck_assert_int_eq(repo_set_ref(repo, "refs/tags/new", &main_oid, &tag, "", &err), 0);
    ck_assert_int_eq(repo_set_ref(repo, "refs/tags/new", NULL, &main_oid, "", &err), 0);
    ck_assert_int_eq(repo_ref(&tag, repo, "refs/tags/new", &err), ERR_NOT_FOUND);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("repo");
    TCase *bytes = tcase_create("bytes"), *made = tcase_create("repository");
    SRunner *runner;
    int failed;

    tcase_add_test(bytes, an_object_name_is_read_and_written);
    tcase_add_test(bytes, a_commit_time_beyond_any_clock_is_zero);
    tcase_add_test(bytes, git_order_puts_a_directory_as_if_it_ended_in_a_slash);
    tcase_add_test(bytes, a_file_and_a_directory_of_one_name_are_no_tree);
    tcase_add_checked_fixture(made, setup, teardown);
    tcase_add_test(made, a_path_is_found_from_a_tag);
    tcase_add_test(made, a_missing_object_is_not_found_and_named);
    tcase_add_test(made, refs_survive_being_packed);
    tcase_add_test(made, a_torn_packed_refs_file_is_refused_by_line);
    tcase_add_test(made, a_ref_is_swapped_only_from_the_expected_value);
    suite_add_tcase(suite, bytes);
    suite_add_tcase(suite, made);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
