import { REPLACE_VOTER_AFTER_MS } from '../membership/voters.ts'
import type { ErrorCode } from '../model/errors.ts'
import type { HostId } from '../model/ids.ts'
import { own } from '../model/own.ts'
import type { RecordDraft, VerifiedRecord } from '../model/record.ts'
import { intentVersion } from '../record/version.ts'
import type { Command } from '../state/commands.ts'
import { nextLeaseEndMs } from '../state/leases.ts'
import type { Effect } from './effect.ts'
import { statusKey } from './labs.ts'
import { answer, bestHeir, decided, type LeaderInput, type Refusal, successor, voterChange } from './leader.ts'
import { Sweep } from './sweep.ts'
import { AccessTelling } from './telling.ts'

/** How patient a leader is, in ms; every core host should be told the same, as each may lead. */
export interface LeadingTimes {
  /** How long a voter may be down before another host gets its vote. */
  readonly replaceVoterAfterMs: number
  /** How long a lab that nobody wants keeps its numbers. */
  readonly sweepOrphansAfterMs: number
}

export const LEADING_DEFAULTS: LeadingTimes = {
  replaceVoterAfterMs: REPLACE_VOTER_AFTER_MS,
  sweepOrphansAfterMs: 900_000,
}

/** A lab the pools could not serve is asked for again after this: numbers come free as others rest. */
const EXHAUSTED_MS = 10_000
/** How long a host that came back is heard out before its labs get new numbers. */
const HEAR_OUT_MS = 1_000
/** A hand-over that came to nothing is tried again after this: twice the time Raft gives it. */
const HAND_OVER_MS = 3_000

/** What a leader does beyond the log: answers intents, publishes decisions, moves voters, ends what is over. Does nothing on other hosts. */
export class Leading {
  readonly #times: LeadingTimes
  readonly #sweep: Sweep
  readonly #access = new AccessTelling()
  /** The proposal under way, by lab; those that are of no lab by their own name. */
  readonly #proposed = new Map<string, { readonly requestId: string; readonly intentVersion: string }>()
  /** Labs the pools could not serve, and when that was. */
  readonly #exhausted = new Map<string, Refusal & { readonly atMs: number }>()
  /** In a recovered mesh: labs other hosts told of, and when each was first heard of. */
  readonly #heard = new Map<string, { readonly intentVersion: string; readonly atMs: number }>()
  #handOverMs = Number.NEGATIVE_INFINITY

  constructor(times: LeadingTimes = LEADING_DEFAULTS) {
    this.#times = times
    this.#sweep = new Sweep(times.sweepOrphansAfterMs)
  }

  /** Everything due now. */
  run(input: LeaderInput): readonly Effect[] {
    const effects: Effect[] = this.#told(input).map((draft) => ({ type: 'publish', draft }))
    const change = voterChange(input, this.#times.replaceVoterAfterMs)
    if (change !== undefined) effects.push(...input.replica.change(change, input.at.nowMs))
    effects.push(...this.#handOver(input))
    return [...effects, ...this.#answerAll(input), ...this.#endLeases(input), ...this.#sweepOrphans(input)]
  }

  #told(input: LeaderInput): readonly RecordDraft[] {
    const access = this.#access.draft(input)
    return access === undefined ? decided(input) : [...decided(input), access]
  }

  /** Hands leadership to another voter, because this host stops; nothing where there is none. */
  resign(input: LeaderInput): readonly Effect[] {
    const to = bestHeir(input)
    return to === undefined ? [] : transfer(to, input)
  }

  /** Takes the outcomes of its own proposals out of `effects`. */
  settle(effects: readonly Effect[], nowMs: number): readonly Effect[] {
    return effects.filter((effect) => {
      if (effect.type !== 'outcome') return true
      const mine = [...this.#proposed].find(([, proposal]) => proposal.requestId === effect.requestId)
      if (mine === undefined) return true
      const [lab, { intentVersion }] = mine
      this.#proposed.delete(lab)
      const { result } = effect
      if (!result.ok && isWaitedFor(result.code))
        this.#exhausted.set(lab, { code: result.code, message: result.message, intentVersion, atMs: nowMs })
      return false
    })
  }

  /** A leader that is drained or removed lets another one lead. */
  #handOver(input: LeaderInput): readonly Effect[] {
    const { nowMs } = input.at
    const to = nowMs - this.#handOverMs < HAND_OVER_MS ? undefined : successor(input)
    if (to === undefined) return []
    this.#handOverMs = nowMs
    return transfer(to, input)
  }

  #answerAll(input: LeaderInput): readonly Effect[] {
    const refusals: Record<string, Refusal> = {}
    const effects: Effect[] = []
    for (const record of input.book.of('intent')) {
      const lab = record.key
      const exhausted = this.#exhaustedNow(lab, input)
      if (exhausted?.intentVersion === intentVersion(record.version)) refusals[lab] = exhausted
      else if (!this.#isUnderWay(lab, input)) effects.push(...this.#answerOne(lab, input, refusals))
    }
    return [...effects, ...refusalStatus(refusals, input)]
  }

  #exhaustedNow(lab: string, { at }: LeaderInput): Refusal | undefined {
    const held = this.#exhausted.get(lab)
    if (held === undefined) return undefined
    const { atMs, ...refusal } = held
    if (at.nowMs - atMs < EXHAUSTED_MS) return refusal
    this.#exhausted.delete(lab)
    return undefined
  }

  #answerOne(lab: string, input: LeaderInput, refusals: Record<string, Refusal>): readonly Effect[] {
    const record = input.book.get('intent', lab)
    const command = record === undefined ? undefined : answer(record, input)
    if (record === undefined || command === undefined) return []
    if ('type' in command) {
      if (command.type === 'assign' && this.#mayBeToldMore(record, input)) return []
      return this.#propose(lab, command, input)
    }
    refusals[lab] = command
    return []
  }

  /** In a mesh that was recovered, hosts that come back bring labs, and in the same exchange what was decided for them. */
  #mayBeToldMore({ key, version, author }: VerifiedRecord, { self, state, at }: LeaderInput): boolean {
    if (state.epoch === 1 || author === self || own(state.assignments, key) !== undefined) return false
    const known = this.#heard.get(key)
    if (known?.intentVersion === intentVersion(version)) return at.nowMs - known.atMs < HEAR_OUT_MS
    this.#heard.set(key, { intentVersion: intentVersion(version), atMs: at.nowMs })
    return true
  }

  #endLeases(input: LeaderInput): readonly Effect[] {
    const dueMs = nextLeaseEndMs(input.state)
    if (dueMs === undefined || dueMs > input.at.wallMs || this.#isUnderWay(LEASES, input)) return []
    const requestId = `expire/${input.replica.status.term}/${Math.trunc(input.at.nowMs)}`
    return this.#propose(LEASES, { type: 'expire', requestId, nowMs: input.at.wallMs }, input)
  }

  #sweepOrphans(input: LeaderInput): readonly Effect[] {
    const due = this.#sweep.due(input).filter(({ lab }) => !this.#isUnderWay(lab, input))
    return due.flatMap((command): readonly Effect[] => {
      const { lab, intentVersion } = command
      const fields = { lab, intentVersion, why: 'it holds numbers, but no host knows an intent for it' }
      return [{ type: 'notice', level: 'warn', code: 'LAB_SWEPT', fields }, ...this.#propose(lab, command, input)]
    })
  }

  #propose(name: string, command: Command, input: LeaderInput): readonly Effect[] {
    this.#heard.delete(name)
    const version = 'intentVersion' in command ? command.intentVersion : ''
    this.#proposed.set(name, { requestId: command.requestId, intentVersion: version })
    return input.replica.propose([command], input.at.nowMs)
  }

  #isUnderWay(lab: string, input: LeaderInput): boolean {
    const proposal = this.#proposed.get(lab)
    if (proposal === undefined) return false
    if (input.replica.isWaiting(proposal.requestId)) return true
    this.#proposed.delete(lab)
    return false
  }
}

/** What somebody else has may come free. */
const isWaitedFor = (code: ErrorCode): code is Refusal['code'] =>
  code === 'POOL_EXHAUSTED' || code === 'MGMT_CONFLICT' || code === 'PORT_TAKEN'

/** No lab is called so. */
const LEASES = '/leases'

const transfer = (to: HostId, input: LeaderInput): readonly Effect[] => [
  { type: 'notice', level: 'info', code: 'HAND_OVER', fields: { to } },
  ...input.replica.transfer(to, input.at.nowMs),
]

/** The status record with the leader's refusals, where they changed. */
const refusalStatus = (refusals: Readonly<Record<string, Refusal>>, input: LeaderInput): readonly Effect[] => {
  const key = statusKey(input.self, '')
  const held = input.book.get('status', key)?.body ?? {}
  if (JSON.stringify(held) === JSON.stringify(refusals)) return []
  const draft: RecordDraft = { kind: 'status', key, version: [], expiresAtMs: 0, body: refusals }
  return [{ type: 'publish', draft }]
}
