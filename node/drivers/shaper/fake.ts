import { batchOf, type FakeExec, type FakeOutcome, fakeExec, UnknownCommand } from '../fake-exec.ts'

/** A root qdisc of the toy kernel. */
interface FakeQdisc {
  readonly kind: string
  readonly handle: string
  readonly options: object
}

/** A toy kernel whose devices queue; namespaces go by process ids, 0 is the host's. */
export interface FakeQueues {
  readonly exec: FakeExec
  /** By namespace and device, `0 skn…`. */
  readonly roots: Map<string, FakeQdisc>
  snapshot(): string
}

/** What a toy device is called in its namespace, and the alias of one of the host. */
export interface FakeDevice {
  readonly namespace: number
  readonly name: string
  readonly alias?: string
}

const failed = (stderr: string): FakeOutcome => ({ code: 2, stderr: `${stderr}\n` })

/** `kinds` are the qdiscs this kernel knows. */
export const fakeQueues = (devices: readonly FakeDevice[], kinds: readonly string[]): FakeQueues => {
  const roots = new Map<string, FakeQdisc>()
  const line = (namespace: number, words: readonly string[]): FakeOutcome => {
    const [object, verb, , dev = '', root, , handle = '', kind, ...rest] = words
    if (object !== 'qdisc' || root !== 'root') throw new UnknownCommand('tc', words)
    if (!devices.some((one) => one.namespace === namespace && one.name === dev))
      return failed(`Cannot find device "${dev}"`)
    const key = `${namespace} ${dev}`
    const held = roots.get(key)
    if (verb === 'del') {
      if (held?.handle !== handle) return failed('Error: Invalid handle.')
      roots.delete(key)
      return {}
    }
    if (kind === undefined || !kinds.includes(kind)) return failed('Error: Specified qdisc kind is unknown.')
    if (verb === 'add' && held !== undefined) return failed('Error: Exclusivity flag on, cannot modify.')
    if (verb === 'replace' && held?.handle === handle && held.kind !== kind) return failed('Error: Invalid qdisc name.')
    if (verb !== 'add' && verb !== 'replace') throw new UnknownCommand('tc', words)
    roots.set(key, { kind, handle, options: optionsOf(kind, rest) })
    return {}
  }
  const tc = (namespace: number, args: readonly string[], stdin: string): FakeOutcome => {
    if (args.join(' ') === '-V') return { stdout: 'tc utility, iproute2-6.1.0, libbpf 1.1.2\n' }
    if (args.join(' ') === '-j qdisc show') return { stdout: JSON.stringify(show(namespace)) }
    return batchOf((words) => line(namespace, words), args, stdin)
  }
  const show = (namespace: number) =>
    devices
      .filter((device) => device.namespace === namespace)
      .map(({ name }) => ({
        dev: name,
        root: true,
        ...(roots.get(`${namespace} ${name}`) ?? { kind: 'noqueue', handle: '0:' }),
      }))
  const ip = (args: readonly string[]): FakeOutcome => {
    if (args.join(' ') !== '-j -d link show type veth') throw new UnknownCommand('ip', args)
    const links = devices.filter(({ namespace }) => namespace === 0)
    const rows = links.map(({ name, alias }, i) => ({
      ifindex: i + 1,
      ifname: name,
      flags: ['UP'],
      mtu: 1500,
      ifalias: alias,
    }))
    return { stdout: JSON.stringify(rows) }
  }
  const nsenter = (args: readonly string[], stdin: string): FakeOutcome => {
    const [, pid, , tool, ...rest] = args
    if (tool !== 'tc') throw new UnknownCommand('nsenter', args)
    return tc(Number(pid), rest, stdin)
  }
  return {
    exec: fakeExec({ tc: (args, stdin) => tc(0, args, stdin), ip, nsenter }),
    roots,
    snapshot: () => JSON.stringify([...roots].sort()),
  }
}

/** As tc(8) prints them in JSON: times in seconds, shares from 0 to 1, rates in bytes a second. */
function optionsOf(kind: string, words: readonly string[]): object {
  const after = (word: string, offset = 1): string | undefined => {
    const at = words.indexOf(word)
    return at < 0 ? undefined : words[at + offset]
  }
  const number = (text: string | undefined): number => Number.parseFloat(text ?? '0')
  if (kind === 'pfifo') return { limit: number(after('limit')) }
  if (kind === 'tbf') return { rate: number(after('rate')) / 8, burst: number(after('burst')), lat: 100_000 }
  const jitter = after('delay', 2)
  return {
    limit: number(after('limit')),
    ...(after('delay') === undefined
      ? {}
      : {
          delay: {
            delay: number(after('delay')) / 1e6,
            jitter: jitter?.endsWith('us') === true ? number(jitter) / 1e6 : 0,
          },
        }),
    ...(after('loss') === undefined ? {} : { 'loss-random': { loss: number(after('loss')) / 100, correlation: 0 } }),
    ...(after('corrupt') === undefined ? {} : { corrupt: { corrupt: number(after('corrupt')) / 100, correlation: 0 } }),
    ...(after('rate') === undefined ? {} : { rate: { rate: number(after('rate')) / 8 } }),
  }
}
