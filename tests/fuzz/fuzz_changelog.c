/* Sections of hostile commits and their place in hostile files: see fuzz_changelog.lua. */
#include "lua_target.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    lua_target_run("fuzz_changelog", bytes, length);
    return 0;
}
