import type { Cast, Gadget } from './cast.ts'
import { beginAnew, earlyChange, figure8, remind, shrink, voteTwice } from './steered.ts'

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
/** A process is killed, and those that were connected to it notice; or a connection just breaks. */
const lose: Gadget = (cast) => [
  ...(cast.random.chance(0.6) ? ['crash leader'] : []),
  `lost ${cast.random.chance(0.5) ? 'all' : cast.random.pick(cast.all)}`,
  while_(cast),
]
const start: Gadget = (cast) => ['start all', while_(cast)]
const heal: Gadget = (cast) => ['heal', while_(cast)]
const pause: Gadget = (cast) => [while_(cast)]
const stall: Gadget = (cast) => [`stall ${someone(cast)} ${cast.random.whole(300, 5000)}ms`, while_(cast)]
const compact: Gadget = (cast) => [`compact ${someone(cast)}`]

const again: Gadget = (cast) => [`again leader ${cast.random.whole(1, 40)}`, shortly(cast)]

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
  again,
  propose,
  split,
  split,
  heal,
  crash,
  lose,
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
  remind,
  remind,
  beginAnew,
]
