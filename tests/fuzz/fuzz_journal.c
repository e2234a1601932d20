/* Journals of any bytes, and what tampering does to true ones: see fuzz_journal.lua. */
#include "lua_target.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    lua_target_run("fuzz_journal", bytes, length);
    return 0;
}
