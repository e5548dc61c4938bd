#!/usr/bin/env bash
# chaos.sh - simulated hosts whose containers, ports, tunnels, daemons, cables and power fail at random; "chaos.sh --help" explains. Root only.
set -euo pipefail
HERE=$(cd "${BASH_SOURCE[0]%/*}" && pwd -P)
# shellcheck source=scripts/lib.sh
. "$HERE/lib.sh"

usage() {
  cat <<'TEXT'
chaos.sh [--minutes N] [--seed S] [--hosts H] [--round-s T] [--round R] [--keep]

Three to five simulated hosts with labs of twelve nodes. In rounds of T seconds everything goes wrong that can; then all is left alone, and
containers, ports, tunnels and pings of every link are looked at with the tools of the hosts, and held against what each host tells.
A run that fails prints what was wrong, what was done when, and the command that plays that round again.

  --minutes N    rounds are begun for so long (10)
  --seed S       what happens, and when (one of its own); also the number of hosts, unless told
  --hosts H      3 to 5
  --round-s T    length of a round (60)
  --round R      only this round
  --keep         leaves the hosts for a look; scripts/testbed.sh with TESTBED_PREFIX=x TESTBED_NET=10.76 removes them
TEXT
}

minutes=10 seed=$((RANDOM % 10000)) keep=
while [ $# -gt 0 ]; do
  case $1 in
    --minutes | --seed | --hosts | --round-s | --round)
      [[ ${2:-} =~ ^[0-9]+([.][0-9]+)?$ ]] || die "$1 takes a number; chaos.sh --help explains."
      case $1 in
        --minutes) minutes=$2 ;;
        --seed) seed=$2 ;;
        --hosts) export CHAOS_HOSTS=$2 ;;
        --round-s) export CHAOS_ROUND_S=$2 ;;
        --round) export CHAOS_ROUND=$2 ;;
      esac
      shift 2 ;;
    --keep) keep=1; shift ;;
    -h | --help) usage; exit ;;
    *) die "unknown option '$1'; chaos.sh --help lists them." ;;
  esac
done
require_root "chaos"
[ -x /usr/local/lib/skein/node_modules/.bin/node ] && PATH=/usr/local/lib/skein/node_modules/.bin:$PATH
cd "$HERE/.."

# A group of its own, so that nothing of it goes on when this script is ended.
run=
clean_up() {
  [ -z "$run" ] || kill -KILL -- "-$run" 2>/dev/null || true
  [ -n "$keep" ] || TESTBED_PREFIX=x TESTBED_NET=10.76 TESTBED_DIR=/var/tmp/skein-testbed-x "$HERE/testbed.sh" down || true
}
trap clean_up EXIT
trap 'exit 130' INT TERM
[ -z "$keep" ] || export CHAOS_KEEP=1
echo "seed $seed, $minutes min"
export REQUIRE_REAL=1 CHAOS_MINUTES=$minutes CHAOS_SEED=$seed
setsid npx vitest run --config scripts/vitest.config.ts --project alone node/integration/chaos.test.ts &
run=$!
wait $run
