import type { Random } from './random.ts'

/** What a schedule may use: hosts by name. */
export interface Cast {
  readonly random: Random
  /** Of the first configuration. */
  readonly voters: readonly string[]
  readonly all: readonly string[]
}

/** A few steps of a scenario, drawn at random around one danger. */
type Gadget = (cast: Cast) => readonly string[]

const MESSAGES = ['vote-reply', 'vote', 'append-ok', 'append', 'pre-vote-reply', 'snapshot']

/** One of the hosts, or whoever leads. */
const someone = ({ random, all }: Cast): string => (random.chance(0.4) ? 'leader' : random.pick(all))
const shortly = ({ random }: Cast): string => `run ${random.whole(1, 60)}ms`
const while_ = ({ random }: Cast): string => `run ${random.whole(200, 3000)}ms`

const propose: Gadget = (cast) => {
  const count = cast.random.whole(1, 6)
  return [`propose leader ${Array.from({ length: count }, (_, i) => `x${i}`).join(' ')}`, shortly(cast)]
}

const split: Gadget = ({ random, all }) => {
  const order = random.shuffle(all)
  const at = random.whole(1, Math.max(1, all.length - 1))
  if (at >= all.length) return []
  const sign = random.pick(['|', '|', '>', '>'])
  return [
    `cut ${order.slice(0, at).join(',')} ${sign} ${order.slice(at).join(',')}`,
    `run ${random.whole(100, 3000)}ms`,
  ]
}

const crash: Gadget = (cast) => [`crash ${someone(cast)}`, while_(cast)]
const start: Gadget = (cast) => ['start all', while_(cast)]
const heal: Gadget = (cast) => ['heal', while_(cast)]
const pause: Gadget = (cast) => [while_(cast)]
const stall: Gadget = (cast) => [`stall ${someone(cast)} ${cast.random.whole(300, 5000)}ms`, while_(cast)]
const compact: Gadget = (cast) => [`compact ${someone(cast)}`]

/** Power is lost somewhere within the effects of one decision. */
const crashWithin: Gadget = (cast) => {
  const host = someone(cast)
  return [`crash ${host} after ${cast.random.whole(1, 6)}`, ...propose(cast), while_(cast), `start all`]
}

/** Power is lost right after a promise was sent, and is soon back. */
const crashAfterMessage: Gadget = (cast) => {
  const { random, all } = cast
  const lines = random
    .shuffle(all)
    .slice(0, random.whole(1, 2))
    .map((host) => `crash ${host} after ${random.pick(MESSAGES)}`)
  return [...lines, `skip ${random.pick(all)} 4s`, `run ${random.whole(1, 200)}ms`, 'start all', shortly(cast)]
}

/** Two candidates in one term; a voter restarts right after its vote and hears the other one late. */
const voteTwice: Gadget = ({ random, voters }) => {
  const [a, b, c] = random.shuffle(voters)
  if (a === undefined || b === undefined || c === undefined) return []
  return [
    ...prepare(a),
    'crash leader',
    'run 1450ms',
    'start all',
    `delay ${b} > ${c} 60ms 60ms`,
    `crash ${c} after vote-reply`,
    `skip ${a} 4s`,
    `skip ${b} 4s`,
    `run ${random.whole(10, 14)}ms`,
    `cut ${a} > ${b}`,
    `run ${random.whole(5, 30)}ms`,
    `start ${c}`,
    'run 300ms',
    'heal',
    'start all',
  ]
}

/** `host` leads, the network is even and quick, so that the next steps meet the moment they aim at. */
const prepare = (host: string): readonly string[] => [
  'heal',
  'start all',
  'loss 0%',
  'duplicates 0%',
  'delay 5ms 5ms',
  'run 3s',
  `transfer leader ${host}`,
  'run 500ms',
]

/** Raft paper figure 8: an old entry reaches a majority under a new leader, which falls before its own does (see scenarios/figure-8.txt). */
const figure8: Gadget = ({ random, voters }) => {
  const [a, b, c, d, e] = random.shuffle(voters)
  if (e === undefined) return []
  const others = `${c},${d}`
  return [
    ...prepare(a ?? ''),
    `cut ${a} | ${others},${e}`,
    `propose ${a} old`,
    'run 20ms',
    `crash ${a}`,
    `crash ${b}`,
    'heal',
    'run 1450ms',
    `skip ${e} 4s`,
    'run 17ms',
    `cut ${e} > ${others}`,
    'run 5ms',
    `crash ${e}`,
    'run 10ms',
    'heal',
    `start ${a}`,
    `start ${b}`,
    'run 10ms',
    `skip ${a} 4s`,
    'run 50ms',
    `skip ${a} 4s`,
    `run ${random.whole(35, 50)}ms`,
    `cut ${a} > ${others}`,
    'run 5ms',
    `crash ${a}`,
    `crash ${b}`,
    'run 10ms',
    'heal',
    `start ${e}`,
    'run 8s',
    'start all',
  ]
}

/** A leader that reaches a minority tries to shrink the configuration to it, one host after the other. */
const shrink: Gadget = ({ random, voters }) => {
  const [a, b, ...others] = random.shuffle(voters)
  if (others.length < 2) return []
  return [
    ...prepare(a ?? ''),
    `cut ${a},${b} | ${others.join(',')}`,
    ...others.map((other) => `change ${a} remove ${other}`),
    'run 4s',
    'propose leader x',
    'run 300ms',
    'heal',
    'run 1s',
  ]
}

/** A change that only the old leader has, and another by a new leader before its term is committed (scenarios/early-change.txt). */
const earlyChange: Gadget = ({ random, voters, all }) => {
  const [a, b, c, d] = random.shuffle(voters)
  const spare = all.find((host) => !voters.includes(host))
  if (voters.length !== 4 || spare === undefined) return []
  return [
    ...prepare(a ?? ''),
    `change ${a} add-learner ${spare}`,
    'run 500ms',
    `cut ${a} | ${b},${c},${d}`,
    `change ${a} promote ${spare}`,
    'run 20ms',
    `crash ${a}`,
    'run 1450ms',
    `skip ${b} 4s`,
    'run 17ms',
    `cut ${b} > ${d},${spare}`,
    'run 4ms',
    `change ${b} remove ${a}`,
    'run 50ms',
    `crash ${b}`,
    `crash ${c}`,
    `start ${a}`,
    'heal',
    'run 8s',
    'start all',
  ]
}

/** The leader is cut off around a change of the configuration; the others elect one and change it, too. */
const changeCut: Gadget = (cast) => {
  const { random, all } = cast
  const changeLine = (): string =>
    `change leader ${random.pick(['add-learner', 'promote', 'demote', 'remove'])} ${random.pick(all)}`
  const cut = split(cast)
  const before = random.chance(0.5) ? cut : []
  const after = before.length === 0 ? cut : []
  return [
    ...before,
    changeLine(),
    shortly(cast),
    changeLine(),
    ...after,
    while_(cast),
    changeLine(),
    while_(cast),
    'heal',
    shortly(cast),
  ]
}

/** A spare learns, is promoted, and an old voter goes. */
const replaceVoter: Gadget = (cast) => {
  const spare = cast.random.pick(cast.all)
  return [
    `change leader add-learner ${spare}`,
    'run 1s',
    `change leader promote ${spare}`,
    shortly(cast),
    `change leader remove ${cast.random.pick(cast.voters)}`,
    while_(cast),
  ]
}

const transfer: Gadget = (cast) => [
  ...propose(cast),
  `transfer leader ${cast.random.pick(cast.all)}`,
  shortly(cast),
  ...propose(cast),
]

/** A follower misses what is compacted meanwhile. */
const missSnapshot: Gadget = (cast) => {
  const host = cast.random.pick(cast.all)
  return [
    `crash ${host}`,
    ...propose(cast),
    'run 1s',
    'compact all',
    ...propose(cast),
    'run 200ms',
    `start ${host}`,
    while_(cast),
  ]
}

/** All of them, the plain ones more often. */
export const GADGETS: readonly Gadget[] = [
  propose,
  propose,
  propose,
  split,
  split,
  heal,
  crash,
  start,
  start,
  pause,
  stall,
  compact,
  crashWithin,
  crashAfterMessage,
  voteTwice,
  figure8,
  shrink,
  earlyChange,
  changeCut,
  changeCut,
  replaceVoter,
  transfer,
  missSnapshot,
]
