/** How one family of kinds names its interfaces, as containerlab's source has it (`nodes/`: regular expressions, offsets). */
export interface NamingRule {
  readonly kinds: readonly string[]
  /** Names of the vendor that stand for a Linux name. The groups of the pattern fill in `to`. */
  readonly aliases: readonly Alias[]
  /** Linux names the software inside understands. */
  readonly linux: RegExp
  /** The interface that is there without any link; `eth0` unless said. */
  readonly management?: string
  /** What a first link may be called; `eth1` unless said. */
  readonly firstLink?: string
  /** What people may write, as in "interfaces are called …". */
  readonly says: string
  /** The vendor's name of a Linux name, `$1` … for the groups of `linux`; a number of it may be counted otherwise. */
  readonly vendor?: { readonly form: string; readonly times?: number; readonly plus?: number; readonly slots?: number }
}

/** One way a vendor writes a name. */
export interface Alias {
  /** Of the whole name. */
  readonly pattern: RegExp
  /** The Linux name, `$1` … for groups; with `first` the one group is a number counted from there, and `ethN` from 1. */
  readonly to: string
  /** The number of the interface that is `eth1`; `step` between one and the next; in slots of so many, where there are two groups. */
  readonly first?: number
  readonly step?: number
  readonly slots?: number
}

const ETH = /^eth([1-9]\d*)$/

/** Kinds whose interfaces are numbered, and are `eth1` … inside. */
const numbered = (
  kinds: readonly string[],
  rule: { readonly pattern: RegExp; readonly first: number; readonly form: string },
): NamingRule => ({
  kinds,
  aliases: [{ pattern: rule.pattern, to: 'eth$1', first: rule.first }],
  linux: ETH,
  says: `\`${rule.form.replace('$1', 'X')}\` with X from ${rule.first}, or \`ethX\` with X from 1`,
  vendor: { form: rule.form, plus: rule.first - 1 },
})

/** Kinds of virtual machines with every name they go by. */
const vm = (vendor: string, ...models: readonly string[]): readonly string[] =>
  models.flatMap((model) => [`${vendor}_${model}`, `vr-${model}`, `vr-${vendor}_${model}`])

const JUNOS = /^(?:et|xe|ge)-0\/0\/(\d+)$/
const XR = /^(?:Gi|GigabitEthernet|Te|TenGigE|TenGigabitEthernet) ?0\/0\/0\/(\d+)$/

/** Every family there is a rule for; a kind that is in none takes any name Linux takes. */
export const NAMING_RULES: readonly NamingRule[] = [
  {
    kinds: ['srl', 'nokia_srlinux'],
    aliases: [
      { pattern: /^ethernet-([1-9]\d*)\/([1-9]\d*)$/, to: 'e$1-$2' },
      { pattern: /^ethernet-([1-9]\d*)\/([1-9]\d*)\/([1-9]\d*)$/, to: 'e$1-$2-$3' },
    ],
    linux: /^(?:e(\d+)-(\d+(?:-\d+)?)|mgmt0)$/,
    management: 'mgmt0',
    firstLink: 'e1-1',
    says: '`ethernet-1/1` or `e1-1`, of a channel `ethernet-1/1/1` or `e1-1-1`',
    vendor: { form: 'ethernet-$1/$2' },
  },
  {
    kinds: ['nokia_srsim'],
    aliases: [
      { pattern: /^(\d+)\/(\d+)\/(\d+)$/, to: 'e$1-$2-$3' },
      { pattern: /^(\d+)\/(x\d+)\/(\d+)\/(\d+)$/, to: 'e$1-$2-$3-$4' },
      { pattern: /^(\d+)\/(\d+)\/(c\d+)\/(\d+)$/, to: 'e$1-$2-$3-$4' },
      { pattern: /^(\d+)\/(x\d+)\/(\d+)\/(c\d+)\/(\d+)$/, to: 'e$1-$2-$3-$4-$5' },
    ],
    linux: /^(?:e(\d+)-((?:x\d+-)?\d+(?:-c\d+)?-\d+)|eth\d+)$/,
    firstLink: 'e1-1-1',
    says: '`1/1/1`, `1/1/c1/1`, `1/x1/1/1`, or `e1-1-1` and so on',
    vendor: { form: '$1/$2' },
  },
  {
    kinds: ['ceos', 'arista_ceos'],
    aliases: [
      { pattern: /^Ethernet ?([1-9]\d*)$/, to: 'eth$1' },
      { pattern: /^Ethernet ?([1-9]\d*)\/([1-9]\d*)$/, to: 'eth$1_$2' },
    ],
    linux: /^eth?([1-9][\w.]*)$/,
    says: '`Ethernet1`, `eth1` or `et1`; of a module `Ethernet1/1` or `eth1_1`',
    vendor: { form: 'Ethernet$1' },
  },
  {
    kinds: ['xrd', 'cisco_xrd'],
    aliases: [{ pattern: /^(?:Gi|GigabitEthernet) ?0\/0\/0\/(\d+)$/, to: 'Gi0-0-0-$1' }],
    linux: /^Gi0-0-0-(\d+)$/,
    firstLink: 'Gi0-0-0-0',
    says: '`Gi0-0-0-X` or `GigabitEthernet0/0/0/X` with X from 0',
    vendor: { form: 'GigabitEthernet0/0/0/$1' },
  },
  {
    kinds: ['c8000', 'cisco_c8000'],
    aliases: [{ pattern: /^(Fi|Hu|FH)0\/0\/0\/(\d+)$/, to: '$10_0_0_$2' }],
    linux: /^(Fi|Hu|FH)0_0_0_(\d+)$/,
    says: '`Hu0/0/0/X` or `Hu0_0_0_X`, also with `Fi` and `FH`',
    vendor: { form: '$10/0/0/$2' },
  },
  {
    kinds: ['sonic-vs', 'sonic-vm', 'dell_sonic', 'plvision_sonic'],
    aliases: [{ pattern: /^Ethernet(\d+)$/, to: 'eth$1', first: 0, step: 4 }],
    linux: ETH,
    says: '`Ethernet0`, `Ethernet4` and so on, or `ethX` with X from 1',
    vendor: { form: 'Ethernet$1', times: 4, plus: -4 },
  },
  {
    kinds: ['cisco_iol'],
    aliases: [{ pattern: /^(?:e|Ethernet) ?([0-9])\/([0-3])$/, to: 'eth$1', first: 1, slots: 4 }],
    linux: ETH,
    says: '`Ethernet0/1` to `Ethernet9/3`, or `ethX` with X from 1',
    vendor: { form: 'Ethernet$1', slots: 4 },
  },
  { kinds: ['vyosnetworks_vyos'], aliases: [], linux: ETH, says: '`ethX` with X from 1', vendor: { form: 'eth$1' } },
  {
    kinds: ['cvx', 'cumulus_cvx', 'arrcus_arcos'],
    aliases: [],
    linux: /^swp([\d.]+)$/,
    says: '`swpX`',
    vendor: { form: 'swp$1' },
  },
  ...[
    vm('juniper', 'vmx', 'vqfx', 'vsrx'),
    ['juniper_vjunosrouter', 'juniper_vjunosswitch', 'juniper_vjunosevolved'],
  ].map((kinds) => numbered(kinds, { pattern: JUNOS, first: 0, form: 'ge-0/0/$1' })),
  {
    kinds: ['cjunosevolved', 'juniper_cjunosevolved'],
    aliases: [{ pattern: /^et-0\/0\/(\d+)$/, to: 'eth$1', first: -3 }],
    linux: /^eth([4-9]|[1-9]\d+)$/,
    says: '`et-0/0/X` with X from 0, or `ethX` with X from 4',
    vendor: { form: 'et-0/0/$1', plus: -4 },
  },
  numbered(['cisco_xrd_vrouter', ...vm('cisco', 'xrv', 'xrv9k')], {
    pattern: XR,
    first: 0,
    form: 'GigabitEthernet0/0/0/$1',
  }),
  numbered(['cisco_c8000v', ...vm('cisco', 'csr1000v'), 'vr-csr'], {
    pattern: /^(?:Gi|GigabitEthernet) ?(\d+)$/,
    first: 2,
    form: 'GigabitEthernet$1',
  }),
  numbered(['cisco_vios'], { pattern: /^(?:Gi|GigabitEthernet) ?(\d+)$/, first: 0, form: 'GigabitEthernet$1' }),
  numbered(['cisco_asav', 'cisco_ftdv'], {
    pattern: /^(?:Gi|GigabitEthernet) ?0\/(\d+)$/,
    first: 0,
    form: 'GigabitEthernet0/$1',
  }),
  numbered(['cisco_cat9kv'], {
    pattern: /^(?:Gi|GigabitEthernet) ?1\/0\/(\d+)$/,
    first: 1,
    form: 'GigabitEthernet1/0/$1',
  }),
  numbered(vm('cisco', 'n9kv'), { pattern: /^(?:Ethernet|Et) ?1\/(\d+)$/, first: 1, form: 'Ethernet1/$1' }),
  numbered(vm('arista', 'veos'), { pattern: /^(?:Ethernet|Et)1\/(\d+)$/, first: 1, form: 'Ethernet1/$1' }),
  numbered([...vm('paloalto', 'panos'), 'vr-pan'], { pattern: /^Ethernet1\/(\d+)$/, first: 1, form: 'Ethernet1/$1' }),
  numbered([...vm('aruba', 'aoscx'), ...vm('nokia', 'sros')], { pattern: /^1\/1\/(\d+)$/, first: 1, form: '1/1/$1' }),
  numbered(vm('mikrotik', 'ros'), { pattern: /^ether(\d+)$/, first: 2, form: 'ether$1' }),
  numbered(['fortinet_fortigate'], { pattern: /^port(\d+)$/, first: 2, form: 'port$1' }),
  numbered(['f5_bigip-ve'], { pattern: /^1\.(\d+)$/, first: 1, form: '1.$1' }),
  numbered(['freebsd'], { pattern: /^vtnet(\d+)$/, first: 1, form: 'vtnet$1' }),
  numbered(['openbsd'], { pattern: /^vio(\d+)$/, first: 1, form: 'vio$1' }),
  numbered(['nvidia_cumulusvx'], { pattern: /^swp(\d+)$/, first: 1, form: 'swp$1' }),
]
