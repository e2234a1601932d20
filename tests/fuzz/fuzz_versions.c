/* The version schemes: see fuzz_versions.lua. */
#include "lua_target.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    lua_target_run("fuzz_versions", bytes, length);
    return 0;
}
