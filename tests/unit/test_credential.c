#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "../../interp/prim/buf.h"
#include "../../interp/prim/credential.h"
#include "../../interp/prim/err.h"
#include "../../interp/prim/mem.h"
#include "../../interp/prim/proc.h"
#include "../../interp/prim/url.h"
#include "faults.h"
#include "unit.h"

static struct err err;
static struct url url;
static struct buf line;
static struct credential *credential;
static const char *const names[] = {"UNIT_FIRST_TOKEN", "UNIT_SECOND_TOKEN", NULL};

#define SECRET "canary/se+cret=0123"
#define ENCODED "canary%2Fse%2Bcret%3D0123"

static void setup(void) {
    unsetenv(names[0]);
    unsetenv(names[1]);
}

static void teardown(void) {
    faults_arm(FAULT_ALLOCATION, 0, 0);
    buf_release(&line);
    credential_free(credential);
}

static int read_for(const char *origin) {
    struct credential_options options = {.names = names, .origin = origin};
    return credential_read(&credential, &options, &err);
}

/* What a request to ${address} would carry. */
static const char *field_for(const char *address) {
    buf_clear(&line);
    ck_assert_int_eq(url_parse(&url, address, &err), 0);
    ck_assert_int_eq(credential_write(&line, credential, &url, &err), 0);
    return buf_text(&line);
}

START_TEST(the_first_name_that_is_set_counts_and_none_is_no_error) {
    ck_assert_int_eq(read_for("https://h"), 0);
    setenv(names[0], "", 1);
    setenv(names[1], SECRET, 1);
    ck_assert_int_eq(read_for("https://h"), 1);
    ck_assert_str_eq(field_for("https://h/x"), "Authorization: Bearer " SECRET);
    credential_free(credential);
    setenv(names[0], "first-secret", 1);
    ck_assert_int_eq(read_for("https://h"), 1);
    ck_assert_str_eq(field_for("https://h/x"), "Authorization: Bearer first-secret");
}
END_TEST

START_TEST(scheme_and_field_can_be_others) {
    struct credential_options options = {.names = names, .origin = "https://h", .scheme = "token"};
    setenv(names[0], SECRET, 1);
    ck_assert_int_eq(credential_read(&credential, &options, &err), 1);
    ck_assert_str_eq(field_for("https://h/x"), "Authorization: token " SECRET);
    credential_free(credential);
    options.scheme = NULL;
    options.field = "PRIVATE-TOKEN";
    ck_assert_int_eq(credential_read(&credential, &options, &err), 1);
    ck_assert_str_eq(field_for("https://h/x"), "PRIVATE-TOKEN: " SECRET);
    credential_free(credential);
    credential = NULL;
    options.field = "X-Token: a\r\nX-Other";
    ck_assert_err(credential_read(&credential, &options, &err), err, ERR_FORMAT, "no word");
    options.field = NULL;
    options.scheme = "Bearer x";
    ck_assert_err(credential_read(&credential, &options, &err), err, ERR_FORMAT, "no word");
}
END_TEST

START_TEST(a_token_that_is_given_counts_instead_of_names_and_is_held_to_the_same_rules) {
    struct credential_options options = {.token = "for-anybody", .origin = "https://h"};
    ck_assert_int_eq(credential_read(&credential, &options, &err), 1);
    ck_assert_str_eq(field_for("https://h/x"), "Authorization: Bearer for-anybody");
    credential_free(credential);
    credential = NULL;
    options.token = "a\r\nX-Other: b";
    ck_assert_err(credential_read(&credential, &options, &err), err, ERR_FORMAT, "the token holds");
    options.token = "";
    ck_assert_err(credential_read(&credential, &options, &err), err, ERR_FORMAT, "the token is empty");
}
END_TEST

START_TEST(it_is_for_its_own_origin_only) {
    static const char *const own[] = {"https://api.test/", "https://API.TEST:443/x?y", "https://api.test:0443/"};
    static const char *const foreign[] = {"https://api.test:444/",      "https://api.test.evil.test/",
                                          "https://evil.test/api.test", "https://xapi.test/",
                                          "https://sub.api.test/",      "http://localhost/",
                                          "https://test/"};
    size_t i;
    setenv(names[0], SECRET, 1);
    ck_assert_int_eq(read_for("https://Api.Test:443/"), 1);
    ck_assert_str_eq(credential_origin(credential), "https://api.test");
    for (i = 0; i < sizeof own / sizeof *own; i++) {
        ck_assert_int_eq(url_parse(&url, own[i], &err), 0);
        ck_assert_msg(credential_is_for(credential, &url), "%s", own[i]);
    }
    for (i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        ck_assert_int_eq(url_parse(&url, foreign[i], &err), 0);
        ck_assert_msg(!credential_is_for(credential, &url), "%s", foreign[i]);
    }
}
END_TEST

START_TEST(an_origin_that_is_none_is_refused_before_the_secret_is_looked_at) {
    setenv(names[0], SECRET, 1);
    ck_assert_err(read_for("https://h/path"), err, ERR_FORMAT, "has a path too");
    ck_assert_err(read_for("https://h/?q"), err, ERR_FORMAT, "has a path too");
    ck_assert_err(read_for("http://h"), err, ERR_FORMAT, "this machine only");
    ck_assert_err(read_for("h"), err, ERR_FORMAT, "without https://");
    unsetenv(names[0]);
    ck_assert_err(read_for("h"), err, ERR_FORMAT, "without https://");
}
END_TEST

START_TEST(a_secret_that_could_break_out_of_its_line_is_refused_and_not_quoted) {
    static const char *const bad[] = {"canary\r\nX: y", "canary\n",      " canary",       "canary canary",
                                      "can\tary",        "can\x7F" "ary", "can\xC3\xA4ry"};
    size_t i;
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        setenv(names[1], bad[i], 1);
        ck_assert_err(read_for("https://h"), err, ERR_FORMAT, "UNIT_SECOND_TOKEN holds");
        ck_assert_ptr_null(strstr(err.text, "can"));
    }
}
END_TEST

START_TEST(a_secret_has_a_cap_that_tokens_do_not_reach) {
    static char secret[CREDENTIAL_MAX + 2];
    memset(secret, 'x', CREDENTIAL_MAX);
    setenv(names[0], secret, 1);
    ck_assert_int_eq(read_for("https://h"), 1);
    credential_free(credential);
    credential = NULL;
    secret[CREDENTIAL_MAX] = 'x';
    setenv(names[0], secret, 1);
    ck_assert_err(read_for("https://h"), err, ERR_LIMIT, "16384 bytes");
}
END_TEST

START_TEST(what_is_held_is_blotted_out_of_texts_and_no_longer_afterwards) {
    char text[128] = "a " SECRET " b " ENCODED SECRET " c canary/se";
    setenv(names[0], SECRET, 1);
    credential_redact(text);
    ck_assert_ptr_nonnull(strstr(text, SECRET)); /* nothing is held yet */
    ck_assert_int_eq(read_for("https://h"), 1);
    credential_redact(text);
    ck_assert_str_eq(text, "a *** b ****** c canary/se");
    ck_assert_int_eq(buf_append(&line, "\0" SECRET "\0x", sizeof SECRET + 2), 0);
    credential_redact_buf(&line);
    ck_assert_uint_eq(line.length, 6);
    ck_assert_mem_eq(line.bytes, "\0***\0x", 7);
    credential_free(credential);
    credential = NULL;
    buf_clear(&line);
    ck_assert_int_eq(buf_append_text(&line, SECRET), 0);
    credential_redact_buf(&line);
    ck_assert_str_eq(buf_text(&line), SECRET);
    buf_release(&line);
    credential_redact_buf(&line); /* nothing in it */
}
END_TEST

START_TEST(every_way_to_write_it_that_can_be_undone_is_blotted_out) {
    static const char *const rows[][2] = {
        {"CANARY/se+CRET=0123", "***"},                 /* a name of a field, or of a host, loses its case */
        {"canary%2fse%2bcret%3d0123", "***"},
        {"%63%61nary%2Fse%2Bcret=0123", "***"},
        {"\"canary\\/se+cret=0123\"", "\"***\""},       /* JSON */
        {"\"\\u0063anary\\u002fse\\u002Bcret=0123\"", "\"***\""},
        {"line\\ncanary/se+cret=0123\\n", "line\\n***\\n"},
        {"\\\\canary/se+cret=0123", "\\\\***"},
        /* Base64 at each offset, as Basic has it; the digits at its ends are the neighbours' too. */
        {"Basic Y2FuYXJ5L3NlK2NyZXQ9MDEyMw==", "Basic ***w=="},
        {"eC1hY2Nlc3MtdG9rZW46Y2FuYXJ5L3NlK2NyZXQ9MDEyMw==", "eC1hY2Nlc3MtdG9rZW46***w=="},
        {"eGNhbmFyeS9zZStjcmV0PTAxMjM=", "eG***M="},
        {"eHhjYW5hcnkvc2UrY3JldD0wMTIz", "eHh***"},
        {"eHhjYW5hcnkvc2UrY3JldD0wMTIzeHh4", "eHh***eHh4"},
        {"eHhjYW5hcnkvc2UrY3JldD0wMTIzeHh4eA%3D%3D", "eHh***eHh4eA%3D%3D"},
        /* What is not the secret stays, to the byte. */
        {"canary%2se+cret=0123 canary\\u002 canary\\u0a2f %", "canary%2se+cret=0123 canary\\u002 canary\\u0a2f %"},
        {"canary/se+cret=012", "canary/se+cret=012"},
        {"canary\\", "canary\\"},
        {"ccanary/se+cret=01233", "c***3"},
    };
    size_t i;
    setenv(names[0], SECRET, 1);
    ck_assert_int_eq(read_for("https://h"), 1);
    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[128];
        snprintf(text, sizeof text, "%s", rows[i][0]);
        credential_redact(text);
        ck_assert_str_eq(text, rows[i][1]);
    }
}
END_TEST

/* In base64 for addresses too, where two digits differ: this secret has both. */
START_TEST(base64_has_two_alphabets) {
    char text[128] = "Pj4-Pz8_fn5-Pj4-Pz8_ Pj4+Pz8/fn5+Pj4+Pz8/ Pj4+Pz8\\/fn5+Pj4+Pz8%2F";
    setenv(names[0], ">>>???~~~>>>???", 1);
    ck_assert_int_eq(read_for("https://h"), 1);
    credential_redact(text);
    ck_assert_str_eq(text, "*** *** ***");
}
END_TEST

START_TEST(a_secret_of_percents_and_backslashes_is_found_raw_and_escaped) {
    char text[128] = "a%25b\\\\c%41 a%2525b\\\\\\\\c%2541 a%25b\\c";
    setenv(names[0], "a%25b\\\\c%41", 1);
    ck_assert_int_eq(read_for("https://h"), 1);
    credential_redact(text);
    ck_assert_str_eq(text, "*** *** a%25b\\c");
}
END_TEST

START_TEST(what_a_server_gives_to_anybody_blots_nothing_out) {
    struct credential_options options = {.token = "refs/heads/main", .origin = "https://h"};
    char text[64] = "refs/heads/main moved";
    ck_assert_int_eq(credential_read(&credential, &options, &err), 1);
    credential_redact(text);
    ck_assert_str_eq(text, "refs/heads/main moved");
}
END_TEST

/* Megabytes that look like the secret at every few bytes, with one at the very end. */
START_TEST(a_long_answer_is_gone_through_once) {
    static const char near[] = "canary/se+cret=012 \\u0063anary %63 \\n";
    size_t i, copies = ((size_t)4 << 20) / (sizeof near - 1);
    setenv(names[0], SECRET, 1);
    ck_assert_int_eq(read_for("https://h"), 1);
    for (i = 0; i < copies; i++)
        ck_assert_int_eq(buf_append(&line, near, sizeof near - 1), 0);
    ck_assert_int_eq(buf_append_text(&line, SECRET), 0);
    credential_redact_buf(&line);
    ck_assert_uint_eq(line.length, copies * (sizeof near - 1) + 3);
    ck_assert_str_eq(line.bytes + line.length - 6, " \\n***");
    ck_assert_mem_eq(line.bytes, near, sizeof near - 1);
}
END_TEST

START_TEST(several_are_held_at_a_time) {
    struct credential_options other = {.names = names + 1, .origin = "https://other"};
    struct credential *second = NULL;
    char text[64] = "first-secret second-secret first-secret";
    setenv(names[0], "first-secret", 1);
    setenv(names[1], "second-secret", 1);
    ck_assert_int_eq(read_for("https://h"), 1);
    ck_assert_int_eq(credential_read(&second, &other, &err), 1);
    credential_free(credential);
    credential = NULL;
    credential_redact(text);
    credential_free(second);
    ck_assert_str_eq(text, "first-secret *** first-secret");
}
END_TEST

START_TEST(a_child_that_tells_the_secret_is_not_believed) {
    const char *argv[] = {"sh", "-c", "echo \"t=$UNIT_FIRST_TOKEN\"; echo \"e=$UNIT_FIRST_TOKEN\" >&2", NULL};
    struct proc_options options = {.argv = argv, .redact = 1};
    struct proc_result result = PROC_RESULT_INIT;
    setenv(names[0], SECRET, 1);
    ck_assert_int_eq(read_for("https://h"), 1);
    ck_assert_int_eq(proc_run(&result, &options, &err), 0);
    ck_assert_str_eq(buf_text(&result.output), "t=***\n");
    ck_assert_str_eq(buf_text(&result.errors), "e=***\n");
    proc_result_release(&result);
}
END_TEST

START_TEST(memory_is_hidden_while_a_secret_is_held) {
    ck_assert_int_eq(prctl(PR_GET_DUMPABLE), 1);
    ck_assert_int_eq(read_for("https://h"), 0);
    ck_assert_int_eq(prctl(PR_GET_DUMPABLE), 1);
    setenv(names[0], SECRET, 1);
    ck_assert_int_eq(read_for("https://h"), 1);
    ck_assert_int_eq(prctl(PR_GET_DUMPABLE), 0);
    (void)prctl(PR_SET_DUMPABLE, 1); /* for the sanitizers, which look for leaks by tracing */
}
END_TEST

START_TEST(without_memory_nothing_is_held_and_nothing_leaks) {
    unsigned n, failed = 0;
    setenv(names[0], SECRET, 1);
    for (n = 1;; n++) {
        long before = faults_live_blocks(), left;
        int rc, done;
        faults_arm(FAULT_ALLOCATION, n, 0);
        rc = read_for("https://h");
        done = faults_calls(FAULT_ALLOCATION) < n;
        faults_arm(FAULT_ALLOCATION, 0, 0);
        if (rc == 1) {
            credential_free(credential);
            credential = NULL;
        } else
            failed++;
        left = faults_live_blocks() - before;
        ck_assert_int_eq(left, 0);
        if (done)
            break;
        ck_assert_msg(rc == 1 || rc == ERR_MEMORY, "%d", rc);
    }
    ck_assert_uint_ge(failed, 4);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("credential");
    TCase *all = tcase_create("all");
    suite_add_tcase(suite, all);
    tcase_add_checked_fixture(all, setup, teardown);
    tcase_add_test(all, the_first_name_that_is_set_counts_and_none_is_no_error);
    tcase_add_test(all, scheme_and_field_can_be_others);
    tcase_add_test(all, a_token_that_is_given_counts_instead_of_names_and_is_held_to_the_same_rules);
    tcase_add_test(all, it_is_for_its_own_origin_only);
    tcase_add_test(all, an_origin_that_is_none_is_refused_before_the_secret_is_looked_at);
    tcase_add_test(all, a_secret_that_could_break_out_of_its_line_is_refused_and_not_quoted);
    tcase_add_test(all, a_secret_has_a_cap_that_tokens_do_not_reach);
    tcase_add_test(all, what_is_held_is_blotted_out_of_texts_and_no_longer_afterwards);
    tcase_add_test(all, every_way_to_write_it_that_can_be_undone_is_blotted_out);
    tcase_add_test(all, base64_has_two_alphabets);
    tcase_add_test(all, a_secret_of_percents_and_backslashes_is_found_raw_and_escaped);
    tcase_add_test(all, what_a_server_gives_to_anybody_blots_nothing_out);
    tcase_add_test(all, a_long_answer_is_gone_through_once);
    tcase_add_test(all, several_are_held_at_a_time);
    tcase_add_test(all, a_child_that_tells_the_secret_is_not_believed);
    tcase_add_test(all, memory_is_hidden_while_a_secret_is_held);
    tcase_add_test(all, without_memory_nothing_is_held_and_nothing_leaks);
    return unit_run(suite);
}
