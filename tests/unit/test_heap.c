/* The interpreter's memory: blocks keep their bytes through every change of size, small to large and back. */
#include <stdint.h>
#include <string.h>

#include "../../interp/prim/heap.h"
#include "unit.h"

#define BLOCKS 4096

static struct {
    unsigned char *bytes;
    size_t size;
} blocks[BLOCKS];

static uint32_t state = 1;

static uint32_t dice(uint32_t sides) {
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % sides;
}

/* Gives block ${i} another size and looks whether what it held is still there. */
static void change(struct heap *heap, size_t i, size_t size) {
    size_t kept = size < blocks[i].size ? size : blocks[i].size, k;
    unsigned char *bytes = heap_resize(heap, blocks[i].bytes, blocks[i].size, size);

    ck_assert(size == 0 ? bytes == NULL : bytes != NULL);
    ck_assert_uint_eq((uintptr_t)bytes % HEAP_STEP, 0);
    for (k = 0; k < kept && bytes[k] == (unsigned char)(i + k); k++)
        ;
    ck_assert_uint_eq(k, kept);
    for (; k < size; k++)
        bytes[k] = (unsigned char)(i + k);
    blocks[i].bytes = bytes;
    blocks[i].size = size;
}

START_TEST(blocks_keep_their_bytes_whatever_their_neighbours_do) {
    struct heap heap = {0};
    size_t i;

    for (i = 0; i < 200000; i++) {
        static const uint32_t most[] = {1, 64, HEAP_SMALL + 64, 5000};
        change(&heap, dice(BLOCKS), dice(most[dice(4)]));
    }
    for (i = 0; i < BLOCKS; i++)
        change(&heap, i, 0);
}
END_TEST

START_TEST(a_small_block_that_was_freed_is_used_again) {
    struct heap heap = {0};
    char *first = heap_resize(&heap, NULL, 0, 40), *again;

    memset(first, 1, 40);
    ck_assert_ptr_null(heap_resize(&heap, first, 40, 0));
    again = heap_resize(&heap, NULL, 5, 33); /* without a block the old size means nothing */
    ck_assert_ptr_nonnull(again);
#ifndef __SANITIZE_ADDRESS__
    ck_assert_ptr_eq(again, first);
#endif
    ck_assert_ptr_null(heap_resize(&heap, again, 33, 0));
    ck_assert_ptr_null(heap_resize(&heap, NULL, 0, 0));
}
END_TEST

#ifndef __SANITIZE_ADDRESS__ /* which ends the process at such a size */
START_TEST(a_size_that_no_machine_has_is_refused_and_the_block_stays) {
    struct heap heap = {0};
    char *block = heap_resize(&heap, NULL, 0, 8);

    memcpy(block, "1234567", 8);
    ck_assert_ptr_null(heap_resize(&heap, block, 8, SIZE_MAX / 2));
    ck_assert_str_eq(block, "1234567");
    block = heap_resize(&heap, block, 8, 4096);
    ck_assert_ptr_null(heap_resize(&heap, block, 4096, SIZE_MAX / 2));
    ck_assert_str_eq(block, "1234567");
    ck_assert_ptr_null(heap_resize(&heap, block, 4096, 0));
}
END_TEST
#endif

int main(void) {
    Suite *suite = suite_create("heap");
    TCase *sizes = tcase_create("sizes");
    tcase_set_timeout(sizes, 60);
    tcase_add_test(sizes, blocks_keep_their_bytes_whatever_their_neighbours_do);
    tcase_add_test(sizes, a_small_block_that_was_freed_is_used_again);
#ifndef __SANITIZE_ADDRESS__
    tcase_add_test(sizes, a_size_that_no_machine_has_is_refused_and_the_block_stays);
#endif
    suite_add_tcase(suite, sizes);
    return unit_run(suite);
}
