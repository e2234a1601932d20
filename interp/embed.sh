#!/bin/sh
# embed.sh NAME=FILE...: prints a C file that holds the files verbatim, each with a
# NUL behind it, and a table sorted by name. POSIX tools only, the same bytes everywhere.
set -eu
echo '#include "embed.h"'
echo '#include <stddef.h>'
n=0
rows=
for pair in "$@"; do
    name=${pair%%=*} file=${pair#*=}
    printf 'static const unsigned char file_%d[] = {\n' "$n"
    od -An -v -tu1 "$file" | sed 's/[0-9][0-9]*/&,/g'
    echo '0};'
    rows="$rows    {\"$name\", (const char *)file_$n, sizeof file_$n - 1},
"
    n=$((n + 1))
done
echo 'const struct embed_file embed_files[] = {'
printf '%s' "$rows" | LC_ALL=C sort
echo '    {NULL, NULL, 0},'
echo '};'
