# underlay.sh - the switch between the simulated hosts, their cables, and cuts. SW, P, T, NET, NETS, ON come from testbed.sh.
# shellcheck shell=bash disable=SC2153

make_switch() {
  local k
  exec 8>"$T/switch.lock"; flock 8
  if [ ! -e "$T/ready" ] || [ ! -e "/run/netns/$SW" ]; then
    if [ -e "/run/netns/$SW" ]; then ip netns del "$SW"; fi
    ip netns add "$SW"
    for k in "${NETS[@]}"; do
      echo "link add name net$k type bridge"; echo "link set net$k addrgenmode none"; echo "link set net$k up"
    done | ip -n "$SW" -batch -
    ip netns exec "$SW" nft -f - 2>"$T/nft.log" <<'NFT' || true
table bridge skein {
  set pairs { type ifname . ifname; }
  set alone { type ifname; }
  chain forward {
    type filter hook forward priority 0; policy accept;
    ether type arp accept
    iifname . oifname @pairs drop
    iifname @alone drop
    oifname @alone drop
  }
}
NFT
    printf '%s\n' "$NET" >"$T/ready"
  fi
  exec 8>&-
}

# ARP passes a cut: otherwise the kernel itself would report "host unreachable" after three seconds.
filter() { ip netns exec "$SW" nft "$@"; }
elements() { # INDEX1 INDEX2: both ways, on each network of ON
  local k out=()
  for k in "${ON[@]}"; do out+=("p$k-$1 . p$k-$2" "p$k-$2 . p$k-$1"); done
  local IFS=,; printf '{ %s }' "${out[*]}"
}
ports() { # INDEX: of each network of ON
  local k out=()
  for k in "${ON[@]}"; do out+=("p$k-$1"); done
  local IFS=,; printf '{ %s }' "${out[*]}"
}
check_filter() {
  filter list table bridge skein >/dev/null 2>&1 ||
    die "this kernel has no nftables for bridges (CONFIG_NF_TABLES_BRIDGE), so no cut: $(tail -n 1 "$T/nft.log")"
}
cut_to() { # H1 H2: one way, on each network of ON
  check_host "${1:-}"; check_host "${2:-}"; [ "$1" != "$2" ] || die "cut-to needs two different hosts."
  check_filter
  local k
  for k in "${ON[@]}"; do filter add element bridge skein pairs "{ p$k-${1#"$P"} . p$k-${2#"$P"} }"; done
}
cut_hosts() {
  check_host "${1:-}"; local i=${1#"$P"}
  check_filter
  if [ -z "${2:-}" ]; then filter add element bridge skein alone "$(ports "$i")"; return; fi
  check_host "$2"; [ "$1" != "$2" ] || die "cut needs two different hosts."
  filter add element bridge skein pairs "$(elements "$i" "${2#"$P"}")"
}
heal_hosts() {
  local h i
  if [ -z "${1:-}" ] && [ "${#ON[@]}" = 2 ]; then filter flush set bridge skein pairs; filter flush set bridge skein alone; return; fi
  check_host "$1"; i=${1#"$P"}
  if [ -n "${2:-}" ]; then check_host "$2"; uncut pairs "$(elements "$i" "${2#"$P"}")"; return; fi
  uncut alone "$(ports "$i")"
  for h in $(hosts); do [ "$h" = "$1" ] || uncut pairs "$(elements "$i" "${h#"$P"}")"; done
}
# uncut SET ELEMENTS: deleting asks for elements that exist, so add them first, in the same transaction.
uncut() { printf '%s element bridge skein %s %s\n' add "$1" "$2" delete "$1" "$2" | filter -f -; }

cable() { # H K up|down: at the switch, as when somebody pulls it
  check_host "$1"; [[ $2 =~ ^[12]$ ]] || die "$verb needs a network, 1 or 2: testbed.sh $verb $1 1"
  ip -n "$SW" link set "p$2-${1#"$P"}" "$3"
}

plug() { # H INDEX: the same addresses at every boot, as network cards have
  local h=$1 i=$2 k mac
  for k in "${NETS[@]}"; do
    printf -v mac '02:53:4b:%02x:00:%02x' "$k" "$i"
    echo "link add p$k-$i type veth peer name eth$((k - 1)) address $mac netns $h"
    echo "link set p$k-$i master net$k up"
  done | ip -n "$SW" -batch -
  for k in "${NETS[@]}"; do
    echo "addr add $NET.$k.$i/24 dev eth$((k - 1))"; echo "link set eth$((k - 1)) up"
  done | ip -n "$h" -batch -
}

door() { # this machine on the first network; goes with the switch
  [ -e "/run/netns/$SW" ] || die "no host is here yet; make some with: testbed.sh up 3"
  if [ ! -e "/sys/class/net/$P-door" ]; then
    ip link add "$P-door" type veth peer name door netns "$SW"
    ip -n "$SW" link set door master net1 up
  fi
  ip addr replace "$NET.1.254/24" dev "$P-door"
  ip link set "$P-door" up
}
