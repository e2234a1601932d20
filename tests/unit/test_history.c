/* What of history needs no Lua: path ranges on made-up trees, groups of releases, the queue. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../interp/prim/buf.h"
#include "../../interp/prim/err.h"
#include "../../interp/prim/file.h"
#include "../../interp/prim/history.h"
#include "../../interp/prim/paths.h"
#include "../../interp/prim/repo.h"
#include "../../interp/prim/tree.h"

static struct buf dir;
static struct repo *repo;
static struct err err;
static struct oid tree;

#define PACKAGES 300

/* Packages in one directory: p/0/x ... p/299/x, held in memory. */
static void setup(void) {
    static char names[PACKAGES][16];
    struct tree_edit edits[PACKAGES];
    char command[256];
    int i;

    ck_assert_int_eq(file_temporary_directory(&dir, &err), 0);
    snprintf(command, sizeof command, "git init -q -b main '%s'", buf_text(&dir));
    ck_assert_int_eq(system(command), 0);
    ck_assert_int_eq(repo_open(&repo, buf_text(&dir), &err), 0);
    for (i = 0; i < PACKAGES; i++) {
        snprintf(names[i], sizeof names[i], "p/%d/x", i);
        edits[i].path = names[i];
        edits[i].mode = 0100644;
        memset(&edits[i].oid, 1 + i % 100, sizeof edits[i].oid);
    }
    ck_assert_int_eq(tree_edit(&tree, repo, NULL, edits, PACKAGES, 0, &err), 0);
}

static void teardown(void) {
    repo_free(repo);
    ck_assert_int_eq(file_remove(buf_text(&dir), 1, &err), 0);
    buf_release(&dir);
}

static struct oid edited(const char *path, unsigned mode, int byte) {
    struct tree_edit edit = {path, mode, {{0}}};
    struct oid out;
    memset(&edit.oid, byte, sizeof edit.oid);
    ck_assert_int_eq(tree_edit(&out, repo, &tree, &edit, 1, 0, &err), 0);
    return out;
}

/* The ranges that differ between the tree and another, as text: "1,4". */
static const char *touched(const struct paths_range *ranges, size_t count, struct oid other) {
    static char text[64];
    struct paths *paths;
    const uint32_t *found;
    size_t n, i, at = 0;

    ck_assert_int_eq(paths_new(&paths, repo, ranges, count, &err), 0);
    ck_assert_int_eq(paths_compare(&found, &n, paths, &tree, &other, &err), 0);
    text[0] = '\0';
    for (i = 0; i < n; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%u", i ? "," : "", found[i]);
    paths_free(paths);
    return text;
}

START_TEST(each_package_is_told_apart_wherever_it_lies_in_the_tree) {
    static char roots[PACKAGES][16];
    struct paths_range ranges[PACKAGES];
    char want[16];
    int i;

    memset(ranges, 0, sizeof ranges);
    for (i = 0; i < PACKAGES; i++) {
        snprintf(roots[i], sizeof roots[i], "p/%d", i);
        ranges[i].root = roots[i];
    }
    for (i = 0; i < PACKAGES; i += 7) {
        char path[24];
        snprintf(want, sizeof want, "%d", i);
        snprintf(path, sizeof path, "p/%d/x", i);
        ck_assert_str_eq(touched(ranges, PACKAGES, edited(path, 0100644, 0xff)), want);
        ck_assert_str_eq(touched(ranges, PACKAGES, edited(path, 0100755, 1 + i % 100)), want);
        ck_assert_str_eq(touched(ranges, PACKAGES, edited(path, 0, 0)), want);
    }
}
END_TEST

START_TEST(a_new_neighbour_shifts_entries_and_touches_nothing_else) {
    static const struct paths_range ranges[] = {
        {"p/10", NULL, 0}, {"p/100", NULL, 0}, {"p", NULL, 0}, {"p/1", NULL, 0}};
    ck_assert_str_eq(touched(ranges, 4, edited("p/1000/x", 0100644, 3)), "2");
    ck_assert_str_eq(touched(ranges, 4, edited("p/10-a", 0100644, 3)), "2");
    ck_assert_str_eq(touched(ranges, 4, edited("q", 0100644, 3)), "");
}
END_TEST

START_TEST(everything_is_touched_by_equal_trees_too) {
    static const char *const excludes[] = {"p/1"};
    const struct paths_range ranges[] = {{"", NULL, 0}, {"", excludes, 1}, {"p", NULL, 0}};
    ck_assert_str_eq(touched(ranges, 3, tree), "0");
    ck_assert_str_eq(touched(ranges, 3, edited("p/1/x", 0100644, 0xff)), "0,2");
    ck_assert_str_eq(touched(ranges, 3, edited("p/2/x", 0100644, 0xff)), "0,1,2");
}
END_TEST

START_TEST(ranges_that_are_not_wanted_are_not_found) {
    static const struct paths_range ranges[] = {{"p/1", NULL, 0}, {"p", NULL, 0}};
    static const unsigned char wanted[] = {1, 0};
    struct oid other = edited("p/1/x", 0100644, 0xff);
    struct paths *paths;
    const uint32_t *found;
    size_t n;

    ck_assert_int_eq(paths_new(&paths, repo, ranges, 2, &err), 0);
    paths_want(paths, wanted);
    ck_assert_int_eq(paths_compare(&found, &n, paths, &tree, &other, &err), 0);
    ck_assert_uint_eq(n, 1);
    ck_assert_uint_eq(found[0], 0);
    ck_assert_int_eq(paths_compare(&found, &n, paths, &tree, &tree, &err), 0);
    ck_assert_uint_eq(n, 0);
    paths_free(paths);
}
END_TEST

START_TEST(a_tree_that_is_not_here_is_named) {
    static const struct paths_range ranges[] = {{"p/1", NULL, 0}};
    struct paths *paths;
    const uint32_t *found;
    struct oid other;
    size_t n;

    memset(&other, 0xcd, sizeof other);
    ck_assert_int_eq(paths_new(&paths, repo, ranges, 1, &err), 0);
    ck_assert_int_eq(paths_compare(&found, &n, paths, &tree, &other, &err), ERR_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(err.text, "cdcdcdcdcd"));
    paths_free(paths);
}
END_TEST

/* A commit held in memory, with up to two parents. */
static struct oid commit(const char *name, long long time, const struct oid *a, const struct oid *b) {
    const struct oid *parents[] = {a, b};
    char text[512], hex[OID_HEX + 1];
    size_t at, i;
    struct oid out;

    oid_format(hex, &tree);
    at = (size_t)snprintf(text, sizeof text, "tree %s\n", hex);
    for (i = 0; i < 2; i++)
        if (parents[i]) {
            oid_format(hex, parents[i]);
            at += (size_t)snprintf(text + at, sizeof text - at, "parent %s\n", hex);
        }
    at += (size_t)snprintf(text + at, sizeof text - at,
                           "author A <a@x> 1 +0000\ncommitter A <a@x> %lld +0000\n\n%s", time, name);
    ck_assert_int_eq(repo_hold(&out, repo, OBJECT_COMMIT, text, at, &err), 0);
    return out;
}

START_TEST(a_late_bit_is_carried_through_commits_already_visited) {
    /* The release lies on a side branch whose clock was ten years behind; it holds what the main
     * line was found to have long before. */
    long long now = 1600000000;
    struct oid at = commit("root", now, NULL, NULL), middle, release, base;
    struct history_range range = {{"", NULL, 0}, &release, 1};
    struct history_request request;
    struct history_commit found;
    struct history *history;
    int i, n = 0;

    for (i = 0; i < 200; i++)
        at = commit("line", now + i * 100000, &at, NULL);
    middle = at;
    release = commit("release", now - 320000000, &middle, NULL);
    for (i = 200; i < 210; i++)
        at = commit("line", now + i * 100000, &at, NULL);
    base = commit("base", now + 30000000, &at, &release);
    memset(&request, 0, sizeof request);
    request.base = base;
    request.ranges = &range;
    request.range_count = 1;
    ck_assert_int_eq(history_unreleased(&history, repo, &request, &err), 0);
    while (history_next(&found, history, &err) == 1)
        n++;
    ck_assert_int_eq(n, 11);
    history_free(history);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("history");
    TCase *cases = tcase_create("history");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, each_package_is_told_apart_wherever_it_lies_in_the_tree);
    tcase_add_test(cases, a_new_neighbour_shifts_entries_and_touches_nothing_else);
    tcase_add_test(cases, everything_is_touched_by_equal_trees_too);
    tcase_add_test(cases, ranges_that_are_not_wanted_are_not_found);
    tcase_add_test(cases, a_tree_that_is_not_here_is_named);
    tcase_add_test(cases, a_late_bit_is_carried_through_commits_already_visited);
    suite_add_tcase(suite, cases);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
