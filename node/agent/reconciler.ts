import { MeshError } from '#core/model/errors.ts'
import type { ResourceId } from '#core/model/ids.ts'
import type { Op, Resource } from '#core/model/resource.ts'
import { plan } from '#core/plan/plan.ts'
import type { Driver, Step } from '#drivers/driver.ts'
import type { Clock } from '#platform/clock.ts'
import type { Exec } from '#platform/exec.ts'
import type { Logger } from '#platform/log.ts'
import { Backoff, causeOf } from './backoff.ts'
import { Pace } from './pace.ts'
import { Steps, targetOf } from './steps.ts'

export interface ReconcilerOptions {
  /** Those that make what others stand on come first; workloads before what goes into their namespaces. */
  readonly drivers: readonly Driver[]
  readonly exec: Exec
  readonly clock: Clock
  readonly log: Logger
  readonly sweepMs: number
  /** Before each series of passes. */
  prepare(): Promise<void>
  /** Milliseconds until something may be done that may not yet; undefined where nothing waits for time alone. */
  nextMs(): number | undefined
  /** Everything this host must have, given what it has. */
  wanted(seen: readonly Resource[]): readonly Resource[]
  /** Whether an op may be done now: files not there yet, a start-up delay, a host that has just come. */
  may(op: Op): boolean
  onPass(pass: Pass): void
}

/** One look at the host, after which nothing more could be done at once. */
export interface Pass {
  readonly wanted: readonly Resource[]
  readonly seen: readonly Resource[]
  readonly failures: ReadonlyMap<ResourceId, string>
}

/** A pass that always finds something to do is a mistake of ours, not of the host: stop and wait for the sweep. */
const MAX_PASSES = 25

/** Between two looks at the host that nobody asked for, in milliseconds: at least. */
const SHORTEST_MS = 200

/** Makes the host match: observe, run the ops that are ready, observe again, until nothing is ready. */
export class Reconciler {
  readonly #options: ReconcilerOptions
  readonly #backoff = new Backoff()
  readonly #pace = new Pace()
  readonly #steps: Steps
  #seen: readonly Resource[] = []
  #lookedMs = Number.NEGATIVE_INFINITY
  #asked = false
  /** When it was last decided which failed ones are due. */
  #judgedMs = 0
  /** The circumstances of each op of the last look. */
  #causes: ReadonlyMap<Op, string> = new Map()
  #running: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  constructor(options: ReconcilerOptions) {
    this.#options = options
    this.#steps = new Steps(options.clock)
  }

  /** What the last look found. */
  get seen(): readonly Resource[] {
    return this.#seen
  }

  /** When the last look at the host began, by the monotonic clock: what happened before, it saw. */
  get lookedMs(): number {
    return this.#lookedMs
  }

  /** Asks for a look at the host; one that is under way is followed by another. */
  trigger(): void {
    if (this.#stopped) return
    this.#asked = true
    this.#running ??= this.#run()
    this.#steps.poke()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    this.#steps.poke()
    await this.#running
  }

  async #run(): Promise<void> {
    clearTimeout(this.#timer)
    while (this.#asked && !this.#stopped) {
      this.#asked = false
      try {
        await this.#options.prepare()
        await this.#passes()
      } catch (error) {
        this.#options.log.error({ err: error }, 'a pass over this host failed')
      }
    }
    this.#running = undefined
    if (this.#stopped) return
    this.#timer = setTimeout(() => this.trigger(), this.#untilNextMs())
  }

  /** Milliseconds until something is due by time alone: what failed, what was done too often, what had to wait, the sweep. */
  #untilNextMs(): number {
    const { clock, sweepMs, nextMs } = this.#options
    const nowMs = clock.monotonicMs()
    const times = [this.#backoff.nextMs(this.#judgedMs), this.#pace.nextMs(this.#judgedMs)]
    const left = [...times.flatMap((ms) => (ms === undefined ? [] : [ms - nowMs])), nextMs() ?? sweepMs]
    return Math.min(sweepMs, Math.max(SHORTEST_MS, Math.min(...left)))
  }

  async #passes(): Promise<void> {
    for (let count = 0; count < MAX_PASSES && !this.#stopped; ) {
      const due = await this.#pass()
      if (due.length > 0) count += 1
      this.#steps.start(this.#stepsFor(due), (step) => this.#step(step))
      if (this.#steps.isIdle) return
      await this.#steps.wait(this.#untilNextMs())
    }
    while (!this.#steps.isIdle) await this.#steps.wait(this.#options.sweepMs)
  }

  /** One look at the host; answers what is to be done now. */
  async #pass(): Promise<readonly Op[]> {
    this.#steps.looking()
    const look = await this.#observe()
    const wanted = this.#options.wanted(look.seen)
    const nowMs = this.#options.clock.monotonicMs()
    this.#judgedMs = nowMs
    const sighted = (resource: Resource) => !look.blind.has(resource.kind)
    const { ready, blocked } = plan(wanted.filter(sighted), look.seen.filter(sighted))
    // A failure counts only while something is still to be done: what is seen as wanted has nothing wrong with it.
    const undone = new Set([...ready, ...blocked.map(({ op }) => op)].map((op) => targetOf(op).id))
    this.#backoff.keepOnly(undone)
    this.#pace.saw(new Set(wanted.map(({ id }) => id)), undone, nowMs)
    const byId = new Map(look.seen.map((resource) => [resource.id, resource]))
    this.#causes = new Map(ready.map((op) => [op, causeOf(op, byId)]))
    const may = ready.filter((op) => this.#options.may(op) && this.#steps.isFree(op))
    const hasty = may.filter((op) => op.type !== 'delete' && !this.#pace.isReady(op.to.id, nowMs))
    this.#options.onPass({
      wanted,
      seen: look.seen,
      failures: new Map([...hasty.map(restless), ...this.#backoff.messages(), ...look.failures(wanted)]),
    })
    return may.filter(
      (op) => !hasty.includes(op) && this.#backoff.isDue(targetOf(op).id, nowMs, this.#causes.get(op) ?? ''),
    )
  }

  /** Reads the host; kinds whose tool does not answer are not judged at all. */
  async #observe() {
    this.#lookedMs = this.#options.clock.monotonicMs()
    const seen: Resource[] = []
    const blind = new Map<string, string>()
    const [first, ...rest] = this.#options.drivers
    const look = async (driver: Driver) => {
      try {
        seen.push(...(await driver.observe(this.#options.exec, seen)))
      } catch (error) {
        this.#options.log.warn({ driver: driver.name, error: message(error) }, 'cannot read the host')
        for (const kind of KINDS.filter((kind) => ownsKind(driver, kind))) blind.set(kind, message(error))
      }
    }
    if (first !== undefined) await look(first)
    await Promise.all(rest.map(look))
    this.#seen = seen
    const failures = (wanted: readonly Resource[]) =>
      wanted.flatMap(({ id, kind }) => (blind.has(kind) ? [[id, blind.get(kind) ?? ''] as const] : []))
    return { seen, blind, failures }
  }

  /** Ops that failed before go alone: one that never works must not spoil those it shares a step with. */
  #stepsFor(ops: readonly Op[]): readonly Step[] {
    return this.#options.drivers.flatMap((driver) => {
      const own = ops.filter((op) => driver.owns(targetOf(op)))
      const [alone, together] = [own.filter((op) => this.#hasFailed(op)), own.filter((op) => !this.#hasFailed(op))]
      return [...(together.length === 0 ? [] : driver.steps(together)), ...alone.flatMap((op) => driver.steps([op]))]
    })
  }

  #hasFailed(op: Op): boolean {
    return this.#backoff.isFailing(targetOf(op).id)
  }

  async #step(step: Step): Promise<void> {
    const { exec, log, clock } = this.#options
    const startMs = clock.monotonicMs()
    const causes = this.#causes
    for (const op of step.ops) if (op.type !== 'delete') this.#pace.spend(op.to, startMs)
    try {
      for (const command of step.commands) await exec.run(command)
      for (const op of step.ops) this.#backoff.succeed(targetOf(op).id)
      for (const op of step.ops)
        log.info(
          {
            op: op.type,
            resource: targetOf(op).id,
            reason: 'reason' in op ? op.reason : '',
            ms: Math.round(clock.monotonicMs() - startMs),
          },
          'done',
        )
    } catch (error) {
      for (const op of step.ops) {
        const trouble = { message: message(error), cause: causes.get(op) ?? '', nowMs: clock.monotonicMs() }
        this.#backoff.fail(targetOf(op).id, trouble)
      }
      log.warn(
        { ops: step.ops.map((op) => `${op.type} ${targetOf(op).id}`), error: message(error) },
        'failed, tried again later',
      )
    }
  }
}

const KINDS: readonly Resource['kind'][] = [
  'image',
  'workload',
  'bridge',
  'nic',
  'port',
  'vtep',
  'wg-interface',
  'wg-peer',
]

/** A driver of containers owns those of its own engine only, and docker's is the only one there is. */
const ownsKind = (driver: Driver, kind: Resource['kind']): boolean =>
  driver.owns({ kind, provider: 'docker' } as Resource)

/** What is told of a resource that has to be mended too often. */
const restless = (op: Op): readonly [ResourceId, string] => [
  targetOf(op).id,
  `comes undone again and again, so it is mended after a pause: ${op.reason}`,
]

const message = (error: unknown): string =>
  error instanceof MeshError ? error.message : `unexpected: ${String(error)}`
