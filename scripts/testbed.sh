#!/usr/bin/env bash
# testbed.sh - several simulated hosts on one machine; "testbed.sh help" explains. Root only.
#
# A host is a set of mount, net, pid, uts, ipc and cgroup namespaces whose root is an overlay: this machine's / below,
# a directory on disk above. Every daemon therefore runs with its usual paths. Ending PID 1 of a host ends all of it.
set -euo pipefail
HERE=$(cd "${BASH_SOURCE[0]%/*}" && pwd -P) CHECKOUT=${HERE%/*} SELF=$HERE/testbed.sh
# shellcheck source=scripts/lib.sh
. "$HERE/lib.sh"
# shellcheck source=scripts/testbed/cgroup.sh
. "$HERE/testbed/cgroup.sh"
# shellcheck source=scripts/testbed/inside.sh
. "$HERE/testbed/inside.sh"
# shellcheck source=scripts/testbed/underlay.sh
. "$HERE/testbed/underlay.sh"

P=${TESTBED_PREFIX:-h}
T=${TESTBED_DIR:-/var/tmp/skein-testbed}
[ -n "${TESTBED_DIR:-}" ] || [ "$P" = h ] || T+=-$P
SW=${P}-switch # the network namespace that holds both underlay switches
NETS=(1 2)     # hN has ${NET}.1.N on eth0 and ${NET}.2.N on eth1
ON=(1 2)       # those a cut is about

usage() {
  cat <<'TEXT'
testbed.sh up N           make or complete hosts h1..hN, with docker and Open vSwitch running in each
testbed.sh exec H [--] CMD…  run a command in a host (as root; exit code, standard input and arguments pass through;
                          ends when the exec is ended, unless CMD is setsid)
testbed.sh cut H1 [H2]    drop every IP packet between two hosts without a word; without H2: between H1 and all
testbed.sh cut-to H1 H2   drop every IP packet from H1 to H2 only: H1 still hears H2
testbed.sh heal [H1 [H2]] undo cuts: all of them, those of H1, or that between H1 and H2
                          cut, cut-to and heal take --net1 or --net2 first, for one of the two networks only
testbed.sh unplug H K     pull the cable of network K (1 or 2) of a host: it sees that the link is gone
testbed.sh plug H K       put it back
testbed.sh kill H         power cut: everything in the host ends at once, the disk stays
testbed.sh boot H         start a host again on its disk
testbed.sh door           let this machine reach the hosts (it has 10.77.1.254), for a browser; "down" closes it
testbed.sh ls | pid H     hosts and their addresses | process id of a host's PID 1, for nsenter
testbed.sh down           remove everything

Addresses: hN is 10.77.1.N on eth0 and 10.77.2.N on eth1. `ip netns exec hN` looks at a host's network from outside.
For a second testbed beside the first set TESTBED_PREFIX (default h: names of hosts), TESTBED_NET (10.77) and, if you
like, TESTBED_DIR (/var/tmp/skein-testbed[-PREFIX]; must be on a disk). TESTBED_SHARE=/dir[:/dir] shows more
directories in every host. With TESTBED_LXD=1, "up" and "boot" start LXD as well. Install packages before "up": hosts see later changes of this machine's files unreliably.
TEXT
}

# --- Names and state -------------------------------------------------------------------------------------------------
hosts() { local d; for d in "$T/$P"[0-9]*/; do [ ! -d "$d" ] || basename "$d"; done | sort -V; }
cgroup_of() { printf 'skein-%s' "$1"; }

check_host() {
  [[ ${1:-} =~ ^${P}[0-9]+$ ]] && [ -d "$T/$1" ] && return
  local known; known=$(hosts | paste -sd' ')
  die "no host '${1:-}' here (known: ${known:-none; make some with: testbed.sh up 3})."
}

# alive H: true when its PID 1 runs; sets PID. The start time tells it from another process that got the number later.
alive() {
  local start line
  read -r PID start 2>/dev/null <"$T/$1/pid" || return 1
  { read -r line <"/proc/$PID/stat"; } 2>/dev/null || return 1
  line=${line##*) }
  # shellcheck disable=SC2086 # fields of /proc/PID/stat
  set -- $line
  [ "${20}" = "$start" ]
}
need_alive() { alive "$1" || die "$1 is powered off; start it with: testbed.sh boot $1"; }

# --- Inside ----------------------------------------------------------------------------------------------------------
# enter H CMD...: replaces this shell by CMD inside the host. nsenter waits outside and hands on the exit code.
enter() {
  local h=$1 wrap=(); shift
  cgroup_join "$(cgroup_of "$h")"
  # In the checkout the directory stays the same, elsewhere it is /.
  case $PWD/ in "$CHECKOUT"/*) wrap=(env -C "$PWD" --) ;; esac
  # An ended exec ends its command too; setsid is the way out.
  [ "${1##*/}" = setsid ] || wrap=(setpriv --pdeathsig TERM -- "${wrap[@]}")
  unset DOCKER_HOST DOCKER_CONTEXT
  exec nsenter -t "$PID" -a -- "${wrap[@]}" "$@"
}

# --- Power -----------------------------------------------------------------------------------------------------------
start_host() { # H: nothing to do for a host that runs and whose daemons answer
  local h=$1 d=$T/$1 i=${1#"$P"} pid start
  mkdir -p "$d"; exec 9>"$d/lock"; flock 9
  if ! alive "$h"; then
    power_off "$h"
    mkdir -p "$d"/{disk,work,root,data/docker,data/lxd,data/skein}
    cgroup_make "$(cgroup_of "$h")"
    read -r -t 60 pid start < <(
      exec 9>&- 2>"$d/init.log" </dev/null
      cgroup_join "$(cgroup_of "$h")"
      exec setsid unshare --mount --uts --ipc --pid --net --cgroup --fork -- "$SELF" _init "$h"
    ) || die "$h did not start: $(tail -n 2 "$d/init.log")"
    cgroup_delegate "$(cgroup_of "$h")"
    ip netns attach "$h" "$pid"; plug "$h" "$i"
    printf '%s %s\n' "$pid" "$start" >"$d/pid"
  fi
  alive "$h" || die "$h ended at once: $(tail -n 2 "$d/init.log")"
  (exec 9>&-; enter "$h" "$SELF" _daemons) || die "$h runs, but not all of its daemons do."
}

power_off() { # H: first the cables, so that no dying socket says goodbye; then PID 1 and with it everything inside
  local h=$1 i=${1#"$P"} k
  if [ -e "/run/netns/$SW" ]; then
    for k in "${NETS[@]}"; do echo "link del p$k-$i"; done | ip -n "$SW" -force -batch - 2>/dev/null || true
  fi
  if alive "$h"; then kill -9 "$PID"; fi
  cgroup_kill "$(cgroup_of "$h")" || die "some processes of $h do not end; look at: ps -eo pid,stat,cmd"
  if [ -e "/run/netns/$h" ]; then ip netns del "$h"; fi
  rm -f "$T/$h/pid"
}

boot() { check_host "$1"; check_machine; make_switch; start_host "$1"; }
kill_host() { check_host "$1"; exec 9>"$T/$1/lock"; flock 9; power_off "$1"; }

up() {
  [[ ${1:-} =~ ^([1-9][0-9]?|1[0-9][0-9]|200)$ ]] || die "up needs the number of hosts, 1 to 200: testbed.sh up 3"
  local i begin jobs=() failed=0
  check_machine; now_ms; begin=$NOW_MS
  mkdir -p "$T" /var/cache/skein; make_switch
  for ((i = 1; i <= $1; i++)); do (start_host "$P$i") & jobs+=($!); done
  for i in "${jobs[@]}"; do wait "$i" || failed=1; done
  [ $failed = 0 ] || die "not every host came up; try again, or start afresh: testbed.sh down"
  seconds_since "$begin"; note "$1 hosts run (${P}1 to $P$1, $NET.1.1 to $NET.1.$1) after ${SECONDS_SINCE} s."
}

down() {
  local h r jobs=()
  for h in $(all_traces); do (take_away "$h") & jobs+=($!); done
  for h in "${jobs[@]}"; do wait "$h" || r=1; done
  # A namespace goes some time after it is deleted, and with it the other end.
  if [ -e "/sys/class/net/$P-door" ]; then ip link del "$P-door"; fi
  if [ -e "/run/netns/$SW" ]; then ip netns del "$SW"; fi
  [ -z "${r:-}" ] || die "not everything could be removed; run it again: testbed.sh down"
  if [ -d "$T" ]; then rm -rf --one-file-system "${T:?}"; fi
}
take_away() { # H: with its disk, the slow part (seconds, once images are loaded), hence each host on its own
  power_off "$1"; cgroup_remove "$(cgroup_of "$1")"
  if [ -d "$T/$1" ]; then rm -rf --one-file-system "${T:?}/$1"; fi
}
# all_traces: hosts by their directories and by their control groups, should someone have removed the directories.
all_traces() {
  local g
  { hosts; for g in "${CGROUP_ROOTS[0]}/skein-$P"[0-9]*/; do [ ! -d "$g" ] || { g=${g%/}; echo "${g##*/skein-}"; }; done; } | sort -uV
}

# --- Requirements ----------------------------------------------------------------------------------------------------
check_machine() {
  local gone
  gone=$(missing_commands ip nft docker dockerd ovsdb-server ovs-vswitchd ovs-vsctl busybox flock nsenter unshare setpriv pivot_root)
  [ -z "$gone" ] || die "missing here: $gone; ./install.sh --deps installs them."
  [[ $T =~ ^/[A-Za-z0-9._/+-]+$ ]] || die "TESTBED_DIR must be an absolute path of plain letters: $T"
  [[ $P =~ ^[a-z]{1,8}$ ]] || die "TESTBED_PREFIX must be one to eight small letters: $P"
  [[ $NET =~ ^[0-9]{1,3}\.[0-9]{1,3}$ ]] || die "TESTBED_NET must be two numbers, such as 10.77: $NET"
  mkdir -p "$T"
  grep -qw overlay /proc/filesystems || modprobe overlay 2>/dev/null || die "this kernel has no overlay file system (CONFIG_OVERLAY_FS)."
  case $(stat -f -c %T "$T") in overlay*) die "$T is on an overlay, where docker cannot store images; set TESTBED_DIR to a directory on a disk." ;; esac
  unshare --mount --uts --ipc --pid --net --cgroup --fork true 2>/dev/null ||
    die "this machine does not let root make namespaces (inside a container? then start it privileged)."
}

list() {
  local h
  for h in $(hosts); do
    if alive "$h"; then printf '%s\trunning\t%s\t' "$h" "$PID"; else printf '%s\toff\t-\t' "$h"; fi
    printf '%s.1.%s\t%s.2.%s\n' "$NET" "${h#"$P"}" "$NET" "${h#"$P"}"
  done
}

verb=${1:-help}; [ $# = 0 ] || shift
case $verb in help | -h | --help) usage; exit ;; _daemons) daemons; exit ;; esac
require_root "the testbed"
NET=10.77; [ ! -e "$T/ready" ] || read -r NET <"$T/ready"
[ -z "${TESTBED_NET:-}" ] || { [ ! -e "$T/ready" ] || [ "$NET" = "$TESTBED_NET" ] || die "$T uses network $NET, not $TESTBED_NET; remove it first: testbed.sh down"; NET=$TESTBED_NET; }
cgroup_roots
case $verb:${1:-} in cut:--net[12] | cut-to:--net[12] | heal:--net[12]) ON=("${1#--net}"); shift ;; esac
case $verb in
  _init) host_init "$@" ;;
  up) up "$@" ;;
  exec) h=${1:-}; check_host "$h"; shift; [ "${1:-}" != -- ] || shift; [ $# -gt 0 ] || die "exec needs a command: testbed.sh exec $h -- CMD"; need_alive "$h"; enter "$h" "$@" ;;
  cut) cut_hosts "$@" ;;
  cut-to) cut_to "$@" ;;
  heal) heal_hosts "$@" ;;
  unplug) cable "${1:-}" "${2:-}" down ;;
  plug) cable "${1:-}" "${2:-}" up ;;
  kill) kill_host "${1:-}" ;;
  boot) boot "${1:-}" ;;
  door) door ;;
  down) down ;;
  ls) list ;;
  pid) check_host "${1:-}"; need_alive "$1"; echo "$PID" ;;
  *) die "no verb '$verb'; testbed.sh help lists them." ;;
esac
