#!/usr/bin/env bash
# install.sh - prepares a machine for Skein, joins it to a mesh, or shows a demo; "install.sh --help" explains.
set -euo pipefail
CHECKOUT=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source=scripts/lib.sh
. "$CHECKOUT/scripts/lib.sh"
HOME_OF_NODE=/usr/local/lib/skein   # our own Node.js and npm, where the machine's are older
COMMAND=/usr/local/bin/skein
CODE=/var/cache/skein/code           # as in node/platform/code-cache.ts
UNIT=/etc/systemd/system/skein.service
MEMBERSHIP=/var/lib/skein/identity/host.crt
NODE_AT_LEAST=24.7

usage() {
  cat <<'TEXT'
install.sh --deps                               install what Skein needs: packages, Node.js, the skein command
install.sh --deps --lxd                         the same, and LXD with a storage pool, for lab nodes that are system containers
install.sh --demo                               three simulated hosts on this machine, a mesh, and a lab over all three
install.sh --demo --down                        remove the demo
install.sh --bootstrap --name a                 make this machine the first host of a new mesh
install.sh --join TOKEN --name b                join this machine to a mesh (TOKEN - reads it from standard input)
install.sh --install-monitoring                 on a member whose agent runs: a Prometheus that finds every host of the mesh

  --advertise IP    with --bootstrap and --join: the address that other hosts reach this one at
  --install-monitoring
                    with --bootstrap and --join: the same, once the agent runs
  --lxd             with --deps, --bootstrap and --join: LXD as well; hosts without it get no nodes of kind lxd
  --no-service      with --bootstrap and --join: install no service; you start `skein run` yourself

Root is needed; a user with sudo may run it too. Every form may be repeated. Debian and Ubuntu only.
TEXT
}

# --- Packages --------------------------------------------------------------------------------------------------------
# Command that tells whether it is there : package that brings it
NEEDED='dockerd:docker.io docker:docker-cli ovs-vswitchd:openvswitch-switch wg:wireguard-tools ip:iproute2 iperf3:iperf3
ethtool:ethtool tcpdump:tcpdump ping:iputils-ping jq:jq busybox:busybox-static nft:nftables curl:curl
update-ca-certificates:ca-certificates sysctl:procps'

check_distribution() {
  local ID='' ID_LIKE='' PRETTY_NAME='this system' all
  # shellcheck source=/dev/null
  [ ! -r /etc/os-release ] || . /etc/os-release
  case " $ID $ID_LIKE " in *" debian "* | *" ubuntu "*) return ;; esac
  all=$(for p in $NEEDED; do printf '%s ' "${p%%:*}"; done)
  die "$PRETTY_NAME is neither Debian nor Ubuntu; install by hand what brings these commands: ${all}wireguard-go (where the kernel has no WireGuard) and Node.js $NODE_AT_LEAST or newer, then run: npm ci"
}

kernel_has_wireguard() {
  [ -e /sys/module/wireguard ] || modprobe wireguard 2>/dev/null && return
  ip link add name skeinprobe type wireguard 2>/dev/null && ip link del skeinprobe
}

# debian_has PACKAGE: some releases put the docker command into docker.io, some into docker-cli.
debian_has() { [ -n "$(apt-cache policy "$1" 2>/dev/null | sed -n 's/^  Candidate: \((none)\)\{0,1\}//p')" ]; }

missing_packages() {
  local p out=()
  [ -z "$LXD" ] || command -v lxd >/dev/null || out+=(lxd)
  for p in $NEEDED; do command -v "${p%%:*}" >/dev/null || out+=("${p#*:}"); done
  # The stand-in images need a busybox that brings its own libraries.
  ! ldd "$(command -v busybox)" >/dev/null 2>&1 || out+=(busybox-static)
  command -v wireguard-go >/dev/null || kernel_has_wireguard || out+=(wireguard-go)
  [ -n "$(new_enough_node)" ] || command -v npm >/dev/null || out+=(npm)
  echo "${out[*]}"
}

install_packages() {
  local wanted p list=()
  wanted=$(missing_packages)
  if [ -z "$wanted" ]; then note "  packages: all there"; return; fi
  note "  packages: apt-get update"
  apt-get -qq update || note "  apt-get update had errors; going on"
  for p in $wanted; do
    [ "$p" = docker-cli ] && ! debian_has docker-cli && continue
    list+=("$p")
  done
  if [ "${#list[@]}" -gt 0 ]; then
    note "  packages: installing ${list[*]}"
    DEBIAN_FRONTEND=noninteractive apt-get -y -qq -o Dpkg::Use-Pty=0 install --no-install-recommends "${list[@]}" >/dev/null ||
      die "apt-get could not install these packages: ${list[*]}; mend that, then run this again."
  fi
  wanted=$(missing_packages)
  [ -z "$wanted" ] || die "still missing after installing: $wanted; see apt-get's messages above."
}

# --- Node.js ---------------------------------------------------------------------------------------------------------
# new_enough_node: prints the path of the Node.js to use, or nothing.
new_enough_node() {
  local n v
  for n in "$HOME_OF_NODE/node_modules/.bin/node" "$(command -v node || true)"; do
    [ -x "$n" ] || continue
    v=$("$n" -p process.versions.node 2>/dev/null) || continue
    if [ "$(printf '%s\n' "$NODE_AT_LEAST" "$v" | sort -V | head -n 1)" = "$NODE_AT_LEAST" ]; then readlink -f "$n"; return; fi
  done
}

install_node() {
  NODE=$(new_enough_node)
  if [ -z "$NODE" ]; then
    note "  Node.js: installing version 24 into $HOME_OF_NODE"
    mkdir -p "$HOME_OF_NODE"
    npm install --prefix "$HOME_OF_NODE" --no-audit --no-fund --loglevel=error node@24 npm@11 >&2 ||
      die "npm could not install Node.js 24; check that the npm registry can be reached: npm ping"
    NODE=$(new_enough_node)
    # The package fetches the program in an install script; where npm runs none, the package it would fetch will do.
    if [ -z "$NODE" ]; then
      local cpu; cpu=$(uname -m); case $cpu in x86_64) cpu=x64 ;; aarch64) cpu=arm64 ;; esac
      npm install --prefix "$HOME_OF_NODE" --no-audit --no-fund --loglevel=error "node-linux-$cpu@24" >&2 || true
      ln -sf "../node-linux-$cpu/bin/node" "$HOME_OF_NODE/node_modules/.bin/node"
      NODE=$(new_enough_node)
    fi
    [ -n "$NODE" ] || die "Node.js 24 was installed but does not run; install Node.js $NODE_AT_LEAST or newer by hand, then run this again."
  fi
  note "  Node.js: $("$NODE" --version) at $NODE"
}

# npm_in_step: true when node_modules holds just what package-lock.json says (npm keeps its own list of what it put there).
npm_in_step() {
  local have=$CHECKOUT/node_modules/.package-lock.json
  [ -e "$have" ] && jq -en --slurpfile lock "$CHECKOUT/package-lock.json" --slurpfile tree "$have" '
    ($lock[0].packages | del(.[""])) as $want | $tree[0].packages as $have
    | all($want | to_entries[]; .value.optional or .value.version == $have[.key].version)
      and all($have | to_entries[]; .value.version == $want[.key].version)' >/dev/null
}

# in_checkout ARGS...: our Node.js there. In a user's checkout the files stay the user's.
in_checkout() {
  local owner as=()
  owner=$(stat -c %u "$CHECKOUT")
  [ "$owner" = 0 ] || as=(setpriv --reuid "$owner" --regid "$(stat -c %g "$CHECKOUT")" --clear-groups
    env "HOME=$(getent passwd "$owner" | cut -d: -f6)")
  # npm takes the packages that suit the Node.js it runs under, so that has to be ours.
  env -C "$CHECKOUT" "PATH=${NODE%/*}:$PATH" "${as[@]}" "$NODE" "$@"
}

install_modules() {
  local npm log run
  if npm_in_step; then note "  npm packages: all there"; return; fi
  npm=$HOME_OF_NODE/node_modules/npm/bin/npm-cli.js
  [ -e "$npm" ] || npm=$(readlink -f "$(command -v npm)")
  run=(in_checkout "$npm")
  note "  npm packages: npm ci"
  if log=$("${run[@]}" ci --no-audit --no-fund --loglevel=error 2>&1); then return; fi
  # A lock file made at a registry that lacks optional packages for other systems is refused by "ci". "install" takes
  # the same versions from it and, told not to save, leaves it as it is.
  if [[ $log = *EUSAGE* ]]; then
    note "  npm packages: the lock file misses packages for other systems; npm install --no-save"
    if log=$("${run[@]}" install --no-save --no-audit --no-fund --loglevel=error 2>&1); then return; fi
  fi
  note "$log"
  die "npm could not install the packages of $CHECKOUT; where it could not reach its registry, mend that, then run this again."
}

# What browsers are given; made anew where something it is made of is newer.
build_pages() {
  local made=$CHECKOUT/ui/dist/index.html log
  if [ -e "$made" ] && [ -z "$(find "$CHECKOUT/ui" "$CHECKOUT/node/core" "$CHECKOUT/package-lock.json" -path "$CHECKOUT/ui/dist" -prune -o \
    -type f -newer "$made" -print -quit)" ]; then note "  pages: all there"; return; fi
  log=$(in_checkout node_modules/vite/bin/vite.js build --config ui/vite.config.ts --logLevel warn 2>&1) || { note "$log"; die "the pages could not be built."; }
  note "  pages: built"
}

# Node.js keeps what it made of our TypeScript; done here, no first start has to wait for it.
compile_code() {
  "$NODE" --input-type=module -e '
    const load = (name) => import(`${process.argv[1]}/node/${name}.ts`)
    const { keepCompiledCode } = await load("platform/code-cache")
    keepCompiledCode()
    await Promise.all(["cli/index", "daemon", "setup"].map(load))' "$CHECKOUT" || die "the code in $CHECKOUT does not load."
  note "  code: compiled"
}

install_command() {
  local new; new=$(mktemp "$COMMAND.XXXXXX")
  # Told before it starts, Node.js takes no types out of the first files either: a tenth of a second of each command.
  cat >"$new" <<END
#!/bin/sh
# Written by install.sh: Skein from its checkout, under a Node.js that is new enough.
[ ! -O $CODE ] || export NODE_COMPILE_CACHE=$CODE
exec $(printf '%q %q' "$NODE" "$CHECKOUT/node/main.ts") "\$@"
END
  chmod 755 "$new"; mv "$new" "$COMMAND"
  getent group skein >/dev/null || groupadd --system skein
  note "  command: $COMMAND"
}

# Without the kernel's datapath Open vSwitch is eight times faster when it may hand on large segments. It takes that
# option at its start only, and taking it later would break existing ports.
tune_openvswitch() {
  [ ! -e /sys/module/openvswitch ] && ! modprobe openvswitch 2>/dev/null && [ -d /run/systemd/system ] || return 0
  ovs-vsctl --timeout=5 show >/dev/null 2>&1 || return 0
  [ "$(ovs-vsctl --timeout=5 --if-exists get Open_vSwitch . other_config:userspace-tso-enable)" != '"true"' ] || return 0
  if [ -n "$(ovs-vsctl --timeout=5 list-br)" ]; then
    note "  Open vSwitch: left alone, it has bridges already (userspace-tso-enable would make it faster)"; return
  fi
  ovs-vsctl --timeout=5 set Open_vSwitch . other_config:userspace-tso-enable=true
  systemctl restart ovs-vswitchd.service
  note "  Open vSwitch: segmentation offload switched on"
}

# LXD cannot make an instance before it has a place for disks; nothing else of it is set up.
prepare_lxd() {
  local api=(curl -sS --max-time 60 --unix-socket /var/lib/lxd/unix.socket -H 'content-type: application/json')
  [ -n "$LXD" ] || return 0
  [ ! -d /run/systemd/system ] || systemctl start lxd.socket 2>/dev/null || true
  if ! "${api[@]}" http://lxd/1.0 >/dev/null 2>&1; then
    note "  LXD: installed, but it does not answer; start it, then run this again"; return
  fi
  if [ "$("${api[@]}" http://lxd/1.0/storage-pools | jq '.metadata | length')" != 0 ]; then note "  LXD: has a storage pool"; return; fi
  "${api[@]}" http://lxd/1.0/storage-pools -d '{"name": "default", "driver": "dir"}' | jq -e '.type == "sync"' >/dev/null ||
    die "LXD could not make its storage pool; make one: lxc storage create default dir"
  note "  LXD: storage pool made"
}

install_deps() {
  check_distribution
  install_packages; install_node; install_modules; build_pages; compile_code; install_command; tune_openvswitch; prepare_lxd
}

# --- Membership ------------------------------------------------------------------------------------------------------
become_member() { # skein bootstrap or skein join, then the service
  local args=(--name "$NAME")
  [ -n "$NAME" ] || die "--$ACTION needs the host's name: --name b"
  [ -z "$ADVERTISE" ] || args+=(--advertise "$ADVERTISE")
  install_deps
  if [ -e "$MEMBERSHIP" ]; then
    note "This machine is a member of a mesh already ($MEMBERSHIP); it stays what it is."
  else case $ACTION in
    bootstrap) "$COMMAND" bootstrap "${args[@]}" ;;
    join) "$COMMAND" join - "${args[@]}" <<<"$TOKEN" ;;
  esac || die "this machine is no member yet; mend what is said above, then run this again."; fi
  if [ "$SERVICE" = yes ] && [ -d /run/systemd/system ]; then start_service; return; fi
  note "Start the agent and keep it running (it runs in the foreground):"
  echo "skein run"
}

start_service() {
  install -m 644 "$CHECKOUT/ops/systemd/skein.service" "$UNIT"
  systemctl daemon-reload
  if ! systemctl enable --quiet skein.service || ! systemctl restart skein.service; then
    die "the service did not start; look at: journalctl -u skein.service"
  fi
  note "The agent runs as skein.service. Next: skein host ls"
}

# Prometheus asks the agent which hosts there are, so that has to run.
install_monitoring() {
  local socket=${SKEIN_SOCKET:-/run/skein/skein.sock} patience=5
  [ -z "$ACTION" ] || [ "$SERVICE" = no ] || [ ! -d /run/systemd/system ] || patience=60
  if ! wait_until $patience curl -sf --max-time 5 --unix-socket "$socket" http://skein/healthz; then
    note "No agent answers at $socket yet. Once it does: $CHECKOUT/ops/monitoring up"; return
  fi
  "$CHECKOUT/ops/monitoring" up
}

# as_root ARGS...: a user with sudo goes on as root. A token passes on standard input, not in sudo's log.
as_root() {
  [ "$EUID" != 0 ] || return 0
  command -v sudo >/dev/null || die "installing needs root, and this machine has no sudo; run this as root."
  if [ -n "$TOKEN" ]; then
    exec sudo -- "$CHECKOUT/install.sh" "${REST[@]}" --join - <<<"$TOKEN"
  fi
  exec sudo -- "$CHECKOUT/install.sh" "${REST[@]}"
}

value() { [ -n "${2:-}" ] || die "$1 needs a value; install.sh --help explains."; }

ACTION='' NAME='' ADVERTISE='' TOKEN='' SERVICE=yes DOWN='' LXD='' MONITORING='' REST=()
action() { [ -z "$ACTION" ] || die "--$ACTION and --$1 do not go together; install.sh --help explains."; ACTION=$1; }
while [ $# -gt 0 ]; do
  case $1 in
    --deps | --demo | --bootstrap) action "${1#--}"; REST+=("$1") ;;
    --join) value "$@"; action join; TOKEN=$2; shift ;;
    --name) value "$@"; NAME=$2; REST+=("$1" "$2"); shift ;;
    --advertise) value "$@"; ADVERTISE=$2; REST+=("$1" "$2"); shift ;;
    --no-service) SERVICE=no; REST+=("$1") ;;
    --lxd) LXD=yes; REST+=("$1") ;;
    --install-monitoring) MONITORING=yes; REST+=("$1") ;;
    --down) DOWN=down; REST+=("$1") ;;
    -h | --help) usage; exit ;;
    -*) die "unknown option '$1'; install.sh --help lists them." ;;
    *) die "an argument that belongs to no option; install.sh --help explains." ;; # not shown: it may be a token
  esac
  shift
done
case $MONITORING-$ACTION in
  yes-demo | yes-deps) die "--$ACTION and --install-monitoring do not go together; install.sh --help explains." ;;
esac
if [ "$TOKEN" = - ]; then IFS= read -r TOKEN || [ -n "$TOKEN" ] || die "no token on standard input."; fi
case $ACTION in
  '') [ -n "$MONITORING" ] || { usage; exit 1; }
    as_root; install_monitoring ;;
  demo) as_root; exec "$CHECKOUT/scripts/demo.sh" ${DOWN:+"$DOWN"} ;;
  deps) as_root; install_deps ;;
  *) as_root; become_member; [ -z "$MONITORING" ] || install_monitoring ;;
esac
