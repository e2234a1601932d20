#include "position.h"

#include <string.h>

#include "../prim/banned.h"

int position_find(lua_State *L, lua_Debug *ar) {
    int level;
    for (level = 0; lua_getstack(L, level, ar); level++) {
        lua_getinfo(L, "Sl", ar);
        if (ar->currentline > 0 && strcmp(ar->source, "=" POSITION_PRELUDE) != 0)
            return 1;
    }
    return 0;
}

const char *position_skip(const char *message) {
    const char *colon = strchr(message, ':');
    size_t digits = colon ? strspn(colon + 1, "0123456789") : 0;
    if (digits == 0 || colon == message || strncmp(colon + 1 + digits, ": ", 2) != 0)
        return NULL;
    return colon + 1 + digits + 2;
}
