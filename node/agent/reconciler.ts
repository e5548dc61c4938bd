import { MeshError } from '#core/model/errors.ts'
import type { ResourceId } from '#core/model/ids.ts'
import type { Op, Resource } from '#core/model/resource.ts'
import { plan } from '#core/plan/plan.ts'
import type { Driver, Step } from '#drivers/driver.ts'
import type { Clock } from '#platform/clock.ts'
import type { Exec } from '#platform/exec.ts'
import type { Logger } from '#platform/log.ts'
import { Backoff } from './backoff.ts'

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

const targetOf = (op: Op): Resource => (op.type === 'delete' ? op.from : op.to)

/** Makes the host match: observe, run the ops that are ready, observe again, until nothing is ready. */
export class Reconciler {
  readonly #options: ReconcilerOptions
  readonly #backoff = new Backoff()
  #asked = false
  /** When it was last decided which failed ones are due. */
  #judgedMs = 0
  #running: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  constructor(options: ReconcilerOptions) {
    this.#options = options
  }

  /** Asks for a look at the host; one that is under way is followed by another. */
  trigger(): void {
    if (this.#stopped) return
    this.#asked = true
    this.#running ??= this.#run()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
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
    const retryMs =
      (this.#backoff.nextMs(this.#judgedMs) ?? Number.POSITIVE_INFINITY) - this.#options.clock.monotonicMs()
    const untilMs = Math.min(retryMs, this.#options.nextMs() ?? Number.POSITIVE_INFINITY)
    this.#timer = setTimeout(() => this.trigger(), Math.min(this.#options.sweepMs, Math.max(200, untilMs)))
  }

  async #passes(): Promise<void> {
    for (let count = 0; count < MAX_PASSES && !this.#stopped; count++) {
      const look = await this.#observe()
      const wanted = this.#options.wanted(look.seen)
      const nowMs = this.#options.clock.monotonicMs()
      this.#judgedMs = nowMs
      const sighted = (resource: Resource) => !look.blind.has(resource.kind)
      const { ready, blocked } = plan(wanted.filter(sighted), look.seen.filter(sighted))
      // A failure counts only while something is still to be done: what is seen as wanted has nothing wrong with it.
      this.#backoff.keepOnly(new Set([...ready, ...blocked.map(({ op }) => op)].map((op) => targetOf(op).id)))
      const due = ready.filter((op) => this.#options.may(op) && this.#backoff.isDue(targetOf(op).id, nowMs))
      this.#options.onPass({
        wanted,
        seen: look.seen,
        failures: new Map([...this.#backoff.messages(), ...look.failures(wanted)]),
      })
      if (due.length === 0) return
      await this.#carryOut(due)
    }
  }

  /** Reads the host; kinds whose tool does not answer are not judged at all. */
  async #observe() {
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
    const failures = (wanted: readonly Resource[]) =>
      wanted.flatMap(({ id, kind }) => (blind.has(kind) ? [[id, blind.get(kind) ?? ''] as const] : []))
    return { seen, blind, failures }
  }

  async #carryOut(ops: readonly Op[]): Promise<void> {
    const steps = this.#options.drivers.flatMap((driver) => {
      const own = ops.filter((op) => driver.owns(targetOf(op)))
      return own.length === 0 ? [] : driver.steps(own)
    })
    await Promise.all(steps.map((step) => this.#step(step)))
  }

  async #step(step: Step): Promise<void> {
    const { exec, log, clock } = this.#options
    const startMs = clock.monotonicMs()
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
      for (const op of step.ops) this.#backoff.fail(targetOf(op).id, message(error), clock.monotonicMs())
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

const message = (error: unknown): string =>
  error instanceof MeshError ? error.message : `unexpected: ${String(error)}`
