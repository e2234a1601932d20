/*
 * Requests while memory runs short: libcurl's allocations come through our door too, so each of them fails once. The
 * peer is a process of ours that answers everything alike.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../interp/prim/buf.h"
#include "../../interp/prim/credential.h"
#include "../../interp/prim/http.h"
#include "../../interp/prim/mem.h"
#include "../../interp/prim/wire_memory.h"
#include "faults.h"
#include "unit.h"

static pid_t peer = -1;
static char origin[64], address[128];
static struct credential *credential;
static struct http_answer answer;

static void answer_all(int listener) {
    static const char text[] = "HTTP/1.1 200 OK\r\nX-Field: value\r\nContent-Length: 6\r\n\r\nhello\n";
    char head[65536];
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        while (read(fd, head, sizeof head) > 0)
            if (write(fd, text, sizeof text - 1) < 0)
                break;
        close(fd);
    }
}

static void setup(void) {
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof place;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    signal(SIGPIPE, SIG_IGN);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&place, sizeof place), 0);
    ck_assert_int_eq(listen(listener, 16), 0);
    ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&place, &length), 0);
    peer = fork();
    if (peer == 0)
        answer_all(listener);
    close(listener);
    snprintf(origin, sizeof origin, "http://127.0.0.1:%d", ntohs(place.sin_port));
    snprintf(address, sizeof address, "%s/path?query", origin);
}

static void teardown(void) {
    faults_arm(FAULT_ALLOCATION, 0, 0);
    http_answer_release(&answer);
    credential_free(credential);
    http_close();
    kill(peer, SIGKILL);
    waitpid(peer, NULL, 0);
}

static void read_credential(void) {
    static const char *const names[] = {"UNIT_TOKEN", NULL};
    struct credential_options options = {.names = names, .origin = origin};
    struct err err;
    setenv("UNIT_TOKEN", "canary-0123456789", 1);
    ck_assert_int_eq(credential_read(&credential, &options, &err), 1);
}

static struct http_request request(const char *method) {
    static const char *const fields[] = {"X-A", "1", "X-B", "", NULL};
    static struct credential *credentials[2];
    struct http_request r = {.method = method, .url = address, .fields = fields, .credentials = credentials};
    credentials[0] = credential;
    return r;
}

START_TEST(an_answer_comes_over_kept_and_new_connections) {
    struct http_request r = request("GET");
    int i;
    for (i = 0; i < 4; i++) {
        if (i == 2)
            http_close();
        http_send(&answer, &r, 1, NULL);
        ck_assert_msg(answer.rc == 0, "%s", answer.err.text);
        ck_assert_int_eq(answer.status, 200);
        ck_assert_str_eq(buf_text(&answer.body), "hello\n");
        ck_assert_str_eq(fields_get(&answer.fields, "x-field"), "value");
        ck_assert_str_eq(buf_text(&answer.url), address);
        http_answer_release(&answer);
    }
}
END_TEST

/* One try with the ${n}th allocation refused, from loading to closing. What libcurl leaves in its lists is closed. */
static unsigned try_without(unsigned n, int persistent, const char *method, long *left) {
    struct http_request r = request(method);
    long before = faults_live_blocks();
    unsigned calls;

    if (strcmp(method, "POST") == 0) {
        r.body = "bytes";
        r.body_length = 5;
    }
    faults_arm(FAULT_ALLOCATION, n, persistent);
    http_send(&answer, &r, 1, NULL);
    calls = faults_calls(FAULT_ALLOCATION);
    faults_arm(FAULT_ALLOCATION, 0, 0);
    http_close();
    *left = faults_live_blocks() - before;
    if (answer.rc == 0) {
        http_answer_release(&answer);
        *left = faults_live_blocks() - before;
    }
    return calls;
}

START_TEST(every_allocation_may_fail_once_and_nothing_leaks) {
    static const char *const methods[] = {"GET", "POST"};
    unsigned n, failed = 0, worked = 0, calls;
    long left;

    read_credential();
    (void)try_without(0, 0, methods[_i], &left); /* what is made once in a process */
    for (n = 1;; n++) {
        calls = try_without(n, 0, methods[_i], &left);
        ck_assert_msg(left == 0, "allocation %u: %ld blocks left", n, left);
        ck_assert_msg(answer.rc == 0 || answer.rc == ERR_UNSENT || answer.rc == ERR_UNKNOWN ||
                          answer.rc == ERR_UNSUPPORTED, "allocation %u: %d", n, answer.rc);
        if (calls < n)
            break;
        if (answer.rc < 0) {
            failed++;
            ck_assert_ptr_null(strstr(answer.err.text, "canary"));
        } else
            worked++;
    }
    ck_assert_int_eq(answer.rc, 0);
    ck_assert_msg(failed > 30, "%u failed, %u worked", failed, worked);
}
END_TEST

START_TEST(from_some_allocation_on_none_works_and_nothing_leaks) {
    unsigned n, calls;
    long left;

    read_credential();
    (void)try_without(0, 0, "GET", &left);
    for (n = 1; n < 400; n += 3) {
        calls = try_without(n, 1, "GET", &left);
        ck_assert_msg(left == 0, "allocation %u: %ld blocks left", n, left);
        if (calls < n)
            break;
        ck_assert_int_lt(answer.rc, 0);
    }
    ck_assert_int_eq(answer.rc, 0);
}
END_TEST

/* libcurl is loaded with the first request that is sent; what fails before waits for nothing of it. */
START_TEST(a_request_that_fails_before_libcurl_is_there_leaves_the_next_one_to_its_gap) {
    struct http_request both[2] = {request("POST"), request("POST")};
    struct http_answer answers[2];
    int close_first;

    both[0].upload = "no/such/file";
    both[1].body = "bytes";
    both[1].body_length = 5;
    both[0].gap_ms = both[1].gap_ms = 20;
    for (close_first = 0; close_first < 2; close_first++) {
        if (close_first)
            http_close();
        http_send(answers, both, 2, NULL);
        ck_assert_int_eq(answers[0].rc, ERR_UNSENT);
        ck_assert_msg(answers[1].rc == 0, "%s", answers[1].err.text);
        ck_assert_int_eq(answers[1].status, 200);
        http_answer_release(&answers[0]);
        http_answer_release(&answers[1]);
    }
}
END_TEST

START_TEST(memory_for_libcurl_is_what_it_expects) {
    char *block = wire_memory_new(64), *moved;
    memset(block, 's', 64);
    moved = wire_memory_resize(block, 128);
    ck_assert_mem_eq(moved, "ssssssss", 8);
    wire_memory_free(moved);
    wire_memory_free(NULL);
    block = wire_memory_copy("secret");
    ck_assert_str_eq(block, "secret");
    wire_memory_free(block);
    block = wire_memory_new_array(3, 4);
    ck_assert_mem_eq(block, "\0\0\0\0\0\0\0\0\0\0\0\0", 12);
    block = wire_memory_resize(block, 2);
    wire_memory_free(block);
    ck_assert_ptr_null(wire_memory_new_array((size_t)-1, 2));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("http");
    TCase *all = tcase_create("all");
    suite_add_tcase(suite, all);
    tcase_set_timeout(all, 60);
    tcase_add_checked_fixture(all, setup, teardown);
    tcase_add_test(all, an_answer_comes_over_kept_and_new_connections);
    tcase_add_loop_test(all, every_allocation_may_fail_once_and_nothing_leaks, 0, 2);
    tcase_add_test(all, from_some_allocation_on_none_works_and_nothing_leaks);
    tcase_add_test(all, a_request_that_fails_before_libcurl_is_there_leaves_the_next_one_to_its_gap);
    tcase_add_test(all, memory_for_libcurl_is_what_it_expects);
    return unit_run(suite);
}
