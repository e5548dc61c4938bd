/** How one kind of harm is done. */
interface Harm {
  /** How often it is chosen, against the others. */
  readonly weight: number
  /** At least and at most; 0 where it is over at once. */
  readonly lastsMs: readonly [number, number]
  /** Run by sh on the host after {@link PRELUDE}, with PICK and FOR_S set. What lasts and has none is done from outside. */
  readonly script?: string
}

/**
 * Functions of the harm scripts. `pick` takes one line of its input, as the plan says; `a_nic` sets NIC (the host end), DEV and PID (the inner
 * end's name and namespace). Exit code 3: there is nothing to harm.
 */
const PRELUDE = `
set -u
pick() { sort | awk -v r="$PICK" '{ l[NR] = $0 } END { if (NR) print l[1 + int(r * NR)] }'; }
or_none() { [ -n "$1" ] || exit 3; }
a_node() { NODE=$(docker ps -a --filter label=skein=workload --format '{{.Names}}' | pick); or_none "$NODE"; }
a_vtep() { VTEP=$(ip -o link show type vxlan | sed -n 's/^[0-9]*: \\(skv[0-9a-f]*\\):.*/\\1/p' | pick); or_none "$VTEP"; }
a_port() { PORT=$(ovs-vsctl --timeout=5 list-ports skein0 | grep '^sk[nv]' | pick); or_none "$PORT"; }
a_way() { WAY=$(ovs-ofctl --timeout=5 --no-stats dump-flows skein0 | sed -n 's/.*cookie=0x736b65696e.*in_port=\\([0-9]*\\) .*/\\1/p' | pick); or_none "$WAY"; }
a_nic() {
  set -- $(ip -o link | sed -n 's/^[0-9]*: \\(skn[0-9a-f]*\\)@.*alias skein:nic:\\([^:]*\\):\\([^:]*\\):\\([^ \\\\]*\\).*/\\1 \\2 \\3 \\4/p' | pick)
  or_none "\${1:-}"; NIC=$1 DEV=$4
  PID=$(docker inspect -f '{{.State.Pid}}' "clab-$2-$3"); or_none "$PID"; [ "$PID" != 0 ] || exit 3
}
inside() { nsenter -t "$PID" -n "$@"; }
once() { exec 9>"/run/chaos-$1"; flock -n 9 || exit 3; }
`

/** The script that does a harm; undefined where it is done from outside the host. */
export const scriptOf = (type: HarmType): string | undefined =>
  HARMS[type].script === undefined ? undefined : `${PRELUDE}\n${HARMS[type].script}`

/** True for what takes a whole host, or a cable, for a while. Until it is over nobody can know the truth of what it touches. */
export const isLasting = (type: HarmType): boolean => HARMS[type].script === undefined

const AT_ONCE = [0, 0] as const
const daemon = (weight: number, script: string): Harm => ({ weight, lastsMs: [200, 4_000], script })
const harm = (weight: number, script: string): Harm => ({ weight, lastsMs: AT_ONCE, script })
const lasting = (weight: number, fromMs: number, toMs: number): Harm => ({ weight, lastsMs: [fromMs, toMs] })

/** Ends a daemon; who looks after it in a real host (systemd) starts it again after FOR_S. */
const away = (process: string): string => `once ${process}
kill -9 $(pidof ${process}) || exit 3
sleep "$FOR_S"
"$TESTBED" _daemons 9>&-`

const KINDS = {
  'docker-restart': harm(5, 'a_node; docker restart -t 0 "$NODE"'),
  'docker-restart-storm': harm(2, 'a_node; for i in 1 2 3 4 5; do docker restart -t 0 "$NODE"; done'),
  'docker-kill': harm(3, 'a_node; docker kill "$NODE"'),
  'docker-pause': harm(2, 'a_node; docker pause "$NODE"'),
  'docker-rm': harm(3, 'a_node; docker rm -f "$NODE"'),
  'docker-stop': harm(3, 'a_node; docker stop -t 0 "$NODE"'),
  'port-deleted': harm(5, 'a_port; ovs-vsctl --timeout=5 --if-exists del-port "$PORT"'),
  'port-wrong-tag': harm(
    5,
    'a_port; ovs-vsctl --timeout=5 set Port "$PORT" tag="$(awk -v r="$PICK" \'BEGIN { print 4000 + int(r * 90) }\')"',
  ),
  'port-unmarked': harm(2, 'a_port; ovs-vsctl --timeout=5 remove Port "$PORT" external_ids skein'),
  'vtep-wrong-vni': harm(
    3,
    `a_vtep; set -- $(ip -d -o link show "$VTEP" | sed -n 's/.*alias \\(skein:[^ \\\\]*\\).*/\\1/p') $(ip -d -o link show "$VTEP" | sed -n 's/.* local \\([0-9.]*\\) .*dstport \\([0-9]*\\) .*/\\1 \\2/p')
or_none "\${3:-}"; ip link del "$VTEP"; ip link add "$VTEP" type vxlan id 16000123 local "$2" dstport "$3" nolearning
ip link set "$VTEP" alias "$1"; ip link set "$VTEP" up`,
  ),
  'vtep-deleted': harm(4, 'a_vtep; ip link del "$VTEP"'),
  'vtep-down': harm(3, 'a_vtep; ip link set "$VTEP" down'),
  'vtep-mtu': harm(2, 'a_vtep; ip link set "$VTEP" mtu 900'),
  'flood-removed': harm(
    4,
    'a_vtep; D=$(bridge fdb show dev "$VTEP" | sed -n "s/^00:00:00:00:00:00 dst \\([0-9.]*\\).*/\\1/p" | pick); or_none "$D"; bridge fdb del 00:00:00:00:00:00 dev "$VTEP" dst "$D"',
  ),
  'flood-added': harm(3, 'a_vtep; bridge fdb append 00:00:00:00:00:00 dev "$VTEP" dst 10.213.0.201'),
  'nic-deleted': harm(4, 'a_nic; ip link del "$NIC"'),
  'nic-down': harm(3, 'a_nic; ip link set "$NIC" down'),
  'nic-mtu': harm(2, 'a_nic; ip link set "$NIC" mtu 800'),
  'inner-down': harm(3, 'a_nic; inside ip link set "$DEV" down'),
  'inner-mtu': harm(3, 'a_nic; inside ip link set "$DEV" mtu 700'),
  'inner-mac': harm(3, 'a_nic; inside ip link set "$DEV" address 02:00:00:00:99:99'),
  'inner-flushed': harm(3, 'a_nic; inside ip addr flush dev "$DEV"'),
  'inner-renamed': harm(2, 'a_nic; inside ip link set "$DEV" down; inside ip link set "$DEV" name other0'),
  'inner-offload': harm(2, 'a_nic; inside ethtool -K "$DEV" tx off'),
  'bridge-deleted': harm(2, 'once plants; ovs-vsctl --timeout=5 --if-exists del-br skein0; rm -f /run/chaos-port'),
  'flows-deleted': harm(3, 'ovs-ofctl --timeout=5 del-flows skein0'),
  'flow-added': harm(
    3,
    'ovs-ofctl --timeout=5 add-flow skein0 priority=9,ip,actions=drop; ovs-ofctl --timeout=5 add-flow skein0 priority=9,arp,actions=drop',
  ),
  'wire-cut': harm(3, 'a_way; ovs-ofctl --timeout=5 --strict del-flows skein0 "priority=100,in_port=$WAY"'),
  'wire-drops': harm(3, 'a_way; ovs-ofctl --timeout=5 mod-flows skein0 "in_port=$WAY,actions=drop"'),
  'vswitchd-killed': daemon(3, away('ovs-vswitchd')),
  'ovsdb-killed': daemon(3, away('ovsdb-server')),
  'dockerd-killed': daemon(2, away('dockerd')),
  'containerd-killed': harm(2, 'kill -9 $(pidof containerd) || exit 3'),
  'wg-deleted': harm(2, 'ip link del skw0'),
  'wg-down': harm(2, 'ip link set skw0 down'),
  'wg-address-flushed': harm(2, 'ip addr flush dev skw0'),
  'wg-peer-removed': harm(3, 'P=$(wg show skw0 peers | pick); or_none "$P"; wg set skw0 peer "$P" remove'),
  'wireguard-go-killed': harm(2, 'kill -9 $(pgrep -f "^wireguard-go skw0") || exit 3'),
  'agent-killed': lasting(4, 200, 6_000),
  'leader-killed': lasting(2, 500, 6_000),
  'agent-stopped': lasting(3, 500, 9_000),
  'power-off': lasting(3, 500, 12_000),
  'cut-off': lasting(3, 1_000, 12_000),
  'cut-pair': lasting(3, 1_000, 15_000),
  'cut-one-way': lasting(3, 1_000, 12_000),
  'network-cut-pair': lasting(3, 1_000, 15_000),
  'cable-pulled': lasting(3, 1_000, 12_000),
} as const satisfies Record<string, Harm>

export type HarmType = keyof typeof KINDS

/** All that may be done to a host. */
export const HARMS: Readonly<Record<HarmType, Harm>> = KINDS
