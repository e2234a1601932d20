#include <stdio.h>
#include <string.h>

#include "../../interp/prim/err.h"
#include "../../interp/prim/head.h"
#include "../../interp/prim/mem.h"
#include "unit.h"

static struct err err;
static struct head head;

static void setup(void) {
    memset(&head, 0, sizeof head);
}

static void teardown(void) {
    fields_release(&head.fields);
}

/* Takes a copy of each line, so that a sanitizer sees any look behind it; stops at the first refusal. */
static int take(const char *method, const char *text) {
    int rc = 0;
    while (*text && rc == 0) {
        size_t n = strcspn(text, "\n") + (strchr(text, '\n') != NULL);
        char *line = mem_new(n);
        ck_assert_ptr_nonnull(line);
        memcpy(line, text, n);
        rc = head_take(&head, method, line, n, &err);
        mem_free(line);
        text += n;
    }
    return rc;
}

static const struct {
    const char *method, *text;
    int status;
} whole[] = {
    {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200},
    {"GET", "HTTP/1.0 404\nContent-Length: 0\n\n", 404},
    {"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n", 200},
    {"GET", "HTTP/1.1 204 No Content\r\n\r\n", 204},
    {"GET", "HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n", 304},
    {"HEAD", "HTTP/1.1 200 OK\r\n\r\n", 200},
    {"GET", "HTTP/1.1 100 x\r\n\r\nHTTP/1.1 103 x\r\nLink: x\r\n\r\nHTTP/1.1 201 OK\r\nContent-Length: 5\r\n\r\n", 201},
    {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n", 200},
    {"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nX-Trailer: x\r\n: none\r\n\r\n", 200},
};

START_TEST(a_head_is_whole_when_its_answer_has_an_end) {
    ck_assert_int_eq(take(whole[_i].method, whole[_i].text), 0);
    ck_assert(head_is_whole(&head));
    ck_assert_int_eq(head.status, whole[_i].status);
    ck_assert_int_eq(head_is_success(&head), whole[_i].status / 100 == 2);
}
END_TEST

static const struct {
    const char *method, *text, *why;
} refused[] = {
    {"GET", "HTTP/1.1 200 OK\r\n\r\n", "without a length"},
    {"POST", "HTTP/1.1 500 Oh\r\nConnection: close\r\n\r\n", "without a length"},
    {"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "without a length"},
    {"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "without a length"},
    {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "two lengths"},
    {"GET", "HTTP/2 200\r\n", "version"},
    {"GET", "HTTP/x\r\n", "version"},
    {"GET", "HTTP/", "version"},
    {"GET", "HTTP/1.1\r\n", "without a status"},
    {"GET", "HTTP/1.1 20\r\n", "without a status"},
    {"GET", "HTTP/1.1 099 x\r\n", "without a status"},
    {"GET", "HTTP/1.1 -20\r\n", "without a status"},
    {"GET", "HTTP/1.1 200 OK\r\nno colon\r\n", "no name"},
    {"GET", "HTTP/1.1 200 OK\r\n: x\r\n", "no name"},
    {"GET", "HTTP/1.1 200 OK\r\nA : x\r\n", "no name"},
    {"GET", "HTTP/1.1 200 OK\r\nA: x\r\n folded\r\n", "no name"},
    {"GET", "HTTP/1.1 200 OK\r\nA: x\ry\r\n", "control byte"},
    {"GET", "HTTP/1.1 200 OK\r\nA: x\1\r\n", "control byte"},
};

START_TEST(what_could_be_understood_differently_is_refused) {
    ck_assert_err(take(refused[_i].method, refused[_i].text), err, ERR_FORMAT, refused[_i].why);
}
END_TEST

START_TEST(a_nul_is_no_end_of_a_name_or_value) {
    ck_assert_int_eq(take("GET", "HTTP/1.1 200 OK\r\n"), 0);
    ck_assert_err(head_take(&head, "GET", "A\0B: x\r\n", 8, &err), err, ERR_FORMAT, "no name");
    ck_assert_err(head_take(&head, "GET", "A: x\0y\r\n", 8, &err), err, ERR_FORMAT, "control byte");
}
END_TEST

START_TEST(half_a_head_is_not_whole) {
    ck_assert(!head_is_whole(&head));
    ck_assert_int_eq(take("GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"), 0);
    ck_assert(!head_is_whole(&head));
    ck_assert_int_eq(take("GET", "\r\n"), 0);
    ck_assert(head_is_whole(&head));
    ck_assert_int_eq(take("GET", "HTTP/1.1 100 Continue\r\n\r\n"), 0);
    ck_assert(!head_is_whole(&head));
}
END_TEST

START_TEST(fields_are_found_by_lower_case_names_in_their_order) {
    const char *name, *value;
    size_t at = 0;
    ck_assert_int_eq(take("GET", "HTTP/1.1 204 x\r\nX-One:1\r\nLink: a\r\nEmpty:\r\nLINK:  b \t\r\n\r\nT: t\r\n"), 0);
    ck_assert_str_eq(fields_get(&head.fields, "x-one"), "1");
    ck_assert_str_eq(fields_get(&head.fields, "link"), "a");
    ck_assert_str_eq(fields_get(&head.fields, "empty"), "");
    ck_assert_ptr_null(fields_get(&head.fields, "t"));
    ck_assert_ptr_null(fields_get(&head.fields, "none"));
    ck_assert_int_eq(fields_disagree(&head.fields, "link"), 1);
    ck_assert_int_eq(fields_disagree(&head.fields, "x-one"), 0);
    ck_assert_int_eq(fields_disagree(&head.fields, "none"), 0);
    while (fields_next(&name, &value, &head.fields, &at))
        ;
    ck_assert_str_eq(name, "link");
    ck_assert_str_eq(value, "b");
}
END_TEST

START_TEST(interim_answers_leave_no_fields_and_still_count) {
    int rc = 0, n = 0;
    while (rc == 0 && n++ < 1000)
        rc = take("GET", "HTTP/1.1 103 Early\r\nLink: x\r\n\r\n");
    ck_assert_err(rc, err, ERR_LIMIT, "more than 256 fields");
    teardown();
    setup();
    ck_assert_int_eq(take("GET", "HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 204 x\r\n\r\n"), 0);
    ck_assert_ptr_null(fields_get(&head.fields, "link"));
}
END_TEST

START_TEST(bytes_and_trailers_count_too) {
    static char line[60002];
    int rc;
    memset(line, 'x', sizeof line);
    memcpy(line, "A: ", 3);
    line[sizeof line - 2] = '\n';
    line[sizeof line - 1] = '\0';
    ck_assert_int_eq(take("GET", "HTTP/1.1 204 x\r\n"), 0);
    ck_assert_int_eq(take("GET", line), 0);
    ck_assert_int_eq(take("GET", line), 0);
    rc = take("GET", "\r\n");
    ck_assert_int_eq(rc, 0);
    ck_assert_err(take("GET", line), err, ERR_LIMIT, "131072 bytes");
}
END_TEST

START_TEST(what_may_be_sent_is_a_token_and_visible_text) {
    ck_assert(fields_is_name("X-a_b!#$%&'*+.^`|~9"));
    ck_assert(!fields_is_name("") && !fields_is_name("a b") && !fields_is_name("a:") && !fields_is_name("\xC3\xA9"));
    ck_assert(!fields_is_name("a\n") && !fields_is_name("(a)") && !fields_is_name("a\x7F"));
    ck_assert(fields_is_value("") && fields_is_value("a b\tc;~") && fields_is_value("x"));
    ck_assert(!fields_is_value(" a") && !fields_is_value("a ") && !fields_is_value("a\t") && !fields_is_value(" "));
    ck_assert(!fields_is_value("a\r\nb") && !fields_is_value("\x7F") && !fields_is_value("\xC3\xA9"));
}
END_TEST

#define COUNT(table) (int)(sizeof table / sizeof *table)

int main(void) {
    Suite *suite = suite_create("head");
    TCase *all = tcase_create("all");
    suite_add_tcase(suite, all);
    tcase_add_checked_fixture(all, setup, teardown);
    tcase_add_loop_test(all, a_head_is_whole_when_its_answer_has_an_end, 0, COUNT(whole));
    tcase_add_loop_test(all, what_could_be_understood_differently_is_refused, 0, COUNT(refused));
    tcase_add_test(all, a_nul_is_no_end_of_a_name_or_value);
    tcase_add_test(all, half_a_head_is_not_whole);
    tcase_add_test(all, fields_are_found_by_lower_case_names_in_their_order);
    tcase_add_test(all, interim_answers_leave_no_fields_and_still_count);
    tcase_add_test(all, bytes_and_trailers_count_too);
    tcase_add_test(all, what_may_be_sent_is_a_token_and_visible_text);
    return unit_run(suite);
}
