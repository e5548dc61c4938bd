import type { HostId } from '#core/model/ids.ts'
import type { Kind } from './counts.ts'
import { type Parts, REAL_PARTS, type Setup } from './setup.ts'
import { VERBS } from './verbs.ts'
import { Violation } from './violation.ts'
import { parseDuration, parsePercent } from './words.ts'
import { World } from './world.ts'

// A scenario is text: setup lines (`hosts a b c`, `spare d`, `seed 7`, `drift 1%`, `disk 5ms`, `batch 2`, `clients 3`), then steps (`verbs.ts`), one a line;
// `#` begins a comment.

/** What came of playing a scenario. */
export interface Outcome {
  readonly transcript: readonly string[]
  /** The invariant that broke, or null. */
  readonly violation: string | null
  /** How often what happened. */
  readonly counts: Readonly<Record<Kind, number>>
  /** How many effects each host carried out. */
  readonly effects: ReadonlyMap<HostId, number>
}

interface Line {
  readonly number: number
  readonly words: readonly string[]
}

const DEFAULT_SETUP: Setup = {
  seed: 1,
  voters: [],
  spares: [],
  driftPercent: 0,
  diskMs: 0,
  clients: 0,
  config: { electionTimeoutMs: 1500, heartbeatMs: 200 },
}

type SetupVerb = (setup: Setup, args: readonly string[]) => Setup

const SETUP: Readonly<Record<string, SetupVerb>> = {
  hosts: (setup, names) => ({ ...setup, voters: names as readonly HostId[] }),
  spare: (setup, names) => ({ ...setup, spares: names as readonly HostId[] }),
  seed: (setup, [seed]) => ({ ...setup, seed: Number(seed) }),
  drift: (setup, [share]) => ({ ...setup, driftPercent: parsePercent(share) }),
  disk: (setup, [time]) => ({ ...setup, diskMs: parseDuration(time) }),
  clients: (setup, [count]) => ({ ...setup, clients: Number(count) }),
  batch: (setup, [count]) => ({ ...setup, config: { ...setup.config, batchEntries: Number(count) } }),
}

/** Plays a scenario to its end or to the first violation. Throws SyntaxError, with the line, for text that is none. */
export function play(text: string, parts: Parts = REAL_PARTS): Outcome {
  const lines = parse(text)
  const isSetup = ({ words }: Line): boolean => (words[0] ?? '') in SETUP
  const setup = lines
    .filter(isSetup)
    .reduce(
      (before, line) => atLine(line, () => SETUP[line.words[0] ?? '']?.(before, line.words.slice(1)) ?? before),
      DEFAULT_SETUP,
    )
  const world = new World(setup, parts)
  try {
    for (const line of lines) if (!isSetup(line)) step(world, line)
  } catch (error) {
    if (!(error instanceof Violation)) throw error
    world.transcript.say(world.nowMs, `VIOLATION ${error.message}`)
    return outcome(world, error.message)
  }
  return outcome(world, null)
}

function outcome(world: World, violation: string | null): Outcome {
  const effects = new Map([...world.hosts.values()].map((host) => [host.id, host.effects]))
  return { transcript: world.transcript.lines, violation, counts: world.counts.toJSON(), effects }
}

function parse(text: string): readonly Line[] {
  return text
    .split('\n')
    .map((line, i) => ({ number: i + 1, words: line.replace(/#.*/, '').trim().split(/\s+/) }))
    .filter(({ words }) => words[0] !== '')
}

function step(world: World, line: Line): void {
  const [name = '', ...args] = line.words
  const verb = VERBS[name]
  if (verb === undefined)
    throw new SyntaxError(`line ${line.number}: '${name}' is no step; known are ${Object.keys(VERBS).join(' ')}`)
  world.transcript.echo(line.words.join(' '))
  atLine(line, () => verb(world, args))
}

function atLine<T>(line: Line, act: () => T): T {
  try {
    return act()
  } catch (error) {
    if (error instanceof SyntaxError) throw new SyntaxError(`line ${line.number}: ${error.message}`, { cause: error })
    throw error
  }
}
