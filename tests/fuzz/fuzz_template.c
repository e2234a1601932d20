/* Templates, written and read back: see fuzz_template.lua. */
#include "lua_target.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    lua_target_run("fuzz_template", bytes, length);
    return 0;
}
