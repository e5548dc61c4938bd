#!/usr/bin/env bash
# demo.sh - three simulated hosts on this machine, a mesh between them, a lab over all three, and traffic through it.
#   demo.sh          make it, or complete what an interrupted run left
#   demo.sh down     remove it
# Usually called as: ./install.sh --demo [--down]
set -euo pipefail
HERE=$(cd "${BASH_SOURCE[0]%/*}" && pwd -P) CHECKOUT=${HERE%/*}
# shellcheck source=scripts/lib.sh
. "$HERE/lib.sh"
LAB=demo TOPOLOGY=$HERE/demo/demo.clab.yml
NAMES=(h1 h2 h3)   # as the topology pins them
STEPS=8
REMOVE="./install.sh --demo --down"

P=${TESTBED_PREFIX:-h}
on() { local h=${P}${1#h}; shift; "$HERE/testbed.sh" exec "$h" -- "$@"; } # HOST CMD...
skein() { local h=$1; shift; on "$h" skein "$@"; }                        # HOST ARGUMENTS...
address() { "$HERE/testbed.sh" ls | awk -v h="${P}${1#h}" '$1 == h { print $4 }'; }

# --- Progress --------------------------------------------------------------------------------------------------------
number=0 step_ms='' problems=()
now_ms; begin_ms=$NOW_MS
step() {
  finish_step; number=$((number + 1)); now_ms; step_ms=$NOW_MS
  printf '[%d/%d] %s\n' $number $STEPS "$*"
}
finish_step() { [ -z "$step_ms" ] || { seconds_since "$step_ms"; printf '      %s s\n' "$SECONDS_SINCE"; step_ms=''; }; }
show() { printf '\n$ %s\n' "$*"; }
# problem TEXT: something that did not work, but does not stop the rest; said again at the end.
problem() { problems+=("$1"); note "      could not: $1"; }

give_up() { # TEXT: the rest depends on this
  printf '\ndemo.sh: %s\nWhat was made so far stays. Go on with: ./install.sh --demo    Remove it with: %s\n' "$1" "$REMOVE" >&2
  exit 1
}
interrupted() {
  trap '' INT TERM
  printf '\nInterrupted in step %d. What was made so far stays. Go on with: ./install.sh --demo    Remove it with: %s\n' "$number" "$REMOVE" >&2
  exit 130
}

# --- Steps -----------------------------------------------------------------------------------------------------------
load_images() {
  local h jobs=() failed=''
  for h in "${NAMES[@]}"; do on "$h" "$HERE/images.sh" 2>/dev/null & jobs+=($!); done
  for h in "${!jobs[@]}"; do wait "${jobs[$h]}" || failed+=" ${NAMES[$h]}"; done
  [ -z "$failed" ] || give_up "the images could not be loaded in:$failed; see why: scripts/testbed.sh exec ${failed##* } -- $HERE/images.sh"
}

is_member() { on "$1" test -e /var/lib/skein/identity/host.crt; }
answers() { skein "$1" host ls --json; }

start_agent() { # HOST
  if (answers "$1") >/dev/null 2>&1; then return; fi
  # Not two agents on one host: one that is still starting is waited for.
  on "$1" pgrep -f 'node/main.ts run' >/dev/null ||
    on "$1" sh -c 'exec setsid --fork skein run >>/var/log/skein.log 2>&1 </dev/null'
  wait_until 60 answers "$1" || {
    on "$1" tail -n 5 /var/log/skein.log >&2 || true
    give_up "the agent of $1 does not answer; its log: scripts/testbed.sh exec $1 -- cat /var/log/skein.log"
  }
}

has_leader() { skein h1 leader --json | jq -e '.leader != null'; }

join_host() { # HOST: by a token that works once
  local token
  if ! is_member "$1"; then
    # The mesh has to have a leader before it gives tokens.
    wait_until 60 has_leader || give_up "the mesh found no leader within a minute; look: scripts/testbed.sh exec h1 -- skein leader"
    token=$(skein h1 token create --json | jq -er .token) || give_up "h1 gave no token for $1"
    skein "$1" join - --name "$1" --advertise "$(address "$1")" <<<"$token" >/dev/null || give_up "$1 could not join the mesh"
  fi
  start_agent "$1"
}

make_mesh() {
  if ! is_member h1; then
    skein h1 bootstrap --name h1 --advertise "$(address h1)" >/dev/null || give_up "h1 could not make a mesh"
  fi
  start_agent h1
  # One after the other: each join changes who decides.
  join_host h2; join_host h3
  wait_until 60 all_alive || give_up "not every host is alive after a minute; look: scripts/testbed.sh exec h1 -- skein host ls"
}
all_alive() { [ "$(skein h1 host ls --json | jq '[.[] | select(.state == "alive")] | length')" -ge "${#NAMES[@]}" ]; }

lab_up() { skein h1 lab up "$TOPOLOGY" || give_up "the lab did not come up; look: scripts/testbed.sh exec h1 -- skein lab show $LAB"; }

look() { # ARGUMENTS...: a command for people to see
  show "skein $*"; skein h1 "$@" || problem "skein $*"
}

in_lab() { local n=$1; shift; skein h1 lab exec "$LAB" "$n" -- "$@"; }

traffic() {
  local n rate
  # OSPF needs some seconds to find its ways once the links are up.
  for n in 2 3; do wait_until 60 in_lab pc1 ping -c 1 -W 1 "10.$n.0.10" || true; done
  for n in 2 3; do
    show "skein lab exec $LAB pc1 -- ping -c 3 10.$n.0.10"
    in_lab pc1 ping -c 3 -i 0.3 -W 2 "10.$n.0.10" || problem "ping from pc1 on h1 to pc$n on h$n"
  done
  show "skein lab exec $LAB pc1 -- iperf3 -c 10.3.0.10 -t 3"
  in_lab pc3 iperf3 -s -1 -D >/dev/null || true
  wait_until 5 in_lab pc3 sh -c 'netstat -ltn | grep -q :5201' || true
  rate=$(in_lab pc1 iperf3 -c 10.3.0.10 -t 3 --connect-timeout 5000 -J | jq '.end.sum_received.bits_per_second // 0 | . / 1e6 | floor') || rate=0
  echo "${rate:=0} Mbit/s received"
  # A slow machine of two processors reaches over 100; a fault in the path shows as next to nothing.
  [ "$rate" -ge 20 ] || problem "iperf3 from pc1 on h1 to pc3 on h3: only $rate Mbit/s"
}

# pages: where this machine's browser finds them, and with which login. Another run gives another password.
pages() {
  local address password
  address=$(address h1)
  password=$(head -c 9 /dev/urandom | base64 | tr '+/' 'xy')
  if "$HERE/testbed.sh" door && skein h1 user set demo --role admin --password - <<<"$password" >/dev/null; then
    printf '\nIts pages: https://%s:8010/labs/%s  user demo, password %s\n' "$address" "$LAB" "$password"
    printf 'The browser warns of a certificate it does not know. From another machine: ssh -L 8010:%s:8010 %s, then https://localhost:8010/\n' \
      "$address" "$(hostname)"
  else
    problem "let this machine's browser reach the pages"
  fi
}

explain() {
  cat <<TEXT

Look further (h1, h2 and h3 are the hosts):
  scripts/testbed.sh exec h1 -- skein lab show $LAB
  scripts/testbed.sh exec h1 -- skein lab exec $LAB r1 -- vtysh -c 'show ip ospf neighbor'
  scripts/testbed.sh exec h2 -- wg show
  scripts/testbed.sh kill h3; scripts/testbed.sh exec h1 -- skein host ls; scripts/testbed.sh boot h3
  scripts/testbed.sh exec h1 -- skein lab down $LAB
After a boot the agent wants starting: ./install.sh --demo does that too.
Remove it all: $REMOVE
TEXT
}

demo() {
  local p
  trap interrupted INT TERM
  step "Installing what is missing"; "$CHECKOUT/install.sh" --deps || give_up "the machine lacks what is named above"
  step "Building images from Debian packages (kept for the next time)"; "$HERE/images.sh" --build-only || give_up "no images"
  step "Starting three simulated hosts"; "$HERE/testbed.sh" up 3 || give_up "the hosts did not start"
  step "Loading the images in each"; load_images
  step "Making a mesh: h1 begins, h2 and h3 join by token"; make_mesh
  step "Bringing up the lab $LAB over the three hosts"; lab_up
  step "Looking at it"; look host ls; look lab show "$LAB"; look lab links "$LAB"
  step "Sending traffic between hosts"; traffic
  finish_step; seconds_since "$begin_ms"
  pages; explain
  if [ "${#problems[@]}" -gt 0 ]; then
    printf '\nDone after %s s, but this did not work:\n' "$SECONDS_SINCE"
    for p in "${problems[@]}"; do printf '  - %s\n' "$p"; done
    exit 1
  fi
  printf '\nDone after %s s.\n' "$SECONDS_SINCE"
}

down() {
  "$HERE/testbed.sh" down
  echo "The demo's hosts, mesh and lab are gone. Installed packages, Node.js, the skein command and the image cache stay."
}

require_root "the demo"
cd "$CHECKOUT"
case ${1:-} in
  '') demo ;;
  down | --down) down ;;
  *) die "unknown argument '$1'; use: demo.sh [down]" ;;
esac
