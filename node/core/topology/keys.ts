import { differs, type KeyRow, type KeySet, keySet, same, unsupported } from './key-row.ts'
import { NODE_KEY_ROWS } from './node-keys.ts'

export type { KeySet } from './key-row.ts'

/** Of nodes, and of `defaults`, kinds and groups. */
export const NODE_KEYS = keySet('a node', NODE_KEY_ROWS, {
  command: 'cmd',
  sysctl: 'sysctls',
  commands: 'exec',
  environment: 'env',
  publish: 'ports',
  cpus: 'cpu',
  mem: 'memory',
  mem_limit: 'memory',
  'wait-for': 'stages',
})

/** The file's own level. `nodes` and `links` stand here in the short form, without `topology`. */
export const TOP_KEYS = keySet('the file', [
  same('name', 'the name of the lab'),
  same('prefix', "of container names: `clab` unless said, empty for none, `__lab-name` for the lab's name alone"),
  same('mgmt', 'the management network, one for all hosts of the lab'),
  same('topology', 'holds `defaults`, `kinds`, `groups`, `nodes` and `links`'),
  differs('nodes', 'ours: the short form, without `topology`'),
  differs('links', 'ours: the short form, without `topology`'),
  unsupported('settings', 'for certificates, which are not made'),
  unsupported('debug', 'for containerlab itself'),
])

/** Keys that were dropped without a successor, at the file's own level. */
export const DROPPED_TOP_KEYS: readonly string[] = ['version']

/** Under `topology`. */
export const TOPOLOGY_KEYS = keySet('`topology`', [
  same('defaults', 'what every node draws on'),
  same('kinds', 'what the nodes of a kind draw on'),
  same('groups', 'what the nodes of a group draw on'),
  same('nodes', 'by name; a name alone is a node that draws on the others'),
  same('links', 'cables, and networks of more than two ends'),
])

/** containerlab's `mgmt`. */
export const MGMT_KEYS = keySet(
  '`mgmt`',
  [
    differs('network', 'the name of the network, `clab` unless said; labs with one name share it, over all hosts'),
    differs('bridge', 'read, and without effect: the network is a segment of the bridge all links are on'),
    same('ipv4-subnet', 'addresses of the nodes'),
    same('ipv6-subnet', 'addresses of the nodes'),
    same('ipv4-gw', 'the gateway'),
    same('ipv6-gw', 'the gateway'),
    same('ipv4-range', 'addresses nodes get by themselves'),
    same('ipv6-range', 'addresses nodes get by themselves'),
    differs('mtu', 'of the network; 1370 unless said, what the way between hosts carries whole'),
    differs('external-access', 'whether nodes reach out through their own host, IPv4'),
    same('skip-when-unused', 'as ever: a network that no node is in is not made'),
    differs('driver-opts', 'read, and without effect: no network of an engine is made'),
  ],
  { subnet: 'ipv4-subnet' },
)

/** What links of every form may say. */
const LINK_EXTRAS: readonly KeyRow[] = [
  differs('host', 'ours: the host that the end outside the nodes is on; the one that took the lab unless said'),
  same('vars', 'kept with the link for templates and tools; Skein reads `impairment` of them'),
  same('labels', 'kept with the link'),
  differs(
    'impairment',
    'ours: what frames suffer that its ends send; see impairments.md; in `vars` containerlab lets it pass',
  ),
]

/** What frames of a link are to suffer. */
export const IMPAIRMENT_KEYS = keySet(
  '`impairment`',
  [
    differs('delay', 'ours: as in `10ms`, one way'),
    differs('jitter', 'ours: around the delay'),
    differs('loss', 'ours: as in `1%`'),
    differs('corrupt', 'ours: the share of frames in which one bit is turned'),
    differs('rate', 'ours: as in `10mbit`'),
    differs('down', 'ours: `true` for no carrier at both ends'),
    differs('flap', 'ours: how long it is down and how long up, as in `5s/10s`'),
  ],
  { corruption: 'corrupt', 'packet-loss': 'loss', bandwidth: 'rate', latency: 'delay' },
)

/** A link with `endpoints`, with or without `type: veth`. */
export const LINK_KEYS = keySet(
  'a link',
  [
    same('endpoints', 'two ends, or more than two for a network of their own'),
    same('type', '`veth`, or another form of link'),
    differs(
      'mtu',
      'asked of the whole way, also between hosts; absent means 9500; what the way does not carry whole goes in pieces',
    ),
    same('ipv4', 'one address for each end, in their order'),
    same('ipv6', 'one address for each end, in their order'),
    ...LINK_EXTRAS,
  ],
  { ends: 'endpoints', endpoint: 'endpoints' },
)

const oneEnd = (type: string, ...rows: readonly KeyRow[]): KeySet =>
  keySet(
    `a link of type \`${type}\``,
    [
      type === 'dummy'
        ? differs('type', '`dummy`: a cable that is plugged in nowhere, as not every kernel has such devices')
        : same('type', `\`${type}\``),
      same('endpoint', 'the one end that is in a node'),
      ...rows,
      differs(
        'mtu',
        'asked of the whole way, also between hosts; absent means 9500; what the way does not carry whole goes in pieces',
      ),
      same('ipv4', 'of the end in the node, as the only item of a list'),
      same('ipv6', 'of the end in the node, as the only item of a list'),
      ...LINK_EXTRAS,
    ],
    { endpoints: 'endpoint' },
  )

const TUNNEL_ROWS: readonly KeyRow[] = [
  same('remote', 'the address of the other tunnel end'),
  same('vni', 'of the tunnel, from 1 to 16777215'),
  same('dst-port', 'UDP port of both ends; 14789 unless said'),
  same('udp-port', 'the old word for `dst-port`'),
  unsupported('src-port', 'the kernel chooses it by flow'),
  unsupported('parent-interface', 'the route to `remote` decides'),
]

/** Links that have one end in a node, by type. */
export const ONE_END_KEYS: Readonly<Record<string, KeySet>> = {
  host: oneEnd('host', differs('host-interface', 'a device of this name on one host, made for the link')),
  'mgmt-net': oneEnd('mgmt-net', differs('host-interface', 'names the end; the other end is the management network')),
  macvlan: oneEnd(
    'macvlan',
    differs('host-interface', 'of the host the node runs on, which is the one that took the lab unless said otherwise'),
    differs('mode', '`bridge`, `vepa`, `private` or `passthru`; `source` is made as `bridge`'),
  ),
  vxlan: oneEnd('vxlan', ...TUNNEL_ROWS),
  'vxlan-stitch': oneEnd('vxlan-stitch', ...TUNNEL_ROWS),
  dummy: oneEnd('dummy'),
}

/** One end of a link, where it is a map in `endpoints`. */
export const ENDPOINT_KEYS = keySet(
  'a link end',
  [
    same('node', 'the node'),
    same('interface', 'the interface in the node'),
    same('ipv4', 'with prefix length'),
    same('ipv6', 'with prefix length'),
    same('mac', 'unicast; the mesh gives one where none is written'),
    same('vars', 'kept with the end for templates and tools; Skein reads `impairment` of them'),
    differs('impairment', 'ours: what frames suffer that this end sends'),
  ],
  { ifname: 'interface', name: 'node' },
)

/** One end of a link that is written as `node: {ifname: …}`. */
export const NAMED_END_KEYS = keySet(
  'a link end',
  [
    differs('ifname', 'ours: the interface in the node'),
    same('ipv4', 'with prefix length'),
    same('ipv6', 'with prefix length'),
    same('mac', 'unicast; the mesh gives one where none is written'),
    same('vars', 'kept with the end for templates and tools; Skein reads `impairment` of them'),
    differs('impairment', 'ours: what frames suffer that this end sends'),
  ],
  { interface: 'ifname', intf: 'ifname', ip: 'ipv4' },
)

/** Types of links between nodes: how they are made is ours to decide. */
export const CABLE_TYPES: readonly string[] = ['veth', 'veth-stitch']
/** The short ends `host:eth1`, which stand for links of these types. */
export const OTHER_ENDS: readonly string[] = ['host', 'mgmt-net', 'macvlan']

export const SUPPORTED_KINDS: readonly string[] = ['linux', 'lxd', 'bridge', 'ovs-bridge']

/** Kinds containerlab has and Skein has not yet; its registry of node kinds, with the short names. */
export const OTHER_KINDS: readonly string[] = [
  ...[
    '6wind_vsr',
    'arista_ceos',
    'arista_veos',
    'arrcus_arcos',
    'aruba_aoscx',
    'border0',
    'ceos',
    'checkpoint_cloudguard',
  ],
  ...[
    'cisco_asav',
    'cisco_c8000',
    'cisco_c8000v',
    'cisco_cat9kv',
    'cisco_csr1000v',
    'cisco_ftdv',
    'cisco_iol',
    'cisco_n9kv',
  ],
  ...['cisco_nxos', 'cisco_sdwan', 'cisco_vios', 'cisco_xrd', 'cisco_xrv', 'cisco_xrv9k', 'crpd', 'cumulus_cvx', 'cvx'],
  ...['dell_ftosv', 'dell_sonic', 'dent', 'ext-container', 'f5_bigip-ve', 'fortinet_fortigate', 'fdio_vpp', 'freebsd'],
  ...[
    'generic_vm',
    'host',
    'huawei_vrp',
    'ipinfusion_ocnos',
    'juniper_cjunosevolved',
    'juniper_crpd',
    'juniper_vjunosevolved',
  ],
  ...[
    'juniper_vjunosrouter',
    'juniper_vjunosswitch',
    'juniper_vmx',
    'juniper_vqfx',
    'juniper_vsrx',
    'k8s-kind',
    'keysight_ixia-c-one',
  ],
  ...[
    'mikrotik_ros',
    'nokia_srlinux',
    'nokia_srsim',
    'nokia_sros',
    'openbsd',
    'openwrt',
    'ostinato',
    'paloalto_panos',
    'rare',
  ],
  ...[
    'sonic-vm',
    'sonic-vs',
    'srl',
    'vr-csr',
    'vr-ros',
    'vr-sros',
    'vr-veos',
    'vr-vmx',
    'vr-vqfx',
    'vr-xrv',
    'vr-xrv9k',
    'vyosnetworks_vyos',
  ],
  ...['xrd', 'zte_vsr'],
  ...['ciena_saos', 'cisco_xrd_vrouter', 'juniper_csrx', 'nvidia_cumulusvx', 'plvision_sonic', 'spirent_stc'],
  'veesix_osvbng',
]
