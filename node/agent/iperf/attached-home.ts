import { isIP } from 'node:net'
import { MeshError } from '#core/model/errors.ts'
import type { FeedTold } from '#core/model/feed.ts'
import type { HostId } from '#core/model/ids.ts'
import { type AttachedBody, isTerminal } from '#core/model/iperf.ts'
import type { Clock } from '#platform/clock.ts'
import type { AttachedOutcome, TaskView } from '../port-iperf.ts'
import type { AttachedBook } from './attached-book.ts'
import type { AttachedCall } from './attached-calls.ts'
import type { AttachedTasks } from './attached-tasks.ts'

export interface AttachedHomeOptions {
  readonly self: HostId
  readonly clock: Clock
  readonly book: AttachedBook
  readonly tasks: AttachedTasks
  /** What the mesh knows of a task. NOT_FOUND. */
  task(id: number): TaskView
  tell(told: FeedTold): void
  onFatal(error: unknown): void
}

type Facts = Pick<AttachedBody, 'address' | 'iperfVersion'>

/** Not heard for so long: offline. Machines are to be heard every 5 s. */
const OFFLINE_MS = 15_000
/** That it is still there is told to all this often. */
const TELL_MS = 60_000
const MAX_VERSION_CHARS = 100

/** Speaks with the machines that are attached to this host, whose keys were checked. */
export class AttachedHome {
  readonly #options: AttachedHomeOptions
  readonly #startMs: number
  /** By name: when a machine was heard, and when that was told to all, ms of a clock that never jumps. */
  readonly #heard = new Map<string, { readonly atMs: number; readonly toldMs: number }>()
  readonly #ending = new Set<string>()

  constructor(options: AttachedHomeOptions) {
    this.#options = options
    this.#startMs = options.clock.monotonicMs()
  }

  /** What the port promises for each call, as the answer of it. */
  async carryOut(machine: AttachedBody, ask: AttachedCall): Promise<unknown> {
    const { tasks, book } = this.#options
    const now = await this.#hear(machine, ask.call === 'register' ? factsOf(ask) : {})
    switch (ask.call) {
      case 'register':
      case 'heartbeat':
        return book.view(now)
      case 'claim':
        return tasks.claim(machine.name) ?? null
      case 'started':
        return this.#started(machine.name, ask.task)
      case 'result':
        return this.#result(machine.name, ask.task, outcomeOf(ask.outcome))
    }
  }

  /** Why a machine is none of this host's; undefined where it is one. */
  whyGone(name: string): string | undefined {
    const machine = this.#options.book.find(name)
    if (machine === undefined) return `there is no attached machine named ${name}`
    return machine.home === this.#options.self ? undefined : `${name} speaks with another host now`
  }

  /** Why a machine can do nothing for this host; undefined where it can. */
  whyNot(name: string): string | undefined {
    const { book, tasks, clock } = this.#options
    const whyGone = this.whyGone(name)
    if (whyGone !== undefined) return whyGone
    const heard = this.#heard.get(name)
    const atMs = heard?.atMs ?? (book.find(name)?.isOnline === true ? this.#startMs : Number.NEGATIVE_INFINITY)
    const isHeard = clock.monotonicMs() - atMs < OFFLINE_MS || tasks.isBusy(name)
    return isHeard ? undefined : `${name} is offline: it was not heard for ${OFFLINE_MS / 1_000} s`
  }

  /** Each second or so: tells which machines are offline, and ends what waited too long. */
  look(): void {
    const { book, tasks, self, onFatal } = this.#options
    tasks.look()
    for (const { name, home, isOnline } of book.all()) {
      if (home !== self) this.#heard.delete(name)
      else if (isOnline && !this.#ending.has(name) && this.whyNot(name) !== undefined)
        void this.#offline(name).catch(onFatal)
    }
  }

  async #offline(name: string): Promise<void> {
    const { book, self, tell } = this.#options
    this.#ending.add(name)
    try {
      let isNew = false
      await book.change(name, (held) => {
        isNew = held?.home === self && held.isOnline && this.whyNot(name) !== undefined
        return isNew && held !== undefined ? { ...held, isOnline: false } : held
      })
      if (isNew) tell({ level: 'warn', code: 'ATTACHED_OFFLINE', message: `attached machine ${name} is not heard` })
    } finally {
      this.#ending.delete(name)
    }
  }

  /** It is there: told to all where that, or anything of it, is new. */
  async #hear({ name, id }: AttachedBody, facts: Facts): Promise<AttachedBody> {
    const { book, clock, self, tell } = this.#options
    const atMs = clock.monotonicMs()
    const { toldMs } = this.#heard.get(name) ?? { toldMs: Number.NEGATIVE_INFINITY }
    this.#heard.set(name, { atMs, toldMs })
    let isNew = false
    const now = await book.change(name, (held) => {
      if (held?.id !== id) throw new MeshError('NOT_FOUND', `there is no attached machine named ${name} any more`)
      isNew = held.home !== self || !held.isOnline
      const isOther = Object.entries(facts).some(([key, value]) => held[key as keyof Facts] !== value)
      if (!isNew && !isOther && atMs - toldMs < TELL_MS) return held
      this.#heard.set(name, { atMs, toldMs: atMs })
      return { ...held, ...facts, home: self, isOnline: true, heardAtMs: clock.nowMs() }
    })
    if (isNew) tell({ level: 'info', code: 'ATTACHED_ONLINE', message: `attached machine ${name} asks for its tasks` })
    return now
  }

  #started(machine: string, id: number): TaskView {
    const { tasks, clock, task } = this.#options
    const view = this.#own(machine, id)
    tasks.started(id)
    // What this host tells of it follows.
    return isTerminal(view.state) || view.state === 'running'
      ? task(id)
      : { ...view, state: 'running', startedAtMs: clock.nowMs() }
  }

  #result(machine: string, id: number, outcome: AttachedOutcome): TaskView {
    const { tasks, clock } = this.#options
    const view = this.#own(machine, id)
    tasks.told(id, outcome)
    if (isTerminal(view.state)) return view
    const error = outcome.state === 'succeeded' ? {} : { error: outcome.error ?? `it ${outcome.state}` }
    return { ...view, ...error, state: outcome.state, endedAtMs: clock.nowMs() }
  }

  /** A task this host waits for. NOT_FOUND for one of another machine, TEST_STATE for one that is over. */
  #own(machine: string, id: number): TaskView {
    const view = this.#view(machine, id)
    if (view.end !== machine) throw new MeshError('NOT_FOUND', `${machine} has no task ${id}`, { id })
    if (!this.#options.tasks.has(machine, id))
      throw new MeshError('TEST_STATE', `task ${id} is not waited for: it is ${view.state}`, { id, state: view.state })
    return view
  }

  /** A machine that is told 404 gives up: that nobody wants to know of what it did is no reason. */
  #view(machine: string, id: number): TaskView {
    try {
      return this.#options.task(id)
    } catch (error) {
      if (!this.#options.tasks.knew(machine, id)) throw error
      throw new MeshError('TEST_STATE', `task ${id} is over: its exercise was removed`, { id })
    }
  }
}

/** BAD_INPUT tells all that is wrong. */
const factsOf = ({ address, iperfVersion }: Extract<AttachedCall, { call: 'register' }>): Facts => {
  const plain = address?.replace(/^::ffff:(?=\d+\.)/i, '')
  const problems = [
    ...(plain === undefined || (isIP(plain) !== 0 && !plain.includes('%'))
      ? []
      : [`address ${plain} is no IP address without a zone`]),
    ...(iperfVersion === undefined || iperfVersion.length <= MAX_VERSION_CHARS
      ? []
      : [`iperfVersion has more than ${MAX_VERSION_CHARS} characters`]),
  ]
  if (problems.length > 0) throw new MeshError('BAD_INPUT', problems.join('; '), { problems })
  return {
    ...(plain === undefined ? {} : { address: plain }),
    ...(iperfVersion === undefined ? {} : { iperfVersion }),
  }
}

const outcomeOf = ({
  state,
  error,
  output,
}: Extract<AttachedCall, { call: 'result' }>['outcome']): AttachedOutcome => ({
  state,
  // It travels in a record.
  ...(error === undefined ? {} : { error: error.slice(0, 1_000) }),
  ...(output === undefined ? {} : { output }),
})
