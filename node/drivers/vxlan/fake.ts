import { batchOf, type FakeExec, type FakeOutcome, fakeExec, UnknownCommand } from '../fake-exec.ts'

/** A VXLAN device of the toy kernel. */
interface FakeVxlan {
  readonly ifindex: number
  readonly name: string
  readonly id: number
  readonly local: string
  readonly port: number
  mtu: number
  learning: boolean
  alias?: string
  up: boolean
  readonly flood: Set<string>
}

/** A toy kernel with VXLAN devices. */
export interface FakeVxlans {
  readonly exec: FakeExec
  readonly devices: Map<string, FakeVxlan>
  snapshot(): string
}

const ADD = /^link add (\S+) mtu (\d+) type vxlan id (\d+) local (\S+) dstport (\d+) (learning|nolearning)$/
const SET =
  /^link set dev (\S+) (?:(up|down)|mtu (\d+)|alias (\S+)|type vxlan (learning|nolearning)|(addrgenmode none))$/
const FDB = /^fdb (append|del) 00:00:00:00:00:00 dev (\S+) dst (\S+)$/

/** Refuses what the real one does: a second device of the same VNI and port, names that are taken or too long. */
export const fakeVxlans = (): FakeVxlans => {
  const devices = new Map<string, FakeVxlan>()
  let lastIndex = 1
  const add = ([, name = '', mtu, id, local = '', port, learning]: readonly string[]): FakeOutcome => {
    if (Buffer.byteLength(name) > 15) return { code: 1, stderr: 'Error: argument is wrong: "name" too long' }
    if (devices.has(name)) return { code: 1, stderr: 'RTNETLINK answers: File exists' }
    if ([...devices.values()].some((device) => device.id === Number(id) && device.port === Number(port))) {
      return { code: 1, stderr: 'Error: A VXLAN device with the specified VNI already exists.' }
    }
    lastIndex += 1
    const identity = { ifindex: lastIndex, name, id: Number(id), local, port: Number(port) }
    devices.set(name, { ...identity, mtu: Number(mtu), learning: learning === 'learning', up: false, flood: new Set() })
    return {}
  }
  const set = ([, name = '', up, mtu, alias, learning]: readonly (string | undefined)[]): FakeOutcome => {
    const device = devices.get(name)
    if (device === undefined) return { code: 1, stderr: `Cannot find device "${name}"` }
    if (up !== undefined) device.up = up === 'up'
    if (mtu !== undefined) device.mtu = Number(mtu)
    if (alias !== undefined) device.alias = alias
    if (learning !== undefined) device.learning = learning === 'learning'
    return {}
  }
  const ipLine = (words: readonly string[]): FakeOutcome => {
    const text = words.join(' ')
    const made = ADD.exec(text)
    if (made !== null) return add(made)
    const changed = SET.exec(text)
    if (changed !== null) return set(changed)
    const gone = /^link del dev (\S+)$/.exec(text)?.[1]
    if (gone === undefined) throw new UnknownCommand('ip', words)
    return devices.delete(gone) ? {} : { code: 1, stderr: `Cannot find device "${gone}"` }
  }
  const fdbLine = (words: readonly string[]): FakeOutcome => {
    const [, verb, name = '', remote = ''] = FDB.exec(words.join(' ')) ?? []
    if (verb === undefined) throw new UnknownCommand('bridge', words)
    const device = devices.get(name)
    if (device === undefined) return { code: 1, stderr: `Cannot find device "${name}"` }
    if (verb === 'append') device.flood.add(remote)
    else device.flood.delete(remote)
    return {}
  }
  const ip = (args: readonly string[], stdin: string): FakeOutcome => {
    if (args.join(' ') === '-V') return { stdout: 'ip utility, iproute2-6.1.0, libbpf 1.1.2\n' }
    if (args.join(' ') === '-j -d link show type vxlan')
      return { stdout: JSON.stringify([...devices.values()].map(describeDevice)) }
    return batchOf(ipLine, args, stdin)
  }
  const bridge = (args: readonly string[], stdin: string): FakeOutcome => {
    if (args.join(' ') === '-V') return { stdout: 'bridge utility, 6.1.0\n' }
    if (args.join(' ') !== '-j fdb show') return batchOf(fdbLine, args, stdin)
    const entries = [...devices.values()].flatMap((device) =>
      [...device.flood].map((dst) => ({
        mac: '00:00:00:00:00:00',
        ifname: device.name,
        dst,
        flags: ['self'],
        state: 'permanent',
      })),
    )
    return { stdout: JSON.stringify(entries) }
  }
  return {
    exec: fakeExec({ ip, bridge }),
    devices,
    snapshot: () => JSON.stringify([...devices.values()].map((device) => ({ ...device, flood: [...device.flood] }))),
  }
}

const describeDevice = (device: FakeVxlan): object => ({
  ifindex: device.ifindex,
  ifname: device.name,
  flags: device.up ? ['BROADCAST', 'MULTICAST', 'UP', 'LOWER_UP'] : ['BROADCAST', 'MULTICAST'],
  mtu: device.mtu,
  address: 'a6:5c:c0:db:c0:a1',
  linkinfo: {
    info_kind: 'vxlan',
    info_data: { id: device.id, local: device.local, port: device.port, learning: device.learning },
  },
  ...(device.alias === undefined ? {} : { ifalias: device.alias }),
})
