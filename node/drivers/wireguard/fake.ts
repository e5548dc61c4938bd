import { batchOf, type FakeExec, type FakeOutcome, fakeExec, UnknownCommand } from '../fake-exec.ts'

interface FakePeer {
  endpoint: string
  allowedIps: string
  keepalive: string
}

/** A device of the toy kernel; `answers` is false where its wireguard-go is gone but the device stayed. */
interface FakeWgDevice {
  answers: boolean
  up: boolean
  mtu: number
  key: string
  port: number
  readonly addresses: Set<string>
  readonly peers: Map<string, FakePeer>
}

/** A toy machine with WireGuard. */
export interface FakeWireguard {
  readonly exec: FakeExec
  readonly devices: Map<string, FakeWgDevice>
  snapshot(): string
}

const failed = (stderr: string, code = 1): FakeOutcome => ({ code, stderr })
const emptyDevice = (): FakeWgDevice => ({
  answers: true,
  up: false,
  mtu: 1420,
  key: '',
  port: 0,
  addresses: new Set(),
  peers: new Map(),
})

/** `files` maps the path of a private key to its public key, standing in for both. `kernel` tells who has WireGuard. */
export const fakeWireguard = (options: { kernel: boolean; files: Readonly<Record<string, string>> }): FakeWireguard => {
  const devices = new Map<string, FakeWgDevice>()
  const add = (name: string, code: number): FakeOutcome => {
    if (devices.has(name)) return failed('device or resource busy', code)
    devices.set(name, emptyDevice())
    return {}
  }
  const ipLine = (words: readonly string[]): FakeOutcome => {
    const text = words.join(' ')
    if (/^link add dev \S+ type wireguard$/.test(text))
      return options.kernel ? add(words[3] ?? '', 2) : failed('Error: Unknown device type.', 2)
    const name = /\bdev (\S+)/.exec(text)?.[1] ?? ''
    const device = devices.get(name)
    if (!/^(link (del|set)|addr (replace|del)) /.test(text)) throw new UnknownCommand('ip', words)
    if (device === undefined) return failed(`Cannot find device "${name}"`)
    if (text === `link del dev ${name}`) devices.delete(name)
    else if (/^addr replace \S+ dev \S+$/.test(text)) device.addresses.add(words[2] ?? '')
    else if (/^addr del \S+ dev \S+$/.test(text)) removeAddress(device, words[2] ?? '')
    else if (/^link set dev \S+ mtu \d+ up$/.test(text)) Object.assign(device, { mtu: Number(words[5]), up: true })
    else throw new UnknownCommand('ip', words)
    return {}
  }
  const ip = (args: readonly string[], stdin: string): FakeOutcome =>
    args.join(' ') === '-j addr show'
      ? { stdout: JSON.stringify([...devices].map(describeDevice)) }
      : batchOf(ipLine, args, stdin)
  const set = (args: readonly string[]): FakeOutcome => {
    const [, name = '', ...words] = args
    const device = devices.get(name)
    if (device === undefined || !device.answers) return failed('Unable to modify interface: No such device')
    const [listen, port, privateKey, file = ''] = words
    if (listen !== 'listen-port') return setPeers(device, words)
    if (privateKey !== 'private-key' || words.length !== 4) throw new UnknownCommand('wg', args)
    const key = options.files[file]
    if (key === undefined) return failed('fopen: No such file or directory')
    Object.assign(device, { port: Number(port), key })
    return {}
  }
  const dump = (): string =>
    [...devices]
      .filter(([, device]) => device.answers)
      .flatMap(([name, device]) => [
        [name, `private-of-${device.key}`, device.key || '(none)', device.port, 'off'],
        ...[...device.peers].map(([key, peer]) => [
          name,
          key,
          '(none)',
          peer.endpoint,
          peer.allowedIps,
          0,
          0,
          0,
          peer.keepalive,
        ]),
      ])
      .map((fields) => `${fields.join('\t')}\n`)
      .join('')
  const wg = (args: readonly string[]): FakeOutcome => {
    if (args.join(' ') === '--version') return { stdout: 'wireguard-tools v1.0.20210914\n' }
    if (args.join(' ') === 'show all dump') return { stdout: dump() }
    if (args[0] !== 'set') throw new UnknownCommand('wg', args)
    return set(args)
  }
  const wireguardGo = (args: readonly string[]): FakeOutcome => {
    if (args.join(' ') === '--version') return { stdout: 'wireguard-go v0.0.20220316\n' }
    if (args.length !== 1 || !/^skw\d+$/.test(args[0] ?? '')) throw new UnknownCommand('wireguard-go', args)
    return add(args[0] ?? '', 1)
  }
  return {
    exec: fakeExec({ ip, wg, ...(options.kernel ? {} : { 'wireguard-go': wireguardGo }) }),
    devices,
    snapshot: () => JSON.stringify([...devices].map(([name, device]) => [name, [...device.addresses], dump()])),
  }
}

/** Without `promote_secondaries` the first address takes those of its prefix with it. */
const removeAddress = (device: FakeWgDevice, address: string): void => {
  if ([...device.addresses][0] === address) device.addresses.clear()
  else device.addresses.delete(address)
}

/** `peer K [remove] [endpoint E] [allowed-ips A] [persistent-keepalive S]` …, as wg(8) reads them. */
const setPeers = (device: FakeWgDevice, words: readonly string[]): FakeOutcome => {
  const left = [...words]
  let key = ''
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    if (word === 'remove') {
      device.peers.delete(key)
      continue
    }
    const value = left.shift() ?? ''
    if (word === 'peer') key = value
    const peer = device.peers.get(key) ?? { endpoint: '(none)', allowedIps: '(none)', keepalive: 'off' }
    if (word === 'endpoint') peer.endpoint = value
    else if (word === 'allowed-ips') peer.allowedIps = value
    else if (word === 'persistent-keepalive') peer.keepalive = value
    else if (word !== 'peer') throw new UnknownCommand('wg', words)
    device.peers.set(key, peer)
  }
  return {}
}

const describeDevice = ([name, device]: readonly [string, FakeWgDevice]): object => ({
  ifindex: 10,
  ifname: name,
  flags: device.up ? ['POINTOPOINT', 'NOARP', 'UP', 'LOWER_UP'] : ['POINTOPOINT', 'NOARP'],
  mtu: device.mtu,
  addr_info: [...device.addresses].map((address) => {
    const [local, prefixlen] = address.split('/')
    return { family: 'inet', local, prefixlen: Number(prefixlen) }
  }),
})
