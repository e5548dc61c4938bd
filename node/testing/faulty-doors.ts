import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { MeshError } from '#core/model/errors.ts'
import { type Op, subject } from '#core/model/resource.ts'
import type { Driver } from '#drivers/driver.ts'
import type { Command, Exec } from '#platform/exec.ts'
import type { Doors } from '../daemon.ts'

/** What becomes of one command: it is not run and fails; it runs and is said to have timed out; the agent is killed after or before it. */
export const FAULTS = ['fail', 'time-out', 'kill-after', 'kill-before'] as const
export type FaultMode = (typeof FAULTS)[number]

/** What is to be done to which command: the `nth` (from 1) of those called `key` since this `id` was first read. */
export interface Arming {
  readonly id: number
  /** Absent: commands are only counted. */
  readonly fault?: { readonly mode: FaultMode; readonly key: string; readonly nth: number }
}

/** One command that changes the host, as it was met. */
export interface Met {
  readonly id: number
  readonly key: string
  readonly nth: number
  readonly struck?: FaultMode
}

/** What the doors may do to the world around them. */
export interface FaultyWorld {
  /** What is armed now; undefined where nothing is. */
  arming(): Arming | undefined
  /** Kept before the next step, also where the process dies then; a fault that struck is armed no more, for the next process neither. */
  note(met: Met): void
  /** Ends this process at once, as `kill -9` does. */
  die(): void
}

/** The doors of an agent, with every command counted that changes the host, and one of them struck. */
export const faultyDoors = ({ exec, drivers, snapshots, execIn }: Doors, world: FaultyWorld): Doors => {
  const names = new WeakMap<Command, string>()
  const meet = counter(world)
  const strike = async <T>(key: string, run: () => Promise<T>): Promise<T> => {
    const mode = meet(key)
    if (mode === 'fail') throw new MeshError('TOOL_FAILED', `made to fail: ${key}`)
    if (mode === 'kill-before') return dying(world)
    const result = await run()
    if (mode === 'kill-after') return dying(world)
    if (mode === 'time-out') throw new MeshError('TIMEOUT', `made to time out: ${key}`)
    return result
  }
  const run: Exec['run'] = (command, signal) => {
    const key = names.get(command)
    return key === undefined ? exec.run(command, signal) : strike(key, () => exec.run(command, signal))
  }
  return {
    exec: { run },
    drivers: drivers.map((driver) => naming(driver, names)),
    snapshots,
    execIn: (container, argv, stdin) => strike(`exec ${argv.join(' ')}`, () => execIn(container, argv, stdin)),
  }
}

/** Counts by key, afresh for each arming; says what is to be done. */
const counter = (world: FaultyWorld): ((key: string) => FaultMode | undefined) => {
  let armed: Arming | undefined
  let counts = new Map<string, number>()
  return (key) => {
    const arming = world.arming()
    if (arming === undefined) return undefined
    if (arming.id !== armed?.id) counts = new Map()
    armed = arming
    const nth = (counts.get(key) ?? 0) + 1
    counts.set(key, nth)
    const { id, fault } = arming
    const struck = fault?.key === key && fault.nth === nth ? fault.mode : undefined
    world.note({ id, key, nth, ...(struck === undefined ? {} : { struck }) })
    return struck
  }
}

/** A process that is killed answers nobody any more. */
const dying = (world: FaultyWorld): Promise<never> => {
  world.die()
  return new Promise(() => {})
}

/** Remembers of each command of a step what it is for. */
const naming = (driver: Driver, names: WeakMap<Command, string>): Driver => ({
  ...driver,
  steps: (ops) => {
    const steps = driver.steps(ops)
    for (const step of steps)
      for (const [at, command] of step.commands.entries()) names.set(command, keyOf(step.ops, command, at))
    return steps
  },
})

/** The same for the same command of another run: without process ids and numbers given out. */
const keyOf = (ops: readonly Op[], command: Command, at: number): string => {
  const whats = ops.map((op) => {
    const { kind, id } = subject(op)
    return `${op.type} ${kind === 'workload' ? id : kind}`
  })
  const what = [...new Set(whats)].sort().join(' + ')
  if ('socket' in command)
    return `${what} [${at}] ${command.method} ${command.path.replace(/\?.*/, '').replace(/[0-9a-f]{64}/, 'ID')}`
  const tool = command.file === 'nsenter' ? `in node ${command.args[3]}` : command.file
  return `${what} [${at}] ${tool}`
}

/** Reads what is armed from one file before each command, and adds a line to another for each one met. */
export const fileWorld = (armed: string, trace: string): FaultyWorld => ({
  arming: () => {
    try {
      return JSON.parse(readFileSync(armed, 'utf8')) as Arming
    } catch {
      return undefined
    }
  },
  note: (met) => {
    appendFileSync(trace, `${JSON.stringify(met)}\n`)
    if (met.struck !== undefined) writeFileSync(armed, JSON.stringify({ id: met.id } satisfies Arming))
  },
  die: () => process.kill(process.pid, 'SIGKILL'),
})
