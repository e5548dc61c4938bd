import { batchOf, type FakeExec, type FakeOutcome, fakeExec, UnknownCommand } from '../fake-exec.ts'

/** A device in the toy kernel: an end of a veth pair, or one that has no other end. `namespace` is the process id it goes by, 0 the host's. */
interface FakeEnd {
  name: string
  /** What it hangs on where it has no other end: its number, in the host's namespace. */
  parent?: number
  namespace: number
  altname?: string
  /** The bridge it is in. */
  master?: string
  readonly ifindex: number
  other?: FakeEnd
  mtu: number
  mac: string
  alias?: string
  up: boolean
  readonly addresses: Set<string>
  tx: boolean
}

/** A toy kernel with veth pairs between a host and the namespaces of some processes. */
export interface FakeVeths {
  readonly exec: FakeExec
  readonly ends: Set<FakeEnd>
  /** Ends a process: its namespace and all pairs into it go. */
  kill(pid: number): void
  snapshot(): string
}

/** What a node's way out is made of; the toy kernel keeps no routes. */
const WAY = /^(?:neigh replace \S+ lladdr \S+|route replace \S+ via \S+) dev (\S+)(?: nud permanent)?$/

const failed = (stderr: string, code = 1): FakeOutcome => ({ code, stderr: `${stderr}\n` })

/** `pids` are the processes that have a network namespace of their own. */
export const fakeVeths = (pids: readonly number[]): FakeVeths => {
  const ends = new Set<FakeEnd>()
  const namespaces = new Set([0, ...pids])
  let lastIndex = 1
  const find = (namespace: number, name: string | undefined): FakeEnd | undefined =>
    [...ends].find((end) => end.namespace === namespace && name !== undefined && [end.name, end.altname].includes(name))
  const removePair = (end: FakeEnd): void => {
    ends.delete(end)
    if (end.other !== undefined) ends.delete(end.other)
  }
  const newEnd = (name: string, namespace: number, mtu: string): FakeEnd => {
    lastIndex += 1
    return { name, namespace, ifindex: lastIndex, mtu: Number(mtu), mac: '', up: false, addresses: new Set(), tx: true }
  }
  const addAlone = (words: readonly string[]): FakeOutcome => {
    const text = words.join(' ')
    const shape = /^link add link (\S+) name (\S+)(?: mtu (\d+))? address (\S+) type macvlan mode \w+$/
    const [, parent, name, mtu = '1500', mac = ''] = shape.exec(text) ?? []
    if (name === undefined) throw new UnknownCommand('ip', words)
    if (parent !== undefined && find(0, parent) === undefined) return failed(`Cannot find device "${parent}"`)
    if (find(0, name) !== undefined) return failed('RTNETLINK answers: File exists')
    ends.add(Object.assign(newEnd(name, 0, mtu), { mac, parent: find(0, parent)?.ifindex }))
    return {}
  }
  const add = (words: readonly string[]): FakeOutcome => {
    const shape = /^link add (\S+) mtu (\d+) type veth peer name (\S+) mtu (\d+)(?: address (\S+))?(?: netns (\d+))?$/
    const [, name, mtu = '', peer = '', peerMtu = '', mac = '', pid = '0'] = shape.exec(words.join(' ')) ?? []
    if (name === undefined) return addAlone(words)
    if (Buffer.byteLength(name) > 15 || Buffer.byteLength(peer) > 15)
      return failed('Error: argument is wrong: name too long')
    if (!namespaces.has(Number(pid))) return failed('RTNETLINK answers: No such process')
    if (find(0, name) !== undefined || find(Number(pid), peer) !== undefined)
      return failed('RTNETLINK answers: File exists')
    const near = newEnd(name, 0, mtu)
    const far = Object.assign(newEnd(peer, Number(pid), peerMtu), { mac, other: near })
    near.other = far
    ends.add(near).add(far)
    return {}
  }
  const set = (end: FakeEnd, [key, value = '']: readonly string[]): boolean => {
    if (key === 'up' || key === 'down') end.up = key === 'up'
    else if (key === 'mtu') end.mtu = Number(value)
    else if (key === 'address') end.mac = value
    else if (key === 'alias') end.alias = value
    else if (key === 'master') end.master = value
    else if (key === 'nomaster') delete end.master
    else return key === 'addrgenmode' && value === 'none'
    return true
  }
  const move = (end: FakeEnd, ...[pid, name]: [number, string]): FakeOutcome => {
    if (!namespaces.has(pid)) return failed('RTNETLINK answers: No such process')
    if (find(pid, name) !== undefined) return failed('RTNETLINK answers: File exists')
    Object.assign(end, { namespace: pid, name })
    return {}
  }
  const rename = (end: FakeEnd | undefined, altname: string): FakeOutcome => {
    if (end === undefined) return failed('Cannot find device')
    end.altname = altname
    return {}
  }
  const line = (namespace: number, words: readonly string[]): FakeOutcome => {
    const text = words.join(' ')
    if (text.startsWith('link add ') && namespace === 0) return add(words)
    const named = find(
      namespace,
      /^link (?:del|set) dev (\S+)/.exec(text)?.[1] ??
        /^addr (?:replace|del) \S+ dev (\S+)(?: nodad(?: preferred_lft 0)?)?$/.exec(text)?.[1] ??
        WAY.exec(text)?.[1],
    )
    if (/^(link (del|set)|addr (?:replace|del)|neigh replace|route replace) /.test(text) && named === undefined)
      return failed('Cannot find device')
    const moved = /^link set dev \S+ netns (\d+) name (\S+)$/.exec(text)
    if (moved !== null && named !== undefined) return move(named, Number(moved[1]), moved[2] ?? '')
    const other = /^link property add dev (\S+) altname (\S+)$/.exec(text)
    if (other !== null) return rename(find(namespace, other[1]), other[2] ?? '')
    if (WAY.test(text)) return {}
    if (text.startsWith('link del dev ') && named !== undefined) removePair(named)
    else if (text.startsWith('addr replace ') && named !== undefined) named.addresses.add(words[2] ?? '')
    else if (text.startsWith('addr del ') && named !== undefined) named.addresses.delete(words[2] ?? '')
    else if (named === undefined || !set(named, words.slice(4))) throw new UnknownCommand('ip', words)
    return {}
  }
  const show = (namespace: number, isPairsOnly: boolean): FakeOutcome => ({
    stdout: JSON.stringify(
      [...ends]
        .filter((end) => end.namespace === namespace && (!isPairsOnly || end.other !== undefined))
        .map(describeEnd),
    ),
  })
  const ip = (namespace: number, args: readonly string[], stdin: string): FakeOutcome => {
    if (args.join(' ') === '-V') return { stdout: 'ip utility, iproute2-6.1.0, libbpf 1.1.2\n' }
    if (args.join(' ') === '-j -d link show type veth' && namespace === 0) return show(namespace, true)
    if (args.join(' ') === '-j link show') return show(namespace, false)
    if (args.join(' ') === '-j addr show') return withoutMarks(show(namespace, false))
    return batchOf((words) => line(namespace, words), args, stdin)
  }
  const ethtool = (namespace: number, args: readonly string[]): FakeOutcome => {
    if (args.join(' ') === '--version') return { stdout: 'ethtool version 6.1\n' }
    const here = [...ends].filter((end) => end.namespace === namespace)
    if (args.join(' ') === '--json -k *') return { stdout: JSON.stringify(here.map(describeFeatures)) }
    const [verb, name, feature, value = ''] = args
    if (verb !== '-K' || feature !== 'tx' || !['on', 'off'].includes(value)) throw new UnknownCommand('ethtool', args)
    const end = find(namespace, name)
    if (end === undefined) return failed('netlink error: no device matches name', 1)
    end.tx = value === 'on'
    return {}
  }
  /** The one script that is known here: what both print. */
  const sh = (namespace: number, args: readonly string[]): FakeOutcome => {
    if (args.join(' ') !== "-c ip -j addr show && exec ethtool --json -k '*'") throw new UnknownCommand('sh', args)
    const printed = [ip(namespace, ['-j', 'addr', 'show'], ''), ethtool(namespace, ['--json', '-k', '*'])]
    return { stdout: printed.map(({ stdout = '' }) => `${stdout.trim()}\n`).join('') }
  }
  const nsenter = (args: readonly string[], stdin: string): FakeOutcome => {
    if (args.join(' ') === '--version') return { stdout: 'nsenter from util-linux 2.38.1\n' }
    const [t, pid, n, tool, ...rest] = args
    if (t !== '-t' || n !== '-n' || !['ip', 'ethtool', 'sh'].includes(tool ?? ''))
      throw new UnknownCommand('nsenter', args)
    if (!namespaces.has(Number(pid)))
      return failed(`nsenter: cannot open /proc/${pid}/ns/net: No such file or directory`)
    if (tool === 'sh') return sh(Number(pid), rest)
    return tool === 'ip' ? ip(Number(pid), rest, stdin) : ethtool(Number(pid), rest)
  }
  return {
    exec: fakeExec({
      test: (args) => ({ code: find(0, args[2]?.replace('/sys/class/net/', '')) === undefined ? 0 : 1 }),
      ip: (args, stdin) => ip(0, args, stdin),
      ethtool: (args) => ethtool(0, args),
      sh: (args) => sh(0, args),
      nsenter,
    }),
    ends,
    kill: (pid) => {
      namespaces.delete(pid)
      for (const end of ends) if (end.namespace === pid) removePair(end)
    },
    snapshot: () =>
      [...ends].map((end) => JSON.stringify({ ...describeEnd(end), namespace: end.namespace })).join('\n'),
  }
}

const describeEnd = (end: FakeEnd): object => ({
  ifindex: end.ifindex,
  ...(end.other === undefined ? {} : linkTo(end, end.other)),
  ...(end.parent === undefined ? {} : { link_index: end.parent }),
  ...(end.master === undefined ? {} : { master: end.master }),
  ifname: end.name,
  flags: end.up ? ['BROADCAST', 'MULTICAST', 'UP', 'LOWER_UP'] : ['BROADCAST', 'MULTICAST'],
  mtu: end.mtu,
  address: end.mac,
  ...(end.alias === undefined ? {} : { ifalias: end.alias }),
  addr_info: [...end.addresses].map((address) => {
    const [local, prefixlen] = address.split('/')
    return { local, prefixlen: Number(prefixlen) }
  }),
})

/** `ip addr` does not tell aliases. */
const withoutMarks = ({ stdout = '[]' }: FakeOutcome): FakeOutcome => ({
  stdout: JSON.stringify(JSON.parse(stdout).map(({ ifalias: _mark, ...link }: { ifalias?: string }) => link)),
})

/** iproute2 names a device of the same namespace, and tells the number of one of another. */
const linkTo = (end: FakeEnd, other: FakeEnd): object =>
  end.namespace === other.namespace ? { link: other.name } : { link_index: other.ifindex }

const describeFeatures = (end: FakeEnd): object => ({
  ifname: end.name,
  'tx-checksum-ip-generic': { active: end.tx, fixed: false, requested: end.tx },
})
