/* Commits in packs that are made here, so that every name, place and order can be had. */
#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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
static struct oid first; /* the one name that an index tells truly: the first text's, unless a test says otherwise */

static void put32(struct buf *buf, uint32_t value) {
    unsigned char bytes[4] = {(unsigned char)(value >> 24), (unsigned char)(value >> 16),
                              (unsigned char)(value >> 8), (unsigned char)value};
    ck_assert_int_eq(buf_append(buf, bytes, 4), 0);
}

/* The head of an object that says it has ${length} bytes; where it is. */
static uint32_t put_head(int type, size_t length) {
    size_t rest = length >> 4;
    uint32_t place = (uint32_t)data.length;

    ck_assert_int_eq(buf_append_byte(&data, (char)(type << 4 | (length & 15) | (rest ? 0x80 : 0))), 0);
    for (; rest; rest >>= 7)
        ck_assert_int_eq(buf_append_byte(&data, (char)((rest & 0x7f) | (rest >> 7 ? 0x80 : 0))), 0);
    return place;
}

/* An object as it lies in a pack, whose head says ${told} bytes. */
static uint32_t put_told(int type, const char *text, size_t told) {
    static unsigned char packed[1 << 18];
    uLongf packed_length = sizeof packed;
    uint32_t place = put_head(type, told);

    ck_assert_int_eq(compress2(packed, &packed_length, (const unsigned char *)text, strlen(text), 6), Z_OK);
    ck_assert_int_eq(buf_append(&data, packed, packed_length), 0);
    return place;
}

static uint32_t put_object(int type, const char *text) {
    return put_told(type, text, strlen(text));
}

/* What stands behind the objects. */
static void put_trailer(void) {
    size_t i;
    for (i = 0; i < 5; i++)
        put32(&data, 0);
}

static struct oid name_of(const char *text) {
    struct buf whole = BUF_INIT;
    unsigned char digest[DIGEST_MAX];
    char head[32];
    struct oid oid;
    int n = snprintf(head, sizeof head, "commit %zu", strlen(text)) + 1;

    ck_assert_int_eq(buf_append(&whole, head, (size_t)n), 0);
    ck_assert_int_eq(buf_append(&whole, text, strlen(text)), 0);
    ck_assert_int_eq(digest_bytes(digest, DIGEST_SHA1, whole.bytes, whole.length, &err), OID_BYTES);
    memcpy(oid.bytes, digest, OID_BYTES);
    buf_release(&whole);
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
    put_trailer();
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
    first = names[0];
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

static uint32_t only_first(size_t i) {
    return oid_compare(&names[i], &first) == 0 ? places[0] : 0xfffffff;
}


/* Only the first text can be found by the index: the others are found because they come next. */
START_TEST(the_next_commit_of_the_pack_is_known_by_its_bytes) {
    struct packs *packs = packed(only_first, 0);
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
    put_trailer();
    packs = packed(only_first, 0);
    ck_assert(_i == 1 ? gives(packs, &name, texts[0]) : gives_none(packs, &name));
    packs_free(packs);
}
END_TEST

static uint32_t truly(size_t i) {
    size_t k;
    for (k = 0; k < TEXTS; k++) {
        struct oid name = name_of(texts[k]);
        if (oid_compare(&names[i], &name) == 0)
            return places[k];
    }
    return 0xfffffff;
}

START_TEST(what_is_expected_is_given_as_ever_and_so_is_the_rest) {
    struct packs *packs = packed(truly, 0);
    struct oid name = name_of(texts[_i]), other = names[NAMES / 2];
    size_t i;
    packs_expect(packs, &name);
    for (i = 0; i < TEXTS; i++) {
        name = name_of(texts[i]);
        ck_assert_msg(gives(packs, &name, texts[i]), "text %zu", i);
    }
    other.bytes[19]++;
    packs_expect(packs, &other);
    for (i = TEXTS; i-- > 0;) {
        name = name_of(texts[i]);
        packs_expect(packs, &name);
        ck_assert_msg(gives(packs, &name, texts[i]), "text %zu, backwards", i);
    }
    ck_assert(gives_none(packs, &other));
    packs_expect(NULL, &name);
    packs_free(packs); /* while a thread reads */
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

/* The head of the first text's object says another length than it has, or never ends. */
START_TEST(a_length_that_is_not_so_is_left_to_others) {
    const size_t length = strlen(texts[0]);
    const size_t told[] = {length, length - 1, length + 1, length + 200, 0, (size_t)1 << 31};
    struct oid name = name_of(texts[0]);
    struct packs *packs;
    size_t i;

    if (_i < 6)
        places[0] = put_told(1, texts[0], told[_i]);
    else {
        places[0] = (uint32_t)data.length;
        for (i = 0; i < 40; i++)
            ck_assert_int_eq(buf_append_byte(&data, (char)0x9f), 0);
    }
    put_trailer();
    packs = packed(only_first, 0);
    ck_assert(_i == 0 ? gives(packs, &name, texts[0]) : gives_none(packs, &name));
    packs_free(packs);
}
END_TEST

/* One whole commit of so many bytes, and one that follows it in the pack alone: the index does not know it. */
static void check_large(size_t length, int is_random, int is_read) {
    char *text = malloc(length + 1);
    struct oid name, next = name_of(texts[1]);
    struct packs *packs;
    size_t i;

    for (i = 0; i < length; i++)
        text[i] = is_random ? (char)('!' + rand() % 90) : 'a';
    text[length] = '\0';
    name = name_of(text);
    places[0] = put_object(1, text);
    (void)put_object(1, texts[1]);
    put_trailer();
    names[NAMES / 2] = name; /* in the place of one that nobody asks for */
    qsort(names, NAMES, sizeof *names, by_name);
    first = name;
    packs = packed(only_first, 0);
    ck_assert(is_read ? gives(packs, &name, text) : gives_none(packs, &name));
    ck_assert(is_read ? gives(packs, &next, texts[1]) : gives_none(packs, &next));
    packs_free(packs);
    free(text);
}

START_TEST(a_commit_may_be_larger_than_what_is_looked_at_at_once) {
    check_large(100000, 1, 1);
}
END_TEST

START_TEST(P15_a_commit_of_more_than_a_mebibyte_is_left_to_others) {
    check_large(((size_t)1 << 20) + (size_t)_i, 0, _i == 0);
}
END_TEST

/* A stream of empty blocks gives nothing, and the pack ends before it does. */
START_TEST(a_stream_that_gives_nothing_is_given_up) {
    struct oid name = name_of(texts[0]);
    struct packs *packs;
    size_t i;

    places[0] = put_head(1, strlen(texts[0]));
    ck_assert_int_eq(buf_append(&data, "\x78\x01", 2), 0);
    for (i = 0; i < 40000; i++)
        ck_assert_int_eq(buf_append(&data, "\0\0\0\377\377", 5), 0);
    put_trailer();
    packs = packed(only_first, 0);
    ck_assert(gives_none(packs, &name));
    packs_free(packs);
}
END_TEST

static uint32_t wrong_place;

static uint32_t astray(size_t i) {
    return oid_compare(&names[i], &first) == 0 ? wrong_place : in_turn(i);
}

/* In the head of the pack, in its trailer, behind its end, and behind the table of the wide places. */
START_TEST(a_place_that_holds_no_commit_is_left_to_others) {
    const uint32_t end = (uint32_t)data.length;
    const uint32_t wrong[] = {0, end - 20, end - 1, end, end + 1, 0x7fffffff, 0x80000000u, 0xffffffffu};
    struct packs *packs;

    first = name_of(texts[3]);
    wrong_place = wrong[_i];
    packs = packed(astray, 0);
    ck_assert(gives_none(packs, &first));
    packs_free(packs);
}
END_TEST

static const struct strange_index {
    size_t at;
    const char *bytes;
    size_t length;
} strange_indexes[] = {
    {0, "\377tOd", 4},                 /* no index */
    {0, "\0\0\0\0\0\0\0\0", 8},     /* version 1 begins with its counts */
    {4, "\0\0\0\1", 4},              /* no version that there is */
    {4, "\0\0\0\3", 4},              /* a later one */
    {8 + 4 * 9, "\377\377\377\377", 4}, /* the counts fall behind this one */
    {8 + 4 * 255, "\0\0\0\0", 4},     /* and here */
    {8 + 4 * 255, "\377\377\377\377", 4}, /* more names than the file holds */
    {8 + 4 * 255, "\0\0\x17\x71", 4},  /* one more */
};

START_TEST(an_index_of_another_kind_is_no_index) {
    const struct strange_index *strange = &strange_indexes[_i];
    struct packs *packs;
    size_t i;

    make_index(in_turn, 0);
    memcpy(index_.bytes + strange->at, strange->bytes, strange->length);
    write_file("/pack/pack-1.idx", &index_, index_.length);
    write_file("/pack/pack-1.pack", &data, data.length);
    packs = open_packs();
    for (i = 0; i < NAMES; i += 97)
        ck_assert_msg(gives_none(packs, &names[i]), "name %zu", i);
    packs_free(packs);
}
END_TEST

/* Beside the pack: halves of others, pipes and directories of their names, and a whole one. */
START_TEST(every_pack_is_asked_and_what_is_none_is_passed_by) {
    static const char *const pipes[] = {"/pack/pack-2.idx", "/pack/pack-3.pack"};
    struct buf path = BUF_INIT;
    struct oid name = name_of(texts[0]), last = name_of(texts[TEXTS - 1]);
    struct packs *packs;
    size_t i;

    for (i = 0; i < 2; i++) {
        buf_clear(&path);
        ck_assert_int_eq(buf_append_text(&path, buf_text(&dir)), 0);
        ck_assert_int_eq(buf_append_text(&path, pipes[i]), 0);
        ck_assert_int_eq(mkfifo(path.bytes, 0600), 0); /* opening it must not wait for a writer */
    }
    buf_clear(&path);
    ck_assert_int_eq(buf_append_text(&path, buf_text(&dir)), 0);
    ck_assert_int_eq(buf_append_text(&path, "/pack/pack-4.idx"), 0);
    ck_assert_int_eq(file_make_directory(path.bytes, &err), 0);
    buf_release(&path);
    make_index(only_first, 0);
    write_file("/pack/pack-2.pack", &data, data.length);
    write_file("/pack/pack-3.idx", &index_, index_.length);
    write_file("/pack/pack-5.idx", &index_, index_.length);
    write_file("/pack/pack-5.pack", &data, data.length);
    write_file("/pack/multi-pack-index", &index_, index_.length);
    packs = open_packs();
    ck_assert(gives(packs, &name, texts[0]));
    ck_assert(gives_none(packs, &last));
    packs_free(packs);
    make_index(in_turn, 0);
    write_file("/pack/pack-6.idx", &index_, index_.length);
    write_file("/pack/pack-6.pack", &data, data.length);
    packs = open_packs();
    ck_assert(gives(packs, &name, texts[0]));
    packs_free(packs);
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
    tcase_add_loop_test(packs, what_is_expected_is_given_as_ever_and_so_is_the_rest, 0, 3);
    tcase_add_test(packs, a_damaged_pack_gives_nothing);
    tcase_add_loop_test(packs, a_torn_index_is_no_index, 0, 2);
    tcase_add_loop_test(packs, a_length_that_is_not_so_is_left_to_others, 0, 7);
    tcase_add_test(packs, a_commit_may_be_larger_than_what_is_looked_at_at_once);
    tcase_add_loop_test(packs, P15_a_commit_of_more_than_a_mebibyte_is_left_to_others, 0, 2);
    tcase_add_test(packs, a_stream_that_gives_nothing_is_given_up);
    tcase_add_loop_test(packs, a_place_that_holds_no_commit_is_left_to_others, 0, 8);
    tcase_add_loop_test(packs, an_index_of_another_kind_is_no_index, 0,
                        (int)(sizeof strange_indexes / sizeof *strange_indexes));
    tcase_add_test(packs, every_pack_is_asked_and_what_is_none_is_passed_by);
    tcase_add_test(packs, without_packs_nothing_is_found);
    suite_add_tcase(suite, packs);
    return unit_run(suite);
}
