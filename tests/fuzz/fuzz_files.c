/* The version-file editors: see fuzz_files.lua. */
#include "lua_target.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    lua_target_run("fuzz_files", bytes, length);
    return 0;
}
