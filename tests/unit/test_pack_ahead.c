/* Reading ahead, over packs that are made here: thousands of commits, more than are ever held at a time. */
#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zlib.h>

#include "../../interp/prim/buf.h"
#include "../../interp/prim/digest.h"
#include "../../interp/prim/err.h"
#include "../../interp/prim/pack_ahead.h"

#include "unit.h"

#define COMMITS 6000
#define FIRST 12 /* the place of the first */
#define BLOB 3
#define COMMIT 1

static struct oid names[COMMITS];
static struct buf data;
static struct pack_ahead *ahead;
static struct err err;
static FILE *file;

static size_t write_text(char *text, size_t size, size_t i) {
    return (size_t)snprintf(text, size, "tree %zu\n\nthe commit %zu %.*s", i, i * i, (int)(i % 90),
                            "................................................................................"
                            "...............");
}

static struct oid name_of(const char *text, size_t length) {
    struct buf whole = BUF_INIT;
    unsigned char digest[DIGEST_MAX];
    char head[32];
    struct oid oid;
    int n = snprintf(head, sizeof head, "commit %zu", length) + 1;

    ck_assert_int_eq(buf_append(&whole, head, (size_t)n), 0);
    ck_assert_int_eq(buf_append(&whole, text, length), 0);
    ck_assert_int_eq(digest_bytes(digest, DIGEST_SHA1, whole.bytes, whole.length, &err), OID_BYTES);
    memcpy(oid.bytes, digest, OID_BYTES);
    buf_release(&whole);
    return oid;
}

static void put(int type, const char *text, size_t length) {
    uLongf packed_length = compressBound(length);
    unsigned char *packed = malloc(packed_length);
    size_t rest = length >> 4;

    ck_assert_int_eq(buf_append_byte(&data, (char)(type << 4 | (length & 15) | (rest ? 0x80 : 0))), 0);
    for (; rest; rest >>= 7)
        ck_assert_int_eq(buf_append_byte(&data, (char)((rest & 0x7f) | (rest >> 7 ? 0x80 : 0))), 0);
    ck_assert_int_eq(compress2(packed, &packed_length, (const unsigned char *)text, length, 6), Z_OK);
    ck_assert_int_eq(buf_append(&data, packed, packed_length), 0);
    free(packed);
}

static void put_commits(size_t from, size_t to) {
    char text[256];
    size_t i;
    for (i = from; i < to; i++) {
        size_t length = write_text(text, sizeof text, i);
        names[i] = name_of(text, length);
        put(COMMIT, text, length);
    }
}

/* A reader of what was put; without a second processor there is none, and nothing to test. */
static int is_started(int eager) {
    file = tmpfile();
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(buf_append(&data, "01234567890123456789", 20), 0);
    ck_assert_uint_eq(fwrite(data.bytes, 1, data.length, file), data.length);
    ck_assert_int_eq(fflush(file), 0);
    ahead = pack_ahead_new();
    if (ahead)
        ck_assert_int_eq(pack_ahead_start(ahead, fileno(file), FIRST, eager), 0);
    return ahead != NULL;
}

static void setup(void) {
    ck_assert_int_eq(buf_append(&data, "PACK\0\0\0\2\0\0\0\1", FIRST), 0);
}

static void teardown(void) {
    pack_ahead_free(ahead);
    ahead = NULL;
    if (file)
        fclose(file);
    file = NULL;
    buf_release(&data);
}

static int takes(size_t i) {
    char text[256];
    const char *bytes;
    size_t length;

    if (!pack_ahead_take(&bytes, &length, ahead, &names[i]))
        return 0;
    ck_assert_uint_eq(length, write_text(text, sizeof text, i));
    ck_assert_str_eq(bytes, text);
    return 1;
}

START_TEST(every_commit_is_given_in_the_order_of_the_pack) {
    size_t i;
    put_commits(0, COMMITS);
    if (!is_started(_i))
        return;
    for (i = 0; i < COMMITS; i++)
        ck_assert_msg(takes(i), "commit %zu", i);
    ck_assert(!takes(0));
    ck_assert(!pack_ahead_is_active(ahead));
}
END_TEST

/* Each hundred backwards: what is near is found before and behind. */
START_TEST(an_order_that_is_nearly_the_packs_will_do) {
    size_t i, k;
    put_commits(0, COMMITS);
    if (!is_started(_i))
        return;
    for (i = 0; i < COMMITS; i += 100) {
        ck_assert_msg(takes(i), "commit %zu", i);
        for (k = 99; k > 0; k--)
            ck_assert_msg(takes(i + k), "commit %zu", i + k);
    }
}
END_TEST

START_TEST(what_was_left_far_behind_is_not_given_and_the_rest_is) {
    size_t i;
    put_commits(0, COMMITS);
    if (!is_started(1))
        return;
    for (i = 10; i < 3000; i++)
        ck_assert(takes(i));
    ck_assert(!takes(0));
    for (; i < COMMITS; i++)
        ck_assert(takes(i));
}
END_TEST

START_TEST(it_stops_when_nothing_that_is_asked_for_is_there) {
    struct oid other = {{0}};
    const char *bytes;
    size_t length;
    int i;
    put_commits(0, COMMITS);
    if (!is_started(_i))
        return;
    ck_assert(takes(0));
    for (i = 0; i < 100 && pack_ahead_is_active(ahead); i++)
        ck_assert(!pack_ahead_take(&bytes, &length, ahead, &other));
    ck_assert_int_gt(i, 1);
    ck_assert_int_lt(i, 100);
    ck_assert(!takes(1));
}
END_TEST

START_TEST(another_object_and_damage_are_the_end) {
    size_t i;
    put_commits(0, 300);
    if (_i == 0)
        put(BLOB, "a blob", 6);
    put_commits(300, 400);
    if (_i == 1)
        data.length -= 3;
    if (!is_started(1))
        return;
    for (i = 0; i < (_i ? 399 : 300); i++)
        ck_assert_msg(takes(i), "commit %zu", i);
    ck_assert(!takes(399));
    ck_assert(!pack_ahead_is_active(ahead));
}
END_TEST

/* A batch has 64 KiB: a commit of half of that waits for the next one, a larger one than that is left to others. */
START_TEST(a_large_commit_is_given_while_it_fits) {
    const size_t sizes[] = {40000, 65000, 65536, 500000};
    char *text = malloc(sizes[_i] + 1);
    const char *bytes;
    size_t length, i;
    struct oid name;

    for (i = 0; i < sizes[_i]; i++)
        text[i] = (char)('!' + rand() % 90);
    put_commits(0, 200);
    name = name_of(text, sizes[_i]);
    put(COMMIT, text, sizes[_i]);
    put_commits(200, 300);
    if (is_started(1)) {
        for (i = 0; i < 200; i++)
            ck_assert(takes(i));
        ck_assert_int_eq(pack_ahead_take(&bytes, &length, ahead, &name), _i < 2);
        if (_i < 2)
            ck_assert(length == sizes[_i] && memcmp(bytes, text, length) == 0);
        ck_assert_int_eq(takes(200), _i < 2);
    }
    free(text);
}
END_TEST

START_TEST(it_can_be_stopped_and_started_again_at_any_time) {
    size_t i, k;
    put_commits(0, COMMITS);
    if (!is_started(1))
        return;
    for (k = 0; k < 40; k++) {
        for (i = 0; i < k * 60; i++)
            ck_assert(takes(i));
        if (k % 3 == 0)
            pack_ahead_stop(ahead);
        if (k % 7 == 0)
            usleep(2000); /* for the thread to come to where it waits */
        ck_assert_int_eq(pack_ahead_start(ahead, fileno(file), FIRST, k % 2), 0);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("pack_ahead");
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, every_commit_is_given_in_the_order_of_the_pack, 0, 2);
    tcase_add_loop_test(tcase, an_order_that_is_nearly_the_packs_will_do, 0, 2);
    tcase_add_test(tcase, what_was_left_far_behind_is_not_given_and_the_rest_is);
    tcase_add_loop_test(tcase, it_stops_when_nothing_that_is_asked_for_is_there, 0, 2);
    tcase_add_loop_test(tcase, another_object_and_damage_are_the_end, 0, 2);
    tcase_add_loop_test(tcase, a_large_commit_is_given_while_it_fits, 0, 4);
    tcase_add_test(tcase, it_can_be_stopped_and_started_again_at_any_time);
    suite_add_tcase(suite, tcase);
    return unit_run(suite);
}
