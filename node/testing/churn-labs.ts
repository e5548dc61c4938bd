import { setTimeout as pause } from 'node:timers/promises'
import type { Random } from '../sim/random.ts'
import type { Said } from './command-line.ts'
import { type SkeinHosts, until } from './skein-hosts.ts'

/** What the last command about a lab said: it is up, it is gone, or nothing certain. */
type LabFate = 'up' | 'down' | 'unknown'

/** A small lab: two nodes on one cable. */
interface ChurnLab {
  readonly name: string
  fate: LabFate
  /** The file of the last `up`. */
  text: string
}

/** One person with one lab, on real hosts. */
export interface LabUser {
  readonly lab: ChurnLab
  /** Takes the lab up and down until told to stop. */
  run(isOver: () => boolean): Promise<void>
  /** `lab up` of the last file, on that host. */
  up(host: string): Promise<Said | undefined>
  down(host: string): Promise<Said | undefined>
  /** Waits until one node reaches the other. */
  reaches(host: string): Promise<void>
}

export interface LabUserOptions {
  readonly name: string
  readonly hosts: SkeinHosts
  readonly random: Random
  /** The file of each `up` to come; two nodes on one cable unless told. */
  text?(random: Random, hosts: readonly string[]): string
  /** What each `up` and `down` came to, in a line. */
  note(line: string): void
}

/** `a` and `b` with addresses 10.0.0.1 and 10.0.0.2, pinned to these hosts or placed by the leader. */
export const pairLab = (name: string, pins?: readonly [string, string]): string => {
  const node = (id: 'a' | 'b', at: 0 | 1): string =>
    `    ${id}: { exec: ["ip addr add 10.0.0.${at + 1}/24 dev eth1"]${pins === undefined ? '' : `, labels: { skein/host: ${pins[at]} }`} }`
  return [
    `name: ${name}`,
    'topology:',
    '  defaults: { kind: linux, image: "alpine:3" }',
    '  nodes:',
    node('a', 0),
    node('b', 1),
    '  links:',
    '    - endpoints: ["a:eth1", "b:eth1"]',
    '',
  ].join('\n')
}

export const createLabUser = ({ name, hosts, random, note, text = pairSomewhere(name) }: LabUserOptions): LabUser => {
  const lab: ChurnLab = { name, fate: 'down', text: text(random, hosts.bed.hosts) }
  const file = `/tmp/${name}.clab.yml`
  /** Undefined where the host went away meanwhile. */
  const skein = async (host: string, ...args: readonly string[]): Promise<Said | undefined> => {
    try {
      await hosts.bed.run(host, ['tee', file], { stdin: lab.text })
      const said = await hosts.skein(host, ...args, '--json')
      note(`${args.slice(0, 2).join(' ')} ${name} on ${host}: ${said.code === 0 ? 'done' : reasonOf(said.stderr)}`)
      return said
    } catch {
      note(`${args.slice(0, 2).join(' ')} ${name} on ${host}: the host went away`)
      return undefined
    }
  }
  const up: LabUser['up'] = async (host) => {
    lab.fate = 'unknown'
    const said = await skein(host, 'lab', 'up', file, '--timeout', '60s')
    if (said?.code === 0) lab.fate = 'up'
    return said
  }
  const down: LabUser['down'] = async (host) => {
    lab.fate = 'unknown'
    const said = await skein(host, 'lab', 'down', name)
    if (said?.code === 0) lab.fate = 'down'
    return said
  }
  return {
    lab,
    up,
    down,
    run: async (isOver) => {
      while (!isOver()) {
        if (lab.fate !== 'up') {
          lab.text = text(random, hosts.bed.hosts)
          await up(random.pick(hosts.bed.hosts))
        } else if (random.chance(0.6)) await down(random.pick(hosts.bed.hosts))
        await pause(random.between(500, 4_000))
      }
    },
    reaches: async (host) => {
      await until(`a reaches b in ${name}`, 90_000, async () => {
        const ping = ['ping', '-c', '1', '-W', '2', '10.0.0.2']
        return (await hosts.skein(host, 'lab', 'exec', name, 'a', '--', ...ping)).code === 0
      })
    },
  }
}

/** Pinned to two hosts, or placed by the leader. */
const pairSomewhere = (name: string) => (random: Random, hosts: readonly string[]) => {
  const [one = '', other = ''] = random.shuffle(hosts)
  return pairLab(name, random.chance(0.6) ? [one, other] : undefined)
}

const reasonOf = (stderr: string): string => {
  try {
    const { error, message } = JSON.parse(stderr) as Record<string, string>
    return `${error}: ${message}`
  } catch {
    return stderr.trim().split('\n').at(-1) ?? ''
  }
}
