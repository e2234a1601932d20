/* Saved plans of any bytes: see fuzz_plan.lua. */
#include "lua_target.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    lua_target_run("fuzz_plan", bytes, length);
    return 0;
}
