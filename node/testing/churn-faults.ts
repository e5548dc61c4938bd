import { setTimeout as pause } from 'node:timers/promises'
import { type Disturbance, disturbanceText, type Fault, hostsOf } from './churn-plan.ts'
import { type SkeinHosts, until } from './skein-hosts.ts'

/** Starting a host again takes a database, a container engine and the agent, on a machine that is busy. */
const BOOT_MS = 180_000

/** What was done so far, one line each, and the end of all of it. */
export interface FaultRun {
  readonly steps: readonly string[]
  /** How many faults were made. */
  count(): number
  /** Resolves when the last fault has ended and every host runs again; rejects where one could not be made or ended. */
  readonly done: Promise<void>
}

/**
 * Carries out a plan on real hosts, in its own time; each fault lasts as long as planned, however late it began. A fault whose host is not
 * back from the one before, as on a busy machine, is left out.
 */
export const runFaults = (hosts: SkeinHosts, plan: readonly Disturbance[]): FaultRun => {
  const startMs = performance.now()
  const steps: string[] = []
  const busy = new Set<string>()
  let made = 0
  const note = (what: string, one: Disturbance): void =>
    void steps.push(`${((performance.now() - startMs) / 1000).toFixed(1)} s: ${what}: ${disturbanceText(one)}`)
  const carryOut = async (one: Disturbance): Promise<void> => {
    await pause(Math.max(0, startMs + one.fromS * 1000 - performance.now()))
    const touched = hostsOf(one.fault)
    if (touched.some((host) => busy.has(host))) return note('left out', one)
    for (const host of touched) busy.add(host)
    await beginFault(hosts, one.fault)
    made += 1
    note('made', one)
    await pause((one.untilS - one.fromS) * 1000)
    await endFault(hosts, one.fault)
    note('ended', one)
    for (const host of touched) busy.delete(host)
  }
  const done = Promise.all(plan.map(carryOut)).then(() => undefined)
  // Whoever waits for it hears of a failure; until then it is nobody's.
  done.catch(() => undefined)
  return { steps, count: () => made, done }
}

/** Resolves when the fault is there. */
export const beginFault = ({ bed, killAgent }: SkeinHosts, fault: Fault): Promise<void> => {
  switch (fault.type) {
    case 'kill-agent':
      return killAgent(fault.host)
    case 'power-off':
      return bed.kill(fault.host)
    case 'cut-off':
      return bed.cut(fault.host)
    case 'cut-pair':
      return bed.cut(fault.host, fault.other)
    case 'cut-one-way':
      return bed.cutOneWay(fault.other, fault.host)
  }
}

/** Resolves when it is over and its host's agent answers again. */
export const endFault = async ({ bed, start }: SkeinHosts, fault: Fault): Promise<void> => {
  switch (fault.type) {
    case 'kill-agent':
      return start(fault.host)
    case 'power-off':
      await until(`${fault.host} starts again`, BOOT_MS, async () => {
        await bed.boot(fault.host)
        return true
      })
      return start(fault.host)
    case 'cut-off':
      return bed.heal(fault.host)
    case 'cut-pair':
    case 'cut-one-way':
      return bed.heal(fault.host, fault.other)
  }
}
