#!/usr/bin/env bash
# churn.sh - five simulated hosts, killed and cut every 2 s while labs come and go and clients reserve numbers; then all is checked.
#   scripts/churn.sh [MINUTES [SEED]]     10 minutes and a seed of its own unless told; a run that fails prints its seed and steps
# CHURN_KEEP=1 leaves the hosts for a look; scripts/testbed.sh with TESTBED_PREFIX=c removes them.
# Needs root; takes some minutes longer than MINUTES, to make the hosts and to check.
set -euo pipefail
HERE=$(cd "${BASH_SOURCE[0]%/*}" && pwd -P)
# shellcheck source=scripts/lib.sh
. "$HERE/lib.sh"
minutes=${1:-10} seed=${2:-$RANDOM}
[[ $minutes =~ ^[0-9]+([.][0-9]+)?$ && $seed =~ ^[0-9]+$ ]] || die "usage: scripts/churn.sh [MINUTES [SEED]]"
require_root "the churn test"
[ -x /usr/local/lib/skein/node_modules/.bin/node ] && PATH=/usr/local/lib/skein/node_modules/.bin:$PATH
cd "$HERE/.."
echo "seed $seed, $minutes min"
REQUIRE_REAL=1 CHURN_MINUTES=$minutes CHURN_SEED=$seed \
  exec npx vitest run --config scripts/vitest.config.ts --project alone node/integration/churn.test.ts
