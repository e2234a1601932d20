#!/bin/sh
# Builds the tools of the tests: build.sh [BUILD-DIRECTORY]. They are not part of the product.
set -eu
here=$(dirname "$0")
out=${1:-build}/tools
mkdir -p "$out"
flags="-std=c11 -D_GNU_SOURCE -O2 -g -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes"
for name in fence killsweep remains; do
  [ "$out/$name" -nt "$here/$name.c" ] || ${CC:-cc} $flags -o "$out/$name" "$here/$name.c"
done
[ "$out/fault.so" -nt "$here/fault.c" ] || ${CC:-cc} $flags -fPIC -shared -o "$out/fault.so" "$here/fault.c" -ldl
[ "$out/still.so" -nt "$here/still.c" ] || ${CC:-cc} $flags -fPIC -shared -o "$out/still.so" "$here/still.c"
[ "$out/other_lua.so" -nt "$here/other_lua.c" ] || ${CC:-cc} $flags -fPIC -shared -o "$out/other_lua.so" "$here/other_lua.c"
