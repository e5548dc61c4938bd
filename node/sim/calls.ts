import type { EndpointKey, HostId, HostName, LabName, NodeName, SegmentId } from '#core/model/ids.ts'
import type { Command } from '#core/state/commands.ts'
import type { ReservePool } from '#core/state/reserve-commands.ts'
import type { Nic } from '#core/state/test-commands.ts'
import { BEGIN_MS } from './machine.ts'
import type { Random } from './random.ts'
import { parseDuration } from './words.ts'

// What clients ask for, as text: `reserve job 2 for 3s`, `reserve job 1 at port/first`, `free job`, `list`, `token t 2`,
// `admit t x1 name`, `remove x1`, `lab net 3 x=first,x1`, `unlab net 4`, `hold 7 host/first,attached/m at first for 2s`, `unhold 7`, `take 3`.

/** A command without what is filled in when it is sent. */
export type Wish = Command extends infer C ? (C extends Command ? Omit<C, 'requestId' | 'nowMs'> : never) : never

type Words = readonly string[]

const numberOf = (word: string | undefined, otherwise: number): number =>
  word === undefined ? otherwise : Number(word)

function after(words: Words, word: string): string | undefined {
  const at = words.indexOf(word)
  return at === -1 ? undefined : words[at + 1]
}

function reserve([owner = '', count, ...rest]: Words): Wish {
  const time = after(rest, 'for')
  const pool = (after(rest, 'at') ?? 'vni') as ReservePool
  return {
    type: 'reserve',
    pool,
    owner,
    count: numberOf(count, 1),
    ttlMs: time === undefined ? null : parseDuration(time),
  }
}

const joining = (id: string, name: string) => ({
  id: id as HostId,
  name: name as HostName,
  addresses: ['192.0.2.1'],
  port: 4801,
  wgPublicKey: `${id}=`,
  wgPort: 51_820,
})

const version = (generation: string): string => `${generation}.${Number(generation) * 10}.H`

function lab([name = '', generation = '1', ...segments]: Words): Wish {
  const rows = segments.map((text) => {
    const [id = '', hosts = ''] = text.split('=')
    return { id: id as SegmentId, hosts: hosts.split(',') as HostId[], mtuBytes: 1370 }
  })
  const ends = rows.flatMap(({ id, hosts }) => hosts.map((host) => ({ node: `${id}-${host}`, host })))
  return {
    type: 'assign',
    lab: name as LabName,
    intentVersion: version(generation),
    hosts: Object.fromEntries(ends.map(({ node, host }) => [node as NodeName, host])),
    segments: rows,
    endpoints: ends.map(({ node }) => `${node}:eth1` as EndpointKey),
  }
}

const CALLS: Readonly<Record<string, (words: Words) => Wish>> = {
  reserve,
  lab,
  free: ([owner = '']) => ({ type: 'free', owner }),
  list: () => ({ type: 'expire' }),
  token: ([id = '', uses]) => ({
    type: 'create-token',
    id,
    verifier: 'v',
    role: 'core',
    uses: numberOf(uses, 1),
    expiresAtMs: BEGIN_MS + 3_600_000,
  }),
  admit: ([tokenId = '', id = '', name = id]) => ({ type: 'admit', tokenId, host: joining(id, name) }),
  hold: ([test, nics = '', ...rest]) => ({
    type: 'hold-test',
    test: numberOf(test, 1),
    nics: nics.split(',') as Nic[],
    port: (after(rest, 'at') ?? null) as HostId | null,
    ttlMs: parseDuration(after(rest, 'for') ?? '2s'),
  }),
  unhold: ([test]) => ({ type: 'free-test', test: numberOf(test, 1) }),
  take: ([count]) => ({ type: 'number', name: 'iperf', count: numberOf(count, 1) }),
  remove: ([id = '']) => ({ type: 'remove-host', id: id as HostId }),
  unlab: ([name = '', generation = '1']) => ({
    type: 'release',
    lab: name as LabName,
    intentVersion: version(generation),
  }),
}

/** What such words ask for. Throws SyntaxError where they ask for nothing. */
export function parseCall([name = '', ...words]: Words): Wish {
  const make = CALLS[name]
  if (make === undefined) throw new SyntaxError(`'${name}' is no call; known are ${Object.keys(CALLS).join(' ')}`)
  return make(words)
}

const OWNERS = 9
const LABS = 3
const TOKENS = 4
const HOSTS = 6
const TESTS = 6

/** Something to ask for; few owners, labs, tests, tokens and hosts, so that clients get in each other's way. */
export function drawCall(random: Random, generation: number): Words {
  const owner = random.whole(1, OWNERS)
  const host = random.whole(1, HOSTS)
  const wish = random.next()
  if (wish < 0.34) return drawReserve(random, owner)
  if (wish < 0.5) return ['free', `o${owner}`]
  if (wish < 0.58) return drawTest(random)
  if (wish < 0.66) return ['list']
  if (wish < 0.72) return ['token', `t${random.whole(1, TOKENS)}`, String(random.whole(1, 2))]
  if (wish < 0.84) return ['admit', `t${random.whole(1, TOKENS)}`, `x${host}`, `n${random.whole(1, HOSTS - 2)}`]
  if (wish < 0.86) return ['remove', `x${host}`]
  const name = `l${random.whole(1, LABS)}`
  if (wish < 0.92) return ['unlab', name, String(generation)]
  const segments = Array.from(
    { length: random.whole(1, 2) },
    (_, i) => `s${i}=first${random.chance(0.6) ? `,x${host}` : ''}`,
  )
  return ['lab', name, String(generation), ...segments]
}

/** A test always asks for the same. */
function drawTest(random: Random): Words {
  const test = random.whole(1, TESTS)
  if (random.chance(0.2)) return ['take', String(test)]
  if (random.chance(0.3)) return ['unhold', String(test)]
  const nics = ['host/first', `host/first,host/x${test}`, 'attached/m'][test % 3] ?? ''
  const port = test % 2 === 0 ? ['at', 'first'] : []
  return ['hold', String(test), nics, ...port, 'for', `${random.whole(1, 4)}s`]
}

/** An owner always asks for as many. */
function drawReserve(random: Random, owner: number): Words {
  const count = 1 + (owner % 3)
  const pool = random.chance(0.1) ? ['at', 'port/first'] : []
  const time = owner % 4 === 0 ? ['for', `${random.whole(1, 4)}s`] : []
  return ['reserve', `o${owner}`, String(count), ...pool, ...time]
}
