#include <stdint.h>
#include <string.h>

#include "../../interp/prim/mem.h"
#include "unit.h"

START_TEST(a_size_that_overflows_is_refused) {
    ck_assert_ptr_null(mem_new_array(SIZE_MAX / 2 + 1, 2));
    ck_assert_ptr_null(mem_resize(NULL, SIZE_MAX / 2 + 1, 2));
    ck_assert_ptr_null(mem_copy("", SIZE_MAX));
}
END_TEST

START_TEST(no_bytes_are_still_a_block) {
    void *empty = mem_new(0), *none = mem_new_array(0, 8);
    char *copy = mem_copy("", 0);
    ck_assert_ptr_nonnull(empty);
    ck_assert_ptr_nonnull(none);
    ck_assert_str_eq(copy, "");
    mem_free(empty);
    mem_free(none);
    mem_free(copy);
    mem_free(NULL);
}
END_TEST

START_TEST(new_blocks_are_zeroed) {
    unsigned char *block = mem_new_array(64, 8);
    size_t i;
    for (i = 0; i < 512; i++)
        ck_assert_uint_eq(block[i], 0);
    mem_free(block);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("mem");
    TCase *blocks = tcase_create("blocks");
    tcase_add_test(blocks, a_size_that_overflows_is_refused);
    tcase_add_test(blocks, no_bytes_are_still_a_block);
    tcase_add_test(blocks, new_blocks_are_zeroed);
    suite_add_tcase(suite, blocks);
    return unit_run(suite);
}
