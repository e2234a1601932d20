/* Commits in packs that are made here, so that every name, place and order can be had. */
#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "../../interp/prim/buf.h"
#include "../../interp/prim/digest.h"
#include "../../interp/prim/err.h"
#include "../../interp/prim/file.h"
#include "../../interp/prim/packs.h"

#include "unit.h"

#define TEXTS 40
#define NAMES 6000

static struct buf dir, data, index_;
static struct err err;
static char texts[TEXTS][900];
static uint32_t places[TEXTS];
static struct oid names[NAMES];

static void put32(struct buf *buf, uint32_t value) {
    unsigned char bytes[4] = {(unsigned char)(value >> 24), (unsigned char)(value >> 16),
                              (unsigned char)(value >> 8), (unsigned char)value};
    ck_assert_int_eq(buf_append(buf, bytes, 4), 0);
}

/* An object as it lies in a pack. */
static uint32_t put_object(int type, const char *text) {
    static unsigned char packed[1 << 16];
    uLongf packed_length = sizeof packed;
    size_t length = strlen(text), rest = length >> 4;
    uint32_t place = (uint32_t)data.length;

    ck_assert_int_eq(buf_append_byte(&data, (char)(type << 4 | (length & 15) | (rest ? 0x80 : 0))), 0);
    for (; rest; rest >>= 7)
        ck_assert_int_eq(buf_append_byte(&data, (char)((rest & 0x7f) | (rest >> 7 ? 0x80 : 0))), 0);
    ck_assert_int_eq(compress2(packed, &packed_length, (const unsigned char *)text, length, 6), Z_OK);
    ck_assert_int_eq(buf_append(&data, packed, packed_length), 0);
    return place;
}

static struct oid name_of(const char *text) {
    char whole[1024];
    unsigned char digest[DIGEST_MAX];
    struct oid oid;
    int n = snprintf(whole, sizeof whole, "commit %zu", strlen(text)) + 1;
    memcpy(whole + n, text, strlen(text) + 1);
    ck_assert_int_eq(digest_bytes(digest, DIGEST_SHA1, whole, (size_t)n + strlen(text), &err), OID_BYTES);
    memcpy(oid.bytes, digest, OID_BYTES);
    return oid;
}

static int by_name(const void *a, const void *b) {
    return oid_compare(a, b);
}

/* The index of the pack: name ${i} lies where place_of(i) says; with ${wide}, by the table of wide places. */
static void make_index(uint32_t (*place_of)(size_t), int wide) {
    size_t i, k;
    buf_clear(&index_);
    ck_assert_int_eq(buf_append(&index_, "\377tOc\0\0\0\2", 8), 0);
    for (i = 0; i < 256; i++) {
        for (k = 0; k < NAMES && names[k].bytes[0] <= i; k++)
            ;
        put32(&index_, (uint32_t)k);
    }
    for (i = 0; i < NAMES; i++)
        ck_assert_int_eq(buf_append(&index_, names[i].bytes, OID_BYTES), 0);
    for (i = 0; i < NAMES; i++)
        put32(&index_, 0);
    for (i = 0; i < NAMES; i++)
        put32(&index_, wide ? 0x80000000u | (uint32_t)i : place_of(i));
    for (i = 0; wide && i < NAMES; i++) {
        put32(&index_, 0);
        put32(&index_, place_of(i));
    }
    for (i = 0; i < 10; i++)
        put32(&index_, 0);
}

static void write_file(const char *name, const struct buf *bytes, size_t length) {
    struct buf path = BUF_INIT;
    FILE *file;
    ck_assert_int_eq(buf_append_text(&path, buf_text(&dir)), 0);
    ck_assert_int_eq(buf_append_text(&path, name), 0);
    file = fopen(path.bytes, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes->bytes, 1, length, file), length);
    ck_assert_int_eq(fclose(file), 0);
    buf_release(&path);
}

static struct packs *open_packs(void) {
    struct buf path = BUF_INIT;
    struct packs *packs;
    ck_assert_int_eq(buf_append_text(&path, buf_text(&dir)), 0);
    ck_assert_int_eq(buf_append_byte(&path, '/'), 0);
    packs = packs_open(path.bytes);
    ck_assert_ptr_nonnull(packs);
    buf_release(&path);
    return packs;
}

static struct packs *packed(uint32_t (*place_of)(size_t), int wide) {
    make_index(place_of, wide);
    write_file("/pack/pack-1.idx", &index_, index_.length);
    write_file("/pack/pack-1.pack", &data, data.length);
    return open_packs();
}

static int gives(struct packs *packs, const struct oid *oid, const char *text) {
    const char *bytes;
    size_t length;
    return packs_commit(&bytes, &length, packs, oid) && length == strlen(text) &&
           strcmp(bytes, text) == 0;
}

static int gives_none(struct packs *packs, const struct oid *oid) {
    const char *bytes;
    size_t length;
    return !packs_commit(&bytes, &length, packs, oid);
}

static uint32_t in_turn(size_t i) {
    return places[i % TEXTS];
}

/* The true names of the texts first; the others crowd in one corner, thin out behind it, or are anywhere. */
static void setup(void) {
    char path[512];
    size_t i, k;
    srand(20260101);
    ck_assert_int_eq(file_temporary_directory(&dir, &err), 0);
    snprintf(path, sizeof path, "%s/pack", buf_text(&dir));
    ck_assert_int_eq(file_make_directory(path, &err), 0);
    ck_assert_int_eq(buf_append(&data, "PACK\0\0\0\2\0\0\0\1", 12), 0);
    for (i = 0; i < TEXTS; i++) {
        int n = snprintf(texts[i], sizeof texts[i], "tree %zu\n\n", i);
        for (k = 0; k < 20 * i; k++)
            texts[i][(size_t)n + k] = (char)('!' + rand() % 90);
        places[i] = put_object(1, texts[i]);
    }
    for (i = 0; i < 5; i++)
        put32(&data, 0);
    for (i = 0; i < NAMES; i++)
        for (k = 0; k < OID_BYTES; k++)
            names[i].bytes[k] = (unsigned char)rand();
    for (i = 0; i < NAMES / 2; i++) {
        names[i].bytes[0] = 7;
        names[i].bytes[1] = i % 20 ? 0 : (unsigned char)(rand() % 256);
        names[i].bytes[2] = (unsigned char)(i % 3 ? 0 : rand() % 64);
    }
    for (i = 0; i < TEXTS; i++)
        names[i] = name_of(texts[i]);
    qsort(names, NAMES, sizeof *names, by_name);
}

static void teardown(void) {
    ck_assert_int_eq(file_remove(buf_text(&dir), 1, &err), 0);
    buf_release(&dir);
    buf_release(&data);
    buf_release(&index_);
}

START_TEST(every_name_leads_to_its_place_however_names_lie) {
    struct packs *packs = packed(in_turn, _i);
    size_t i;
    for (i = 0; i < NAMES; i++)
        ck_assert_msg(gives(packs, &names[i], texts[i % TEXTS]), "name %zu", i);
    for (i = NAMES; i-- > 0;)
        ck_assert_msg(gives(packs, &names[i], texts[i % TEXTS]), "name %zu, backwards", i);
    packs_free(packs);
}
END_TEST

START_TEST(names_between_those_that_are_there_are_not_found) {
    struct packs *packs = packed(in_turn, 0);
    size_t i;
    for (i = 0; i < NAMES; i++) {
        struct oid other = names[i];
        other.bytes[19]++;
        if (i + 1 == NAMES || oid_compare(&other, &names[i + 1]) != 0)
            ck_assert_msg(gives_none(packs, &other), "behind name %zu", i);
    }
    packs_free(packs);
}
END_TEST

static uint32_t nowhere(size_t i) {
    struct oid first = name_of(texts[0]);
    return oid_compare(&names[i], &first) == 0 ? places[0] : 0xfffffff;
}

/* Only the first text can be found by the index: the others are found because they come next. */
START_TEST(the_next_commit_of_the_pack_is_known_by_its_bytes) {
    struct packs *packs = packed(nowhere, 0);
    struct oid name;
    size_t i;
    for (i = 0; i < TEXTS; i++) {
        name = name_of(texts[i]);
        ck_assert_msg(gives(packs, &name, texts[i]), "text %zu", i);
    }
    name = name_of(texts[2]);
    ck_assert(gives_none(packs, &name));
    packs_free(packs);
}
END_TEST

START_TEST(what_is_no_commit_is_left_to_others) {
    struct packs *packs;
    struct oid name = name_of(texts[0]);
    places[0] = (uint32_t)data.length;
    (void)put_object(_i, texts[0]);
    put32(&data, 0);
    put32(&data, 0);
    put32(&data, 0);
    put32(&data, 0);
    packs = packed(nowhere, 0);
    ck_assert(_i == 1 ? gives(packs, &name, texts[0]) : gives_none(packs, &name));
    packs_free(packs);
}
END_TEST

START_TEST(a_damaged_pack_gives_nothing) {
    const struct oid name = names[TEXTS - 1];
    size_t at = places[TEXTS - 1], i, end = data.length - 20;
    make_index(in_turn, 0);
    write_file("/pack/pack-1.idx", &index_, index_.length);
    for (i = at; i < end; i += 7) {
        struct packs *packs;
        data.bytes[i] = (char)~data.bytes[i];
        packs = packed(in_turn, 0);
        ck_assert_msg(gives_none(packs, &name), "byte %zu", i);
        packs_free(packs);
        data.bytes[i] = (char)~data.bytes[i];
    }
    for (i = 0; i < end; i += 997) {
        struct packs *packs;
        write_file("/pack/pack-1.pack", &data, i);
        packs = open_packs();
        ck_assert_msg(i > at || gives_none(packs, &name), "%zu bytes", i);
        packs_free(packs);
    }
}
END_TEST

START_TEST(a_torn_index_is_no_index) {
    size_t i;
    make_index(in_turn, _i);
    write_file("/pack/pack-1.pack", &data, data.length);
    for (i = 0; i < index_.length; i += 1009) {
        struct packs *packs;
        size_t k;
        write_file("/pack/pack-1.idx", &index_, i);
        packs = open_packs();
        for (k = 0; k < NAMES; k += 611)
            ck_assert_msg(gives_none(packs, &names[k]) || (_i && i > 8 + 1024 + NAMES * 28), "%zu bytes", i);
        packs_free(packs);
    }
}
END_TEST

START_TEST(without_packs_nothing_is_found) {
    struct packs *none = packs_open("/nowhere/at/all/");
    ck_assert(gives_none(none, &names[0]));
    ck_assert(gives_none(NULL, &names[0]));
    packs_free(none);
    packs_free(NULL);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("packs");
    TCase *packs = tcase_create("packs");
    tcase_set_timeout(packs, 60);
    tcase_add_checked_fixture(packs, setup, teardown);
    tcase_add_loop_test(packs, every_name_leads_to_its_place_however_names_lie, 0, 2);
    tcase_add_test(packs, names_between_those_that_are_there_are_not_found);
    tcase_add_test(packs, the_next_commit_of_the_pack_is_known_by_its_bytes);
    tcase_add_loop_test(packs, what_is_no_commit_is_left_to_others, 1, 8);
    tcase_add_test(packs, a_damaged_pack_gives_nothing);
    tcase_add_loop_test(packs, a_torn_index_is_no_index, 0, 2);
    tcase_add_test(packs, without_packs_nothing_is_found);
    suite_add_tcase(suite, packs);
    return unit_run(suite);
}
