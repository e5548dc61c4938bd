import { Random } from '../sim/random.ts'
import { HARMS, type HarmType, isLasting } from './chaos-harms.ts'

/** One thing done to one host, or between two. */
export interface Moment {
  /** Since the round began. */
  readonly atMs: number
  readonly type: HarmType
  readonly host: string
  /** The other host of a cut; `host` hears it no more, or both are deaf. */
  readonly other?: string
  /** How long it lasts; how long a daemon stays away. */
  readonly forMs: number
  /** In [0, 1): which of the things there are, on the day. */
  readonly pick: number
}

export interface ChaosPlanOptions {
  readonly seed: number
  readonly round: number
  readonly hosts: readonly string[]
  readonly seconds: number
}

/** Between two bursts, in milliseconds. */
const PAUSE_MS = [300, 3_200] as const
/** So often a burst is more than one thing at once. */
const CROWD = 0.35

/**
 * What is done in one round: the same for the same options. In every second round nothing lasts, so that all that is told of links can be held against
 * pings all the time. A host is in one lasting harm at a time, and no two are powered off at once; whatever else
 * may meet.
 */
export function planChaos({ seed, round, hosts, seconds }: ChaosPlanOptions): readonly Moment[] {
  const random = new Random(seed * 1_009 + round)
  const plan: Moment[] = []
  for (let atMs = 500; atMs < seconds * 1_000; atMs += Math.round(random.between(...PAUSE_MS))) {
    const size = random.chance(CROWD) ? random.whole(2, 4) : 1
    for (let count = 0; count < size; count += 1) {
      const moment = chooseMoment(random, { atMs, hosts, plan, endMs: seconds * 1_000, mayLast: round % 2 === 0 })
      if (moment !== undefined) plan.push(moment)
    }
  }
  return plan
}

/** As people read it. */
export const momentText = ({ atMs, type, host, other, forMs, pick }: Moment): string =>
  [
    `${(atMs / 1000).toFixed(1)} s:`,
    type,
    host,
    other,
    forMs > 0 && `for ${(forMs / 1000).toFixed(1)} s`,
    `(${pick.toFixed(3)})`,
  ]
    .filter((part) => part !== undefined && part !== false)
    .join(' ')

/** The hosts a moment is about. */
export const touched = ({ host, other }: Moment): readonly string[] => (other === undefined ? [host] : [host, other])

interface Choice {
  readonly atMs: number
  readonly endMs: number
  readonly hosts: readonly string[]
  readonly plan: readonly Moment[]
  readonly mayLast: boolean
}

function chooseMoment(random: Random, { atMs, endMs, hosts, plan, mayLast }: Choice): Moment | undefined {
  const type = chooseType(random, mayLast)
  const [fromMs, toMs] = HARMS[type].lastsMs
  const forMs = Math.round(Math.min(random.between(fromMs, toMs), endMs - atMs))
  const pick = Math.round(random.next() * 999) / 1_000
  const order = random.shuffle(hosts)
  const lasting = plan.filter((one) => isLasting(one.type) && one.atMs + one.forMs > atMs)
  if (!isLasting(type)) return { atMs, type, host: order[0] ?? '', forMs, pick }
  if (type === 'power-off' && lasting.some((one) => one.type === 'power-off')) return undefined
  const busy = new Set(lasting.flatMap(touched))
  const [host, other] = order.filter((candidate) => !busy.has(candidate))
  const isPair = type === 'cut-pair' || type === 'cut-one-way' || type === 'network-cut-pair'
  if (host === undefined || (isPair && other === undefined)) return undefined
  return { atMs, type, host, ...(isPair && other !== undefined ? { other } : {}), forMs, pick }
}

function chooseType(random: Random, mayLast: boolean): HarmType {
  const types = (Object.keys(HARMS) as HarmType[]).filter((type) => mayLast || !isLasting(type))
  return random.pick(types.flatMap((type) => Array.from({ length: HARMS[type].weight }, () => type)))
}
