#include "random.h"

#include <assert.h>
#include <errno.h>
#include <sys/random.h>

#include "err.h"

#include "banned.h"

int random_hex(char *out, size_t count, struct err *err) {
    static const char digits[] = "0123456789abcdef";
    unsigned char raw[RANDOM_BYTES_MAX];
    size_t got = 0, i;

    assert(count <= sizeof raw);
    while (got < count) {
        ssize_t n = getrandom(raw + got, count - got, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return err_system(err, "random bytes");
        got += (size_t)n;
    }
    for (i = 0; i < count; i++) {
        out[2 * i] = digits[raw[i] >> 4];
        out[2 * i + 1] = digits[raw[i] & 15];
    }
    out[2 * count] = '\0';
    return 0;
}
