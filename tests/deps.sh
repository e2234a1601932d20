#!/bin/sh
# deps.sh [--optional] PACKAGE...: installs the Debian packages that are missing, as root or through sudo; otherwise
# prints the line to run, and fails unless they are optional.
set -eu
unable=1
if [ "$1" = --optional ]; then
    unable=0
    shift
fi
missing=
for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2> /dev/null | grep -q 'install ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
command -v apt-get > /dev/null || {
    echo "these Debian packages are missing:$missing" >&2
    exit "$unable"
}
if [ "$(id -u)" -eq 0 ]; then
    as_root=
elif command -v sudo > /dev/null && sudo -n true 2> /dev/null; then
    as_root="sudo -n"
else
    echo "run this as root, then make again:" >&2
    echo "  apt-get update && apt-get install --no-install-recommends -y$missing" >&2
    exit "$unable"
fi
echo "installing:$missing"
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq
# shellcheck disable=SC2086
$as_root apt-get install --no-install-recommends -y -qq $missing > /dev/null
