import { ERRORS, type ErrorCode } from '#core/model/errors.ts'
import type { HostId } from '#core/model/ids.ts'
import type { HostRole } from '#core/model/lab.ts'
import { type Command, type CommandResult, decodeCommand } from '#core/state/commands.ts'
import type { Clock } from '#platform/clock.ts'

/** Requests of other hosts under way at once; beyond it they are told BUSY. */
const MAX_GUESTS = 16_384
/** Who has not got an answer by then asks no more. */
const GUEST_MS = 20_000
/** Commands, or answers, in one message. */
const BATCH = 256

/** Travels beside the messages of consensus, in the same stream, so in the same order. */
type ForwardMessage =
  | { readonly propose: readonly unknown[] }
  | { readonly outcomes: readonly (readonly [requestId: string, result: CommandResult])[] }

export interface ForwardingOptions {
  readonly clock: Clock
  /** Undefined for who is not admitted. */
  roleOf(host: HostId): HostRole | undefined
  /** To the log of this host; what comes of it is told by `settle`. */
  propose(commands: readonly Command[]): void
  /** What another host's log said to a caller of this one. */
  onOutcome(requestId: string, result: CommandResult, from: HostId): void
  send(to: HostId, message: ForwardMessage): void
  count(code: string): void
}

interface Guest {
  readonly hosts: Set<HostId>
  readonly atMs: number
}

/** Takes commands to the host that leads, and its answers back to where they were asked: many in one message. */
export class Forwarding {
  readonly #options: ForwardingOptions
  /** Who asked, by request; the oldest first. */
  readonly #guests = new Map<string, Guest>()
  #answers = new Map<HostId, (readonly [string, CommandResult])[]>()

  constructor(options: ForwardingOptions) {
    this.#options = options
  }

  /** Best effort: lost where `leader` is not connected. */
  forward(leader: HostId, commands: readonly Command[]): void {
    for (const propose of inBatches(commands)) this.#options.send(leader, { propose })
  }

  /** Takes a message of an admitted host if it is of this kind; says whether it is. */
  hear(from: HostId, message: unknown): boolean {
    if (typeof message !== 'object' || message === null) return false
    if ('propose' in message) this.#takeCommands(from, message.propose)
    else if ('outcomes' in message) this.#takeOutcomes(from, message.outcomes)
    else return false
    return true
  }

  /** The word of this host's log, for the hosts that asked. */
  settle(requestId: string, result: CommandResult): void {
    const guest = this.#guests.get(requestId)
    if (guest === undefined) return
    this.#guests.delete(requestId)
    for (const host of guest.hosts) this.#answer(host, requestId, result)
  }

  #takeCommands(from: HostId, items: unknown): void {
    this.#forgetOld()
    const role = this.#options.roleOf(from)
    const commands: Command[] = []
    for (const item of this.#batch(items)) {
      const command = decodeCommand(item)
      const refusal =
        command === undefined ? undefined : (mayPropose(command, role, from) ?? this.#admit(from, command))
      if (command === undefined) this.#options.count('BAD_FORWARD')
      else if (refusal === undefined) commands.push(command)
      else this.#answer(from, command.requestId, refusal)
    }
    if (commands.length > 0) this.#options.propose(commands)
  }

  #takeOutcomes(from: HostId, items: unknown): void {
    const isCore = this.#options.roleOf(from) === 'core'
    for (const item of this.#batch(isCore ? items : undefined)) {
      const [requestId, result]: readonly unknown[] = Array.isArray(item) ? item : []
      const decoded = decodeResult(result)
      if (typeof requestId !== 'string' || decoded === undefined) this.#options.count('BAD_FORWARD')
      else this.#options.onOutcome(requestId, decoded, from)
    }
  }

  #batch(items: unknown): readonly unknown[] {
    if (Array.isArray(items) && items.length <= BATCH) return items
    this.#options.count('BAD_FORWARD')
    return []
  }

  #admit(from: HostId, { requestId }: Command): CommandResult | undefined {
    const guest = this.#guests.get(requestId)
    if (guest === undefined && this.#guests.size >= MAX_GUESTS)
      return refusal('BUSY', `the leader works on ${MAX_GUESTS} requests of other hosts already`)
    if (guest === undefined)
      this.#guests.set(requestId, { hosts: new Set([from]), atMs: this.#options.clock.monotonicMs() })
    else guest.hosts.add(from)
    return undefined
  }

  #forgetOld(): void {
    const oldMs = this.#options.clock.monotonicMs() - GUEST_MS
    for (const [requestId, { atMs }] of this.#guests) {
      if (atMs > oldMs) return
      this.#guests.delete(requestId)
    }
  }

  #answer(host: HostId, requestId: string, result: CommandResult): void {
    if (this.#answers.size === 0) queueMicrotask(() => this.#sendAnswers())
    const answers = this.#answers.get(host) ?? []
    this.#answers.set(host, answers)
    answers.push([requestId, result])
  }

  #sendAnswers(): void {
    const all = this.#answers
    this.#answers = new Map()
    for (const [host, answers] of all) for (const outcomes of inBatches(answers)) this.#options.send(host, { outcomes })
  }
}

/** Commands a leader makes by itself: no other host brings them. */
const LEADERS_OWN: ReadonlySet<Command['type']> = new Set(['assign', 'release', 'adopt', 'expire'])

/** What every host that is in needs to measure. */
const EVERYBODYS: ReadonlySet<Command['type']> = new Set(['number', 'hold-test', 'free-test'])

/**
 * Why `from` may not bring `command` to the log; undefined where it may. One that is not core tells nothing but where it is itself, and what
 * its tests need.
 */
const mayPropose = (command: Command, role: HostRole | undefined, from: HostId): CommandResult | undefined =>
  (role === 'core' && !LEADERS_OWN.has(command.type)) ||
  (role !== undefined && (EVERYBODYS.has(command.type) || (command.type === 'update-host' && command.id === from)))
    ? undefined
    : refusal('NOT_CORE', `a ${role ?? 'host that is not admitted'} may not bring ${command.type} to the log`)

const refusal = (code: ErrorCode, message: string): CommandResult => ({ ok: false, code, message, details: {} })

const inBatches = <T>(items: readonly T[]): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(items.length / BATCH) }, (_, i) => items.slice(i * BATCH, (i + 1) * BATCH))

/** Another host's log is believed in what it gives, but not in its form. */
const decodeResult = (value: unknown): CommandResult | undefined => {
  if (typeof value !== 'object' || value === null || !('ok' in value)) return undefined
  if (value.ok === true) return 'value' in value ? (value as CommandResult) : undefined
  const { code, message, details } = value as Readonly<Record<string, unknown>>
  const isSound = typeof code === 'string' && Object.hasOwn(ERRORS, code) && typeof message === 'string'
  if (!isSound || typeof details !== 'object' || details === null) return undefined
  return value as CommandResult
}
