import type { Cast, Gadget } from './cast.ts'

// Steps timed to the millisecond: uniform randomness hardly ever meets these dangers.

/** Two candidates in one term; a voter restarts right after its vote and hears the other one late. */
export const voteTwice: Gadget = ({ random, voters }) => {
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
export const figure8: Gadget = ({ random, voters }) => {
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
export const shrink: Gadget = ({ random, voters }) => {
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
export const earlyChange: Gadget = ({ random, voters, all }) => {
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

/** A leader keeps entries to itself and falls; its successor reminds it of what both have, with a higher commit index. */
export const remind: Gadget = ({ random, voters, all }) => {
  const [a, b, c] = random.shuffle(voters)
  const again = `remind leader all ${random.whole(0, 12)} ${random.whole(0, 4)}`
  if (a === undefined || b === undefined || c === undefined) return [again]
  const others = all.filter((host) => host !== a).join(',')
  return [
    ...prepare(a),
    `cut ${a} > ${others}`,
    `propose ${a} x0 x1 x2`,
    'run 20ms',
    `crash ${a}`,
    'heal',
    'run 5s',
    'propose leader y0 y1 y2',
    'run 100ms',
    `cut ${others} | ${a}`,
    `start ${a}`,
    'run 50ms',
    'heal',
    ...Array.from({ length: 4 }, () => `remind leader ${a} ${random.whole(1, 9)} ${random.whole(0, 2)}`),
    again,
    'run 10ms',
  ]
}

/** Most voters are lost; one that is left goes on in a new epoch, and the others come back with their old log. */
export const beginAnew: Gadget = ({ random, voters, all }) => {
  if (random.chance(0.7)) return []
  const order = random.shuffle(voters)
  const survivor = order[0] ?? ''
  const others = all.filter((host) => host !== survivor)
  const lost = order.slice(1)
  return [
    ...(random.chance(0.5) && lost.length > 0
      ? [`cut ${survivor} | ${lost.join(',')}`, `run ${random.whole(1, 900)}ms`]
      : []),
    ...(lost.length > 0 ? [`crash ${lost.join(',')}`] : []),
    `start ${survivor}`,
    `run ${random.whole(1, 2000)}ms`,
    `recover ${survivor}`,
    'heal',
    `run ${random.whole(100, 3000)}ms`,
    ...(random.chance(0.5) ? oldTerms(survivor, others, random) : []),
    'start all',
    `run ${random.whole(1, 3000)}ms`,
    ...others.flatMap((host) => [
      `hear ${host}`,
      `change leader add-learner ${host}`,
      'run 500ms',
      ...(random.chance(0.7) ? [`change leader promote ${host}`, 'run 200ms'] : []),
    ]),
  ]
}

/** The old hosts elect one leader after the other before they meet the survivor, so that their term is the higher one. */
function oldTerms(survivor: string, others: readonly string[], random: Cast['random']): readonly string[] {
  if (others.length === 0) return []
  const again = [`skip ${random.pick(others)} 4s`, 'run 300ms', `stall ${random.pick(others)} 2s`, 'run 2500ms']
  return [
    `cut ${survivor} | ${others.join(',')}`,
    `start ${others.join(',')}`,
    ...again,
    ...again,
    ...again,
    'heal',
    'run 1s',
    'progress 8s',
  ]
}
