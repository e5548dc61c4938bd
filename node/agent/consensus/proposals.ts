import { randomUUID } from 'node:crypto'
import { MeshError } from '#core/model/errors.ts'
import type { HostId } from '#core/model/ids.ts'
import { type Command, type CommandResult, decodeCommand } from '#core/state/commands.ts'
import type { Refusal } from '#core/state/state.ts'
import type { Clock } from '#platform/clock.ts'

/** A command without what this room fills in. */
export type Proposal = Command extends infer C ? (C extends Command ? Omit<C, 'requestId' | 'nowMs'> : never) : never

export interface ProposalOptions {
  readonly self: HostId
  readonly clock: Clock
  leader(): HostId | null
  /** Why no majority can answer, or undefined where one can. */
  noQuorum(): string | undefined
  /** Why no log may take it yet; undefined where one may. */
  refusal(command: Command): Refusal | undefined
  /** To the log of this host, which leads; what comes of it is told by `settle`. */
  propose(commands: readonly Command[]): void
  /** To the log of another host; may get lost, and so may the answer. */
  forward(leader: HostId, commands: readonly Command[]): void
}

const DEADLINE_MS = 10_000
/** A mesh without a majority says so after this long: an election takes less. */
const PATIENCE_MS = 3_000
/** An answer that has not come by then may be lost. A leader that has the request still under way does not take it twice. */
const RESEND_MS = 1_000
/** How soon a new leader is noticed while somebody waits. */
const LOOK_MS = 25
/** Callers that may wait here at once: far more than people and labs make, little enough to hold. */
const MAX_OPEN = 4_096

/** A caller that waits. */
interface Open {
  readonly command: Command
  readonly startMs: number
  readonly resolve: (value: unknown) => void
  readonly reject: (error: MeshError) => void
  /** Null while it is to be sent. */
  sent: { readonly to: HostId; readonly atMs: number } | null
  /** Why there is no answer yet. */
  why: string
  /** What the leader said that soon may be otherwise. */
  early?: MeshError
}

/**
 * Brings commands to the leader, wherever it is, and their results back. What is submitted in one turn of the event loop travels together.
 * A retry carries the same request id, so a lost answer never spends twice.
 */
export class Proposals {
  readonly #options: ProposalOptions
  readonly #open = new Map<string, Open>()
  #ready: Open[] = []
  #isFlushing = false
  #look: NodeJS.Timeout | undefined

  constructor(options: ProposalOptions) {
    this.#options = options
  }

  /**
   * Who asks with a `requestId` of his own gets the answer that one had before, from whichever host it came.
   * Rejects with NO_QUORUM, TIMEOUT, BUSY where too many wait or that one does, BAD_INPUT for what no log takes, HOST_OUTDATED, or what the log said.
   */
  async submit(proposal: Proposal, requestId: string = randomUUID()): Promise<unknown> {
    const { clock } = this.#options
    const command = { ...proposal, requestId, nowMs: clock.nowMs() } as Command
    // What no host could carry out must not enter the log: nobody would ever answer it.
    if (decodeCommand(command) === undefined)
      throw new MeshError(
        'BAD_INPUT',
        `the log takes no such ${command.type}; a name, number or address is out of range`,
      )
    // A leader of a former version cannot read it, and would never answer.
    const first = this.#options.refusal(command)
    const refusal = first?.details.isEarly === true ? await this.#refusalLater(command) : first
    if (refusal !== undefined) throw new MeshError(refusal.code, refusal.message, refusal.details)
    if (this.#open.size >= MAX_OPEN)
      throw new MeshError('BUSY', `${MAX_OPEN} requests wait for the log on this host already`)
    if (this.#open.has(requestId)) throw new MeshError('BUSY', 'that request waits for the log on this host already')
    return new Promise((resolve, reject) => {
      const startMs = clock.monotonicMs()
      const open = { command, startMs, resolve, reject, sent: null, why: 'no leader is known' }
      this.#open.set(command.requestId, open)
      this.#ready.push(open)
      this.#soon()
    })
  }

  /** The word of the log of `from` on a request; for requests of other hosts nothing happens. */
  settle(requestId: string, result: CommandResult, from: HostId = this.#options.self): void {
    const open = this.#open.get(requestId)
    if (open === undefined) return
    if (!result.ok && result.code === 'NOT_LEADER') {
      if (open.sent?.to === from) this.#again(open, result.message)
      return
    }
    if (!result.ok && result.details.isEarly === true) {
      // Sent again after a while, as if it had not answered.
      open.early = new MeshError(result.code, result.message, result.details)
      return
    }
    this.#open.delete(requestId)
    if (result.ok) open.resolve(result.value)
    else open.reject(new MeshError(result.code, result.message, result.details))
  }

  /** Why no log may take it once all hosts had time to be heard, as after a join. */
  async #refusalLater(command: Command): Promise<Refusal | undefined> {
    const { clock, refusal } = this.#options
    const endMs = clock.monotonicMs() + DEADLINE_MS
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, RESEND_MS).unref())
      const why = refusal(command)
      if (why?.details.isEarly !== true || clock.monotonicMs() >= endMs) return why
    }
  }

  #again(open: Open, why: string): void {
    open.sent = null
    open.why = why
    this.#ready.push(open)
  }

  #soon(): void {
    this.#look ??= setTimeout(() => this.#lookAfter(), LOOK_MS).unref()
    if (this.#isFlushing) return
    this.#isFlushing = true
    // Not a microtask: those who ask in other callbacks of this turn come along.
    setImmediate(() => {
      this.#isFlushing = false
      this.#flush()
    })
  }

  #flush(): void {
    const { self, clock } = this.#options
    const leader = this.#ready.length === 0 ? null : this.#options.leader()
    if (leader === null) return
    const ready = this.#ready.filter(({ command }) => this.#open.has(command.requestId))
    this.#ready = []
    if (ready.length === 0) return
    const sent = { to: leader, atMs: clock.monotonicMs() }
    for (const open of ready) open.sent = sent
    const nowMs = clock.nowMs()
    const commands = ready.map(({ command }) => ({ ...command, nowMs }))
    if (leader === self) this.#options.propose(commands)
    else this.#options.forward(leader, commands)
  }

  #lookAfter(): void {
    this.#look = undefined
    const leader = this.#options.leader()
    const nowMs = this.#options.clock.monotonicMs()
    const late = [...this.#open.values()].filter((open) => nowMs - open.startMs >= PATIENCE_MS)
    const reason = late.length === 0 ? undefined : this.#options.noQuorum()
    for (const open of late) this.#endLate(open, nowMs, reason)
    for (const open of this.#open.values()) {
      const { sent } = open
      if (sent === null) continue
      if (sent.to !== leader) this.#again(open, 'the leader has gone')
      else if (nowMs - sent.atMs >= RESEND_MS) this.#again(open, 'the leader does not answer')
    }
    this.#flush()
    if (this.#open.size > 0) this.#look = setTimeout(() => this.#lookAfter(), LOOK_MS).unref()
  }

  #endLate({ command, startMs, reject, why, early }: Open, nowMs: number, noQuorum: string | undefined): void {
    if (noQuorum === undefined && nowMs - startMs < DEADLINE_MS) return
    this.#open.delete(command.requestId)
    if (noQuorum !== undefined) reject(new MeshError('NO_QUORUM', noQuorum))
    else reject(early ?? new MeshError('TIMEOUT', `no leader answered within ${DEADLINE_MS / 1000} s (${why})`))
  }
}
