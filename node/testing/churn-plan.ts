import { Random } from '../sim/random.ts'

/** What is done to hosts. One-way: `host` still hears `other`, not the other way round. */
export type Fault =
  | { readonly type: 'kill-agent' | 'power-off' | 'cut-off'; readonly host: string }
  | { readonly type: 'cut-pair' | 'cut-one-way'; readonly host: string; readonly other: string }

/** A fault and when it begins and ends, in seconds since the start. */
export interface Disturbance {
  readonly fromS: number
  readonly untilS: number
  readonly fault: Fault
}

export interface ChurnOptions {
  readonly seed: number
  readonly hosts: readonly string[]
  /** Those of `hosts` whose majority decides. */
  readonly voters: readonly string[]
  readonly seconds: number
}

/** A fault begins this often. */
export const EVERY_S = 2
/** So often a fault may take the majority away: a mesh that never has one would prove little. */
const STORM = 0.35

/** How often each kind is chosen, and how many seconds it lasts. A host that was powered off takes seconds to start. */
const KINDS: Readonly<Record<Fault['type'], { readonly weight: number; readonly lastsS: readonly [number, number] }>> =
  {
    'kill-agent': { weight: 35, lastsS: [1, 5] },
    'power-off': { weight: 10, lastsS: [4, 10] },
    'cut-off': { weight: 20, lastsS: [2, 10] },
    'cut-pair': { weight: 20, lastsS: [2, 10] },
    'cut-one-way': { weight: 15, lastsS: [2, 10] },
  }

/**
 * A fault every two seconds, the same for the same options. No host is in two at once, one is off at a time, and a majority of the voters is
 * left alone by all that takes a whole host, but for storms. Where all hosts are in a fault already, a turn passes.
 */
export function planChurn(options: ChurnOptions): readonly Disturbance[] {
  const random = new Random(options.seed)
  const plan: Disturbance[] = []
  for (let fromS = 0; fromS + EVERY_S <= options.seconds; fromS += EVERY_S) {
    const now = plan.filter(({ untilS }) => untilS > fromS)
    const fault = chooseFault(random, options, now)
    if (fault === undefined) continue
    const untilS = Math.min(options.seconds, fromS + random.whole(...KINDS[fault.type].lastsS))
    plan.push({ fromS, untilS, fault })
  }
  return plan
}

/** As people read it. */
export const disturbanceText = ({ fromS, untilS, fault }: Disturbance): string =>
  `${fromS} s: ${fault.type} ${hostsOf(fault).join(' ')} for ${untilS - fromS} s`

export const hostsOf = (fault: Fault): readonly string[] =>
  'other' in fault ? [fault.host, fault.other] : [fault.host]

const isWhole = ({ type }: Fault): boolean => type === 'kill-agent' || type === 'power-off' || type === 'cut-off'

function chooseFault(random: Random, { hosts, voters }: ChurnOptions, now: readonly Disturbance[]): Fault | undefined {
  const busy = new Set(now.flatMap(({ fault }) => hostsOf(fault)))
  const type = chooseKind(
    random,
    now.some(({ fault }) => fault.type === 'power-off'),
  )
  const isStorm = random.chance(STORM)
  const idle = random.shuffle(hosts.filter((host) => !busy.has(host)))
  if (type === 'cut-pair' || type === 'cut-one-way') {
    const [host, other] = idle
    return host === undefined || other === undefined ? undefined : { type, host, other }
  }
  const taken = now.filter(({ fault }) => isWhole(fault) && voters.includes(fault.host)).length
  const mayTakeVoter = isStorm || taken + 1 <= Math.floor((voters.length - 1) / 2)
  const host = idle.find((candidate) => mayTakeVoter || !voters.includes(candidate))
  return host === undefined ? undefined : { type, host }
}

function chooseKind(random: Random, isOneOff: boolean): Fault['type'] {
  const kinds = (Object.keys(KINDS) as Fault['type'][]).filter((type) => !(isOneOff && type === 'power-off'))
  return random.pick(kinds.flatMap((type) => Array.from({ length: KINDS[type].weight }, () => type)))
}
