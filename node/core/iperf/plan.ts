import {
  type ExerciseAsk,
  MAX_TESTS,
  nicOf,
  type PlacedEnd,
  showEnd,
  type TestParams,
  type TestSpec,
} from '../model/iperf.ts'
import { MAX_RECORD_BYTES } from '../model/record.ts'
import { type ResolvedEnds, resolveEnds, type World } from './ends.ts'
import { paramsOf } from './params.ts'
import { planRounds } from './rounds.ts'

/** What an exercise would be; it can be made where there are no problems. */
export interface Plan {
  readonly ends: readonly PlacedEnd[]
  readonly tests: readonly Pick<TestSpec, 'from' | 'to' | 'round'>[]
  readonly params: TestParams
  readonly notes: readonly string[]
  readonly problems: readonly string[]
  /** Those of the problems that say that nobody knows an end. */
  readonly unknown: readonly string[]
}

type Pair = Pick<TestSpec, 'from' | 'to'>
interface Pairs {
  readonly pairs: readonly Pair[]
  readonly notes: readonly string[]
  readonly problems: readonly string[]
}

/** Client tasks of one host in one exercise: its `tasks` record must fit with all of their results. */
export const MAX_TESTS_OF_HOST = 2000
/** JSON of the ends of one exercise: its record must fit with them and with {@link MAX_TESTS}. */
const MAX_ENDS_BYTES = MAX_RECORD_BYTES / 3

/** Plans an exercise. Tells all mistakes at once. */
export function planExercise(ask: ExerciseAsk, world: World): Plan {
  const { params, problems: ofParams } = paramsOf(ask.params)
  const named = namesOf(ask, world)
  const resolved = resolveEnds(named.texts, world)
  const { ends } = resolved
  const shape = ask.shape === 'mesh' ? meshPairs(resolved, named.texts) : namedPairs(ask.pairs ?? [], resolved)
  const problems = [...ofParams, ...named.problems, ...resolved.problems, ...shape.problems]
  const limits = problems.length > 0 ? [] : limitsOf(ends, shape.pairs, params)
  const rounds = problems.length + limits.length > 0 ? [] : roundsOf(ends, shape.pairs, params)
  return {
    ends,
    tests: rounds.map((round, at) => ({ from: shape.pairs[at]?.from ?? 0, to: shape.pairs[at]?.to ?? 0, round })),
    params,
    notes: [...named.notes, ...resolved.notes, ...shape.notes],
    problems: [...problems, ...limits],
    unknown: resolved.unknown,
  }
}

/** The round of each pair; what runs in the background waits for nobody. */
export const roundsOf = (
  ends: readonly PlacedEnd[],
  pairs: readonly Pair[],
  params: Pick<TestParams, 'class'>,
): readonly number[] =>
  params.class === 'background' ? pairs.map(() => 0) : planRounds(pairs, (end) => nicAt(ends, end))

const nicAt = (ends: readonly PlacedEnd[], at: number): string => {
  const end = ends[at]
  return end === undefined ? '' : nicOf(end)
}

/** The texts to find, and who is left out. */
function namesOf(
  ask: ExerciseAsk,
  world: World,
): { readonly texts: readonly string[]; readonly notes: readonly string[]; readonly problems: readonly string[] } {
  const [ends, pairs] = [ask.ends ?? [], ask.pairs ?? []]
  if (ask.shape === 'pairs') {
    const problems = ends.length > 0 ? ['ends are for a mesh; write pairs'] : []
    return { texts: pairs.flat(), notes: [], problems }
  }
  const problems = pairs.length > 0 ? ['pairs are not for a mesh; write ends'] : []
  if (ends.length > 0) return { texts: ends, notes: [], problems }
  const isThere = world.hosts.filter(({ isAlive }) => isAlive)
  const down = world.hosts.filter(({ isAlive }) => !isAlive)
  return {
    texts: isThere.map(({ name }) => name).sort(),
    notes: down.map(({ name }) => `${name} is down and is not measured`),
    problems,
  }
}

function meshPairs({ ends, problems, at }: ResolvedEnds, texts: readonly string[]): Pairs {
  const twice = new Set(texts.filter((text, place) => texts.indexOf(text) !== place))
  const same = [...at.keys()].filter((text, place, all) => all.findIndex((one) => at.get(one) === at.get(text)) < place)
  const notes = [...new Set([...twice, ...same])].map((text) => `${text} is named twice and measured as one`)
  const tests = ends.length * (ends.length - 1)
  if (tests > MAX_TESTS) return { pairs: [], notes, problems: [tooMany(tests)] }
  const pairs = ends.flatMap((end, from) =>
    ends.flatMap((other, to) => (machineOf(end) === machineOf(other) ? [] : [{ from, to }])),
  )
  const isNone = pairs.length === 0 && problems.length === 0
  return { pairs, notes, problems: isNone ? ['a mesh has at least two ends that are there'] : [] }
}

function namedPairs(asked: readonly (readonly [string, string])[], { ends, at }: ResolvedEnds): Pairs {
  if (asked.length > MAX_TESTS) return { pairs: [], notes: [], problems: [tooMany(asked.length)] }
  const pairs = new Map<string, Pair>()
  const [notes, problems] = [new Set<string>(), new Set<string>()]
  for (const [source, destination] of asked) {
    const [from, to] = [at.get(source), at.get(destination)]
    const [one, other] = [ends[from ?? -1], ends[to ?? -1]]
    if (from === undefined || to === undefined || one === undefined || other === undefined) continue
    const key = `${from} ${to}`
    if (machineOf(one) === machineOf(other)) problems.add(`${source} → ${destination} are one and the same`)
    else if (pairs.has(key)) notes.add(`${source} → ${destination} is named twice and measured once`)
    else pairs.set(key, { from, to })
  }
  return { pairs: [...pairs.values()], notes: [...notes], problems: [...problems] }
}

/** Equal for interfaces of one node. */
const machineOf = (end: PlacedEnd): string =>
  end.type === 'node' ? `node ${end.lab}/${end.node}` : `${end.type} ${end.name}`

const tooMany = (tests: number): string =>
  `these are ${tests} tests; one exercise has at most ${MAX_TESTS}: measure fewer ends at a time`

/** What does not fit, and what a machine cannot do. */
export function limitsOf(
  ends: readonly PlacedEnd[],
  pairs: readonly Pair[],
  params: Pick<TestParams, 'tool'>,
): readonly string[] {
  const clients = Map.groupBy(pairs, ({ from }) => ends[from]?.host)
  const most = Math.max(0, ...[...clients.values()].map(({ length }) => length))
  const pinging = params.tool === 'ping' ? new Set(pairs.map(({ from }) => ends[from])) : new Set<undefined>()
  return [
    ...(pairs.length > MAX_TESTS ? [tooMany(pairs.length)] : []),
    ...(most > MAX_TESTS_OF_HOST
      ? [
          `one host would be the source of ${most} tests; at most ${MAX_TESTS_OF_HOST} of one exercise: measure fewer ends at a time`,
        ]
      : []),
    ...(JSON.stringify(ends).length > MAX_ENDS_BYTES
      ? [`${ends.length} ends are too many for one exercise: measure fewer at a time`]
      : []),
    ...[...pinging].flatMap((end) =>
      end?.type === 'attached' ? [`${showEnd(end)} is an attached machine and cannot ping; it can be pinged`] : [],
    ),
  ]
}
