#!/usr/bin/env bash
# Everything, real parts included: installs what is missing, then types, lint, rooms, unit, simulation and integration tests.
#   scripts/test.sh            all of it, as root (asks for it through sudo)
#   scripts/test.sh --check    without the tests that need root
# Last line: "N passed, N failed".
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

check_only=no
case "${1:-}" in
  --check) check_only=yes ;;
  '') ;;
  *) sed -n '2,5p' "$0" >&2; exit 2 ;;
esac

if [ "$check_only" = no ] && [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || { echo "The tests make network namespaces and need root: run this as root, or scripts/test.sh --check for the rest." >&2; exit 1; }
  exec sudo -E "$0" "$@"
fi

./install.sh --deps --lxd || exit 1
# A browser that looks at the pages.
[ "$check_only" = yes ] || command -v chromium >/dev/null ||
  DEBIAN_FRONTEND=noninteractive apt-get -y -qq install --no-install-recommends chromium >/dev/null || exit 1
# A Prometheus that scrapes hosts. The one its package starts would only be in the way.
if [ "$check_only" = no ] && ! command -v promtool >/dev/null; then
  DEBIAN_FRONTEND=noninteractive apt-get -y -qq install --no-install-recommends prometheus >/dev/null || exit 1
  [ ! -d /run/systemd/system ] || systemctl disable --quiet --now prometheus.service
fi
# install.sh keeps its Node.js here where the machine's own is too old.
[ -x /usr/local/lib/skein/node_modules/.bin/node ] && PATH=/usr/local/lib/skein/node_modules/.bin:$PATH
export PATH

passed=0 failed=0
step() { # step NAME COMMAND...: one check without a count of its own
  local name=$1; shift
  echo "== $name"
  if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAILED: $name" >&2; fi
}
suite() { # suite NAME...: vitest projects, counted test by test
  local out project=() name
  for name in "$@"; do project+=(--project "$name"); done
  out=$(mktemp)
  echo "== tests: $*"
  npx vitest run --config scripts/vitest.config.ts "${project[@]}" --reporter=default --reporter=json --outputFile.json="$out"
  local status=$? counts
  counts=$(node -e 'const r = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8")); const broken = r.testResults.filter((f) => f.status === "failed" && f.assertionResults.every((t) => t.status !== "failed")).length; console.log(r.numPassedTests, r.numFailedTests + broken)' "$out" 2>/dev/null) || counts="0 1"
  rm -f "$out"
  passed=$((passed + ${counts% *})) failed=$((failed + ${counts#* }))
  [ "$status" = 0 ] || [ "${counts#* }" != 0 ] || failed=$((failed + 1))
}

step types npm run --silent types
step lint npm run --silent lint
step unused npm run --silent unused
step rooms npm run --silent rooms
suite unit sim
if [ "$check_only" = no ]; then
  scripts/images.sh --build-only || failed=$((failed + 1))
  REQUIRE_REAL=1 suite integration alone
fi

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
