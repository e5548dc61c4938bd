import { GADGETS } from './gadgets.ts'
import { Random } from './random.ts'

/**
 * A random scenario as text, from its seed alone: three to five voters, up to two spares, a more or less bad network, 8–16 steps of which
 * some are steered towards known dangers, then healing and the demand for progress.
 */
export function makeSchedule(seed: number): string {
  const random = new Random(seed)
  const hosts = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
  const voterCount = random.pick([1, 2, 3, 3, 3, 4, 5, 5])
  const voters = hosts.slice(0, voterCount)
  const spares = hosts.slice(voterCount, voterCount + random.whole(0, 2))
  const lines = [
    `seed ${seed}`,
    `hosts ${voters.join(' ')}`,
    ...(spares.length > 0 ? [`spare ${spares.join(' ')}`] : []),
    `drift ${random.pick([0, 1, 3])}%`,
    `clients ${random.pick([0, 0, 1, 1, 2, 3])}`,
    `disk ${random.pick([0, 5, 30])}ms`,
    `batch ${random.pick([1, 2, 512])}`,
    `loss ${random.pick([0, 0, 2, 10])}%`,
    `duplicates ${random.pick([0, 5])}%`,
    `delay 1ms ${random.pick([5, 30, 100])}ms`,
    'run 4s',
  ]
  const world = { random, voters, all: [...voters, ...spares] }
  const steps = random.whole(8, 16)
  for (let i = 0; i < steps; i++) lines.push(...random.pick(GADGETS)(world))
  return [...lines, 'settle 30s', ''].join('\n')
}
