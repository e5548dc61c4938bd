import { randomUUID } from 'node:crypto'
import { MeshError } from '#core/model/errors.ts'
import type { HostId } from '#core/model/ids.ts'
import { type Command, type CommandResult, decodeCommand } from '#core/state/commands.ts'
import type { Clock } from '#platform/clock.ts'

/** A command without what this room fills in. */
export type Proposal = Command extends infer C ? (C extends Command ? Omit<C, 'requestId' | 'nowMs'> : never) : never

export interface ProposalOptions {
  readonly self: HostId
  readonly clock: Clock
  leader(): HostId | null
  /** Why no majority can answer, or undefined where one can. */
  noQuorum(): string | undefined
  dispatch(commands: readonly Command[]): void
  forward(leader: HostId, command: Command, timeoutMs: number): Promise<unknown>
}

const DEADLINE_MS = 10_000
/** A mesh without a majority says so after this long: an election takes less. */
const PATIENCE_MS = 3_000
const RETRY_MS = 200

/**
 * Brings commands to the leader, wherever it is, and their results back. A retry carries the same request id, so a lost answer
 * never spends twice. Rejects with NO_QUORUM, TIMEOUT, or what the log said.
 */
export class Proposals {
  readonly #options: ProposalOptions
  /** Who waits for the answer to a request: more than one where it was sent again meanwhile. */
  readonly #waiting = new Map<string, Set<(result: CommandResult) => void>>()

  constructor(options: ProposalOptions) {
    this.#options = options
  }

  async submit(proposal: Proposal): Promise<unknown> {
    const { clock } = this.#options
    const command = { ...proposal, requestId: randomUUID(), nowMs: clock.nowMs() } as Command
    // What no host could carry out must not enter the log: nobody would ever answer it.
    if (decodeCommand(command) === undefined)
      throw new MeshError(
        'BAD_INPUT',
        `the log takes no such ${command.type}; a name, number or address is out of range`,
      )
    const startMs = clock.monotonicMs()
    for (;;) {
      const result = await this.#once(command)
      if (result.ok) return result.value
      if (result.code !== 'NOT_LEADER') throw new MeshError(result.code, result.message, result.details)
      const waitedMs = clock.monotonicMs() - startMs
      const reason = this.#options.noQuorum()
      if (reason !== undefined && waitedMs >= PATIENCE_MS) throw new MeshError('NO_QUORUM', reason)
      if (waitedMs > DEADLINE_MS)
        throw new MeshError('TIMEOUT', `no leader answered within ${DEADLINE_MS / 1000} s (${result.message})`)
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
    }
  }

  /** A command another host forwarded; answered only while this host leads. */
  async here(command: Command, timeoutMs = DEADLINE_MS): Promise<CommandResult> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(command.requestId) ?? new Set()
      this.#waiting.set(command.requestId, waiting)
      const timer = setTimeout(() => {
        waiting.delete(answer)
        if (waiting.size === 0 && this.#waiting.get(command.requestId) === waiting)
          this.#waiting.delete(command.requestId)
        resolve(notLeader('no majority answered in time'))
      }, timeoutMs)
      const answer = (result: CommandResult): void => {
        clearTimeout(timer)
        resolve(result)
      }
      waiting.add(answer)
      this.#options.dispatch([command])
    })
  }

  /** The log's word on a command proposed here. */
  settle(requestId: string, result: CommandResult): void {
    const waiting = this.#waiting.get(requestId) ?? []
    this.#waiting.delete(requestId)
    for (const answer of waiting) answer(result)
  }

  async #once(command: Command): Promise<CommandResult> {
    const leader = this.#options.leader()
    if (leader === null) return notLeader('no leader is known')
    const stamped = { ...command, nowMs: this.#options.clock.nowMs() }
    if (leader === this.#options.self) return this.here(stamped, PATIENCE_MS)
    try {
      return (await this.#options.forward(leader, stamped, PATIENCE_MS)) as CommandResult
    } catch (error) {
      return notLeader(error instanceof Error ? error.message : String(error))
    }
  }
}

const notLeader = (message: string): CommandResult => ({ ok: false, code: 'NOT_LEADER', message, details: {} })
