import { MeshError } from '#core/model/errors.ts'
import type { FeedTold } from '#core/model/feed.ts'
import type { LabName, NodeName } from '#core/model/ids.ts'
import type { Workload } from '#core/model/resource.ts'
import { workloadId } from '#core/model/resource-ids.ts'
import { type Console, shellOr, type Terminal } from '#drivers/terminal.ts'
import type { Clock } from '#platform/clock.ts'
import type { ConsoleAsk, ConsoleInput, ConsoleOutput } from '../port.ts'
import { Session, type SessionEnd } from './session.ts'

export interface ConsolesOptions extends Console {
  /** Of this host. */
  readonly name: string
  readonly clock: Clock
  workload(id: string): Workload | undefined
  /** What the kind of a node says that its terminals run. */
  commandOf(lab: string, node: string): readonly string[] | undefined
  /** Whether it is this host that is to run a node. */
  isAssigned(lab: string, node: string): boolean
  tell(told: FeedTold): void
  newId(): string
}

/** At once on one host, and of one user there; each is a process, and memory for what it printed. */
const MAX_SESSIONS = 64
const MAX_OF_ONE = 16
/** Without a viewer a session waits so long for one to come back. */
const KEPT_MS = 60_000
/** Nothing was typed and nothing printed for so long; and so long at most in any case. */
const IDLE_MS = 8 * 3_600_000
const LIFE_MS = 24 * 3_600_000
const LOOK_MS = 60_000
/** States of a workload in which nothing runs in it. */
const GONE: ReadonlySet<Workload['state']> = new Set(['created', 'exited', 'lost'])

interface Entry {
  readonly session: Session
  readonly ask: Pick<ConsoleAsk, 'lab' | 'node' | 'who'>
  readonly containerId: string
  readonly beganMs: number
  lifeMs: number
  hasEnded: boolean
  gone: NodeJS.Timeout | undefined
}

/** Who looks, and how what is said and shown travels. */
export interface Watching {
  readonly input: AsyncIterable<ConsoleInput>
  readonly signal: AbortSignal
  /** Name of the host that was asked. */
  readonly by: string
}

/** The terminals in lab nodes of this host. */
export class Consoles {
  readonly #options: ConsolesOptions
  readonly #entries = new Map<string, Entry>()
  readonly #timer: NodeJS.Timeout
  /** Whose terminals are being opened. */
  readonly #opening: string[] = []

  constructor(options: ConsolesOptions) {
    this.#options = options
    this.#timer = setInterval(() => this.#look(), LOOK_MS)
    this.#timer.unref()
  }

  /** Opens a terminal, or goes on with one that is there. NOT_FOUND, BUSY, TOOL_FAILED; TIMEOUT where nobody used it. */
  async *watch(ask: ConsoleAsk, { input, signal, by }: Watching): AsyncGenerator<ConsoleOutput, void> {
    const entry = ask.session === undefined ? await this.#begin(ask, by) : this.#joined(ask, ask.session, by)
    yield* entry.session.watch(ask, input, signal)
  }

  /** After each look at the host: terminals end with the node they are in. One that was not seen may only be hidden by a slow engine. */
  saw(): void {
    for (const { session, ask, containerId, hasEnded } of this.#entries.values()) {
      const now = this.#workload(ask)
      const isThere =
        now === undefined
          ? this.#options.isAssigned(ask.lab, ask.node)
          : now.containerId === containerId && !GONE.has(now.state)
      if (hasEnded || isThere) continue
      const why = `node ${ask.node} of lab ${ask.lab} does not run on ${this.#options.name} any more`
      void session.close(new MeshError('NOT_FOUND', why))
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    const why = new MeshError('UNREACHABLE', `the agent of ${this.#options.name} is stopped`)
    await Promise.all([...this.#entries.values()].map(({ session }) => session.close(why)))
    for (const { gone } of this.#entries.values()) clearTimeout(gone)
  }

  #workload({ lab, node }: Pick<ConsoleAsk, 'lab' | 'node'>): Workload | undefined {
    return this.#options.workload(workloadId(lab as LabName, node as NodeName))
  }

  async #begin(ask: ConsoleAsk, by: string): Promise<Entry> {
    const { clock, newId, name: host } = this.#options
    const { terminal, containerId } = await this.#open(ask)
    const id = newId()
    const nowMs = clock.monotonicMs()
    const session = new Session({
      id,
      host,
      node: ask.node,
      terminal,
      size: { cols: ask.cols, rows: ask.rows },
      onEnd: (end) => this.#ended(id, end),
      onWatched: (isWatched) => this.#keep(id, isWatched),
      onLife: () => this.#lives(id),
    })
    const { lab, node, who } = ask
    const made = { session, ask: { lab, node, who }, containerId, beganMs: nowMs, lifeMs: nowMs }
    const entry: Entry = { ...made, hasEnded: false, gone: undefined }
    this.#entries.set(id, entry)
    this.#tell(entry, 'CONSOLE_OPENED', `${who} opened a terminal, by way of ${by}`)
    return entry
  }

  async #open(ask: ConsoleAsk): Promise<{ readonly terminal: Terminal; readonly containerId: string }> {
    const { name, commandOf, openTerminal } = this.#options
    const workload = this.#workload(ask)
    if (workload?.state !== 'running' || workload.containerId === undefined)
      throw new MeshError('NOT_FOUND', `node ${ask.node} of lab ${ask.lab} is not running on ${name} now`)
    const { containerId } = workload
    this.#makeRoom(ask.who)
    this.#opening.push(ask.who)
    try {
      const argv = shellOr(commandOf(ask.lab, ask.node))
      return { terminal: await openTerminal(containerId, { argv, cols: ask.cols, rows: ask.rows }), containerId }
    } finally {
      this.#opening.splice(this.#opening.indexOf(ask.who), 1)
    }
  }

  /** BUSY. Before somebody gets no more terminals, those that they left go. */
  #makeRoom(who: string): void {
    const { name } = this.#options
    const [all, own] = [this.#count(), this.#count(who)]
    if (all < MAX_SESSIONS && own < MAX_OF_ONE) return
    const left = [...this.#entries].find(
      ([, { ask, hasEnded, gone }]) => ask.who === who && !hasEnded && gone !== undefined,
    )
    if (left !== undefined) return void this.#drop(left[0], 'they opened another one')
    const most = own < MAX_OF_ONE ? `${MAX_SESSIONS}` : `${MAX_OF_ONE} of ${who}`
    throw new MeshError('BUSY', `${name} has ${most} terminals open, and no more can be`)
  }

  #count(who?: string): number {
    const entries = [...this.#entries.values()].filter(({ hasEnded }) => !hasEnded).map(({ ask }) => ask.who)
    return [...entries, ...this.#opening].filter((one) => who === undefined || one === who).length
  }

  #joined(ask: ConsoleAsk, id: string, by: string): Entry {
    const entry = this.#entries.get(id)
    if (entry === undefined || entry.ask.lab !== ask.lab || entry.ask.node !== ask.node)
      throw new MeshError('NOT_FOUND', `this terminal in node ${ask.node} of lab ${ask.lab} is not there any more`)
    const how = ask.view === true ? 'looks at' : 'shares'
    if (ask.who !== entry.ask.who)
      this.#tell(entry, 'CONSOLE_OPENED', `${ask.who} ${how} a terminal of ${entry.ask.who}, by way of ${by}`)
    return entry
  }

  #ended(id: string, end: SessionEnd): void {
    const entry = this.#entries.get(id)
    if (entry === undefined) return
    entry.hasEnded = true
    if (entry.session.viewers === 0) this.#keep(id, false)
    const how = end instanceof MeshError ? end.message : `exit code ${end.code}`
    const seconds = Math.round((this.#options.clock.monotonicMs() - entry.beganMs) / 1_000)
    this.#tell(entry, 'CONSOLE_CLOSED', `the terminal of ${entry.ask.who} ended after ${seconds} s: ${how}`)
  }

  /** What it still has to say is kept for who comes back, also where it has ended. */
  #keep(id: string, isWatched: boolean): void {
    const entry = this.#entries.get(id)
    if (entry === undefined) return
    clearTimeout(entry.gone)
    entry.gone = undefined
    if (isWatched) return
    entry.gone = setTimeout(() => this.#drop(id, 'nobody came back to it'), KEPT_MS)
    entry.gone.unref()
  }

  /** Nobody sees it. */
  #drop(id: string, why: string): void {
    const entry = this.#entries.get(id)
    if (entry === undefined) return
    clearTimeout(entry.gone)
    this.#entries.delete(id)
    if (entry.hasEnded) return
    entry.hasEnded = true
    this.#tell(entry, 'CONSOLE_CLOSED', `the terminal of ${entry.ask.who} ended: ${why}`)
    void entry.session.close(new MeshError('TIMEOUT', 'nobody came back to this terminal'))
  }

  #lives(id: string): void {
    const entry = this.#entries.get(id)
    if (entry !== undefined) entry.lifeMs = this.#options.clock.monotonicMs()
  }

  #look(): void {
    const nowMs = this.#options.clock.monotonicMs()
    for (const { session, beganMs, lifeMs, hasEnded } of this.#entries.values()) {
      if (hasEnded || (nowMs - lifeMs < IDLE_MS && nowMs - beganMs < LIFE_MS)) continue
      const why =
        nowMs - lifeMs >= IDLE_MS ? `not used for ${IDLE_MS / 3_600_000} h` : `open for ${LIFE_MS / 3_600_000} h`
      void session.close(new MeshError('TIMEOUT', `this terminal was ${why}`))
    }
  }

  #tell({ ask }: Pick<Entry, 'ask'>, code: FeedTold['code'], message: string): void {
    this.#options.tell({ level: 'info', code, lab: ask.lab, about: ask.node, message })
  }
}
