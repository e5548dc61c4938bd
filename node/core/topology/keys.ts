/** The keys one place of a lab file may hold, and what is said about the others. */
export interface KeySet {
  /** As in "unknown key in …". */
  readonly place: string
  readonly supported: readonly string[]
  /** Right in a containerlab file, without effect here so far. */
  readonly notYet: readonly string[]
  /** Old or foreign words, and what to write in their place. */
  readonly replaced: Readonly<Record<string, string>>
}

/** `mgmt-ipv4` for `mgmt_ipv4`: containerlab used underscores once, and fingers still do. */
const underscored = (keys: readonly string[]): Record<string, string> =>
  Object.fromEntries(keys.filter((key) => key.includes('-')).map((key) => [key.replaceAll('-', '_'), key]))

const keySet = (place: string, keys: Partial<Omit<KeySet, 'place'>>): KeySet => {
  const { supported = [], notYet = [], replaced = {} } = keys
  return { place, supported, notYet, replaced: { ...underscored([...supported, ...notYet]), ...replaced } }
}

/** containerlab's `topology.nodes.<name>`, also for `defaults` and each entry of `kinds` and `groups`; `host` is ours. */
export const NODE_KEYS = keySet('a node', {
  supported: [
    ...['kind', 'image', 'cmd', 'entrypoint', 'exec', 'binds', 'env', 'ports', 'labels', 'group', 'sysctls', 'user'],
    ...['cpu', 'memory', 'network-mode', 'startup-delay', 'host'],
  ],
  notYet: [
    ...[
      'aliases',
      'auto-remove',
      'cap-add',
      'certificate',
      'components',
      'config',
      'cpu-set',
      'credentials',
      'devices',
    ],
    ...[
      'dns',
      'enforce-startup-config',
      'env-files',
      'extras',
      'healthcheck',
      'hostname',
      'image-pull-policy',
      'license',
    ],
    ...['mgmt-ipv4', 'mgmt-ipv6', 'position', 'privileged', 'restart-policy', 'runtime', 'sandbox', 'security-opts'],
    ...['shm-size', 'stages', 'startup-config', 'suppress-startup-config', 'tmpfs', 'type', 'ulimits', 'volumes'],
  ],
  replaced: {
    command: 'cmd',
    sysctl: 'sysctls',
    commands: 'exec',
    environment: 'env',
    publish: 'ports',
    cpus: 'cpu',
    mem: 'memory',
    mem_limit: 'memory',
  },
})

/** The file's own level. `nodes` and `links` stand here in the short form, without `topology`. */
export const TOP_KEYS = keySet('the file', {
  supported: ['name', 'prefix', 'mgmt', 'topology', 'nodes', 'links'],
  notYet: ['settings', 'debug'],
})

/** Keys that were dropped without a successor, at the file's own level. */
export const DROPPED_TOP_KEYS: readonly string[] = ['version']

export const TOPOLOGY_KEYS = keySet('`topology`', { supported: ['defaults', 'kinds', 'groups', 'nodes', 'links'] })

/** containerlab's `mgmt`: read so that mistakes show, used by nothing yet. */
export const MGMT_KEYS = keySet('`mgmt`', {
  supported: [
    ...['network', 'bridge', 'ipv4-subnet', 'ipv6-subnet', 'ipv4-gw', 'ipv6-gw', 'ipv4-range', 'ipv6-range', 'mtu'],
    ...['external-access', 'driver-opts'],
  ],
  notYet: [],
  replaced: { subnet: 'ipv4-subnet' },
})

/** A link with `endpoints`, with or without `type: veth`. */
export const LINK_KEYS = keySet('a link', {
  supported: ['endpoints', 'type', 'mtu', 'ipv4', 'ipv6'],
  notYet: ['vars', 'labels'],
  replaced: { ends: 'endpoints', endpoint: 'endpoints' },
})

/** One end of a link, where it is a map in `endpoints`. */
export const ENDPOINT_KEYS = keySet('a link end', {
  supported: ['node', 'interface', 'ipv4', 'ipv6'],
  notYet: ['mac', 'vars'],
  replaced: { ifname: 'interface', name: 'node' },
})

/** One end of a link that is written as `node: {ifname: …}`. */
export const NAMED_END_KEYS = keySet('a link end', {
  supported: ['ifname', 'ipv4', 'ipv6'],
  notYet: ['mac', 'vars'],
  replaced: { interface: 'ifname', intf: 'ifname', ip: 'ipv4' },
})

/** containerlab's other link types, and the short ends `host:eth1` that stand for some of them. */
export const OTHER_LINK_TYPES: readonly string[] = ['host', 'mgmt-net', 'macvlan', 'vxlan', 'vxlan-stitch', 'dummy']
export const OTHER_ENDS: readonly string[] = ['host', 'mgmt-net', 'macvlan']

export const SUPPORTED_KINDS: readonly string[] = ['linux', 'bridge', 'ovs-bridge']

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
]
