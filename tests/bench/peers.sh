#!/bin/sh
# peers.sh: installs git-cliff, the fastest release tool that we know besides git itself, for `bench.sh peers`, under
# build/peers and nowhere else. The version is fixed, so that its numbers can be compared over time.
set -eu
npm install --no-audit --no-fund --loglevel=error --prefix "${PEERS:-build/peers}" git-cliff@2.14.2
