import { batchOf, type FakeExec, type FakeOutcome, fakeExec, UnknownCommand } from '../fake-exec.ts'

/** An end of a veth pair in the toy kernel. `namespace` is the process id it goes by, 0 the host's. */
interface FakeEnd {
  name: string
  namespace: number
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

const failed = (stderr: string, code = 1): FakeOutcome => ({ code, stderr: `${stderr}\n` })

/** `pids` are the processes that have a network namespace of their own. */
export const fakeVeths = (pids: readonly number[]): FakeVeths => {
  const ends = new Set<FakeEnd>()
  const namespaces = new Set([0, ...pids])
  let lastIndex = 1
  const find = (namespace: number, name: string | undefined): FakeEnd | undefined =>
    [...ends].find((end) => end.namespace === namespace && end.name === name)
  const removePair = (end: FakeEnd): void => {
    ends.delete(end)
    if (end.other !== undefined) ends.delete(end.other)
  }
  const newEnd = (name: string, namespace: number, mtu: string): FakeEnd => {
    lastIndex += 1
    return { name, namespace, ifindex: lastIndex, mtu: Number(mtu), mac: '', up: false, addresses: new Set(), tx: true }
  }
  const add = (words: readonly string[]): FakeOutcome => {
    const [, , name = '', , mtu = '', , , , , peer = '', , peerMtu = '', , mac = '', , pid] = words
    const shape = `link add ${name} mtu ${mtu} type veth peer name ${peer} mtu ${peerMtu} address ${mac} netns ${pid}`
    if (words.join(' ') !== shape) throw new UnknownCommand('ip', words)
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
    if (key === 'up') end.up = true
    else if (key === 'mtu') end.mtu = Number(value)
    else if (key === 'address') end.mac = value
    else if (key === 'alias') end.alias = value
    else return key === 'addrgenmode' && value === 'none'
    return true
  }
  const line = (namespace: number, words: readonly string[]): FakeOutcome => {
    const text = words.join(' ')
    if (text.startsWith('link add ') && namespace === 0) return add(words)
    const named = find(
      namespace,
      /^link (?:del|set) dev (\S+)/.exec(text)?.[1] ?? /^addr replace \S+ dev (\S+)$/.exec(text)?.[1],
    )
    if (/^(link (del|set)|addr replace) /.test(text) && named === undefined) return failed('Cannot find device')
    if (text.startsWith('link del dev ') && named !== undefined) removePair(named)
    else if (text.startsWith('addr replace ') && named !== undefined) named.addresses.add(words[2] ?? '')
    else if (named === undefined || !set(named, words.slice(4))) throw new UnknownCommand('ip', words)
    return {}
  }
  const show = (namespace: number): FakeOutcome => ({
    stdout: JSON.stringify([...ends].filter((end) => end.namespace === namespace).map(describeEnd)),
  })
  const ip = (namespace: number, args: readonly string[], stdin: string): FakeOutcome => {
    if (args.join(' ') === '-V') return { stdout: 'ip utility, iproute2-6.1.0, libbpf 1.1.2\n' }
    if (args.join(' ') === (namespace === 0 ? '-j -d link show type veth' : '-j addr show')) return show(namespace)
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
  const nsenter = (args: readonly string[], stdin: string): FakeOutcome => {
    if (args.join(' ') === '--version') return { stdout: 'nsenter from util-linux 2.38.1\n' }
    const [t, pid, n, tool, ...rest] = args
    if (t !== '-t' || n !== '-n' || (tool !== 'ip' && tool !== 'ethtool')) throw new UnknownCommand('nsenter', args)
    if (!namespaces.has(Number(pid)))
      return failed(`nsenter: cannot open /proc/${pid}/ns/net: No such file or directory`)
    return tool === 'ip' ? ip(Number(pid), rest, stdin) : ethtool(Number(pid), rest)
  }
  return {
    exec: fakeExec({ ip: (args, stdin) => ip(0, args, stdin), ethtool: (args) => ethtool(0, args), nsenter }),
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
  ...(end.other === undefined ? {} : { link_index: end.other.ifindex }),
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

const describeFeatures = (end: FakeEnd): object => ({
  ifname: end.name,
  'tx-checksum-ip-generic': { active: end.tx, fixed: false, requested: end.tx },
})
