import { setTimeout as pause } from 'node:timers/promises'
import { type HarmType, isLasting, scriptOf } from './chaos-harms.ts'
import { type Moment, momentText, touched } from './chaos-plan.ts'
import { beginFault, endFault } from './churn-faults.ts'
import type { Fault } from './churn-plan.ts'
import type { SkeinHosts } from './skein-hosts.ts'

const TESTBED = new URL('../../scripts/testbed.sh', import.meta.url).pathname
/** What a harm's script exits with where there is nothing to harm. */
const NOTHING = 3
/** Daemons that are started again answer within this time, on a machine that is busy. */
const SCRIPT_MS = 150_000

/** One harm as it was really done, times by `performance.now()`. */
export interface Done {
  readonly type: HarmType
  /** Hosts of which nobody can know the truth meanwhile. */
  readonly hosts: readonly string[]
  /** True for what takes a whole host or a cable away. */
  readonly isLasting: boolean
  readonly fromMs: number
  /** Infinity while it lasts. */
  untilMs: number
}

/** A plan under way. */
export interface ChaosRun {
  /** What was done and what came of it, one line each. */
  readonly steps: readonly string[]
  readonly harms: readonly Done[]
  /** Resolves when the last harm is over and what it stopped was started again; rejects where that could not be. */
  readonly done: Promise<void>
}

/** Carries out a plan on real hosts, in its own time. What is for a host that is off is left out, and what lasts where another harm still does. */
export const runChaos = (hosts: SkeinHosts, plan: readonly Moment[]): ChaosRun => {
  const startMs = performance.now()
  const steps: string[] = []
  const harms: Done[] = []
  const busy = new Set<string>()
  const off = new Set<string>()
  const note = (what: string, one: Moment): void =>
    void steps.push(`${((performance.now() - startMs) / 1000).toFixed(1)} s: ${what}: ${momentText(one)}`)
  const last = async (one: Moment): Promise<void> => {
    const fault = await faultOf(hosts, one)
    const about = fault === undefined ? [] : 'other' in fault ? [fault.host, fault.other] : [fault.host]
    if (fault === undefined || about.some((host) => busy.has(host))) return note('left out', one)
    for (const host of about) busy.add(host)
    if (fault.type === 'power-off') off.add(fault.host)
    const done: Done = {
      type: one.type,
      hosts: about,
      isLasting: true,
      fromMs: performance.now(),
      untilMs: Number.POSITIVE_INFINITY,
    }
    harms.push(done)
    await begin(hosts, fault)
    note(`begun on ${about.join(' ')}`, one)
    await pause(one.forMs)
    await end(hosts, fault)
    note(`ended on ${about.join(' ')}`, one)
    done.untilMs = performance.now()
    for (const host of about) for (const set of [busy, off]) set.delete(host)
  }
  const strike = async (one: Moment, script: string): Promise<void> => {
    if (off.has(one.host)) return note('left out', one)
    const done: Done = {
      type: one.type,
      hosts: [one.host],
      isLasting: false,
      fromMs: performance.now(),
      untilMs: Number.POSITIVE_INFINITY,
    }
    harms.push(done)
    const env = [`PICK=${one.pick}`, `FOR_S=${one.forMs / 1000}`, `TESTBED=${TESTBED}`]
    try {
      const said = await hosts.bed.run(one.host, ['env', ...env, 'sh', '-c', script], {
        okCodes: Array.from({ length: 256 }, (_, code) => code),
        timeoutMs: SCRIPT_MS,
      })
      const what = said.code === 0 ? 'done' : said.code === NOTHING ? 'nothing there' : `exit ${said.code}`
      note(`${what}${said.code > NOTHING || said.code === 1 ? ` (${said.stderr.trim().slice(-120)})` : ''}`, one)
    } catch (error) {
      if (!off.has(one.host)) throw new Error(`${momentText(one)} could not be done`, { cause: error })
      note('the host went away', one)
    }
    done.untilMs = performance.now()
  }
  const carryOut = async (one: Moment): Promise<void> => {
    await pause(Math.max(0, startMs + one.atMs - performance.now()))
    const script = scriptOf(one.type)
    await (script === undefined ? last(one) : strike(one, script))
  }
  const done = Promise.all(plan.map(carryOut)).then(() => undefined)
  // Whoever waits for it hears of a failure; until then it is nobody's.
  done.catch(() => undefined)
  return { steps, harms, done }
}

type Network = 1 | 2
type Lasting =
  | Fault
  | { readonly type: 'stop-agent'; readonly host: string }
  | { readonly type: 'cut-network'; readonly host: string; readonly other: string; readonly network: Network }
  | { readonly type: 'pull-cable'; readonly host: string; readonly network: Network }

const begin = (hosts: SkeinHosts, fault: Lasting): Promise<void> => {
  if (fault.type === 'stop-agent') return hosts.signalAgent(fault.host, 'STOP')
  if (fault.type === 'cut-network') return hosts.bed.cutNetwork(fault.network, fault.host, fault.other)
  if (fault.type === 'pull-cable') return hosts.bed.cable(fault.host, fault.network, 'unplug')
  return beginFault(hosts, fault)
}

const end = (hosts: SkeinHosts, fault: Lasting): Promise<void> => {
  if (fault.type === 'stop-agent') return hosts.signalAgent(fault.host, 'CONT')
  if (fault.type === 'cut-network') return hosts.bed.heal(fault.host, fault.other)
  if (fault.type === 'pull-cable') return hosts.bed.cable(fault.host, fault.network, 'plug')
  return endFault(hosts, fault)
}

/** Undefined where nobody leads who could be killed. */
const faultOf = async (hosts: SkeinHosts, one: Moment): Promise<Lasting | undefined> => {
  const [host = '', other = ''] = touched(one)
  switch (one.type) {
    case 'agent-killed':
      return { type: 'kill-agent', host }
    case 'agent-stopped':
      return { type: 'stop-agent', host }
    case 'leader-killed': {
      const leader = await leaderOf(hosts)
      return leader === undefined ? undefined : { type: 'kill-agent', host: leader }
    }
    case 'power-off':
    case 'cut-off':
      return { type: one.type, host }
    case 'cut-pair':
    case 'cut-one-way':
      return { type: one.type, host, other }
    case 'network-cut-pair':
      return { type: 'cut-network', host, other, network: networkOf(one) }
    case 'cable-pulled':
      return { type: 'pull-cable', host, network: networkOf(one) }
    default:
      throw new Error(`${one.type} is not ${isLasting(one.type) ? 'known' : 'lasting'}`)
  }
}

const networkOf = ({ pick }: Moment): Network => (pick < 0.5 ? 1 : 2)

const leaderOf = async ({ bed }: SkeinHosts): Promise<string | undefined> => {
  const request = { socket: '/run/skein/skein.sock', method: 'GET', path: '/v1/leader', timeoutMs: 2_000 } as const
  const asked = bed.hosts.map(async (host) => {
    const { leader } = JSON.parse((await bed.exec(host).run(request)).stdout) as { leader: string | null }
    if (leader === null) throw new Error('nobody leads')
    return leader
  })
  return Promise.any(asked).catch(() => undefined)
}
