import type { Message } from '../consensus/messages.ts'
import { Raft } from '../consensus/raft.ts'
import type { Configuration, Entry, Persisted, RaftConfig, RaftEffect, Snapshot } from '../consensus/types.ts'
import type { VoterChange } from '../membership/voters.ts'
import type { HostId } from '../model/ids.ts'
import { type Command, type CommandResult, decodeCommand } from '../state/commands.ts'
import { apply } from '../state/machine.ts'
import { decodeState, encodeState } from '../state/snapshot.ts'
import type { Refusal, State } from '../state/state.ts'
import { Compaction } from './compaction.ts'
import type { Effect } from './effect.ts'

export interface ReplicaOptions {
  readonly self: HostId
  readonly persisted: Persisted
  readonly raft: RaftConfig
  readonly nowMs: number
  /** The epoch messages of this log are sent in; asked at each. */
  epoch(): number
  /** Why the log may not take this yet; undefined where it may. Asked where this host leads. */
  refusal(command: Command, state: State): Refusal | undefined
  random(): number
}

/** What a core host that has not heard the log yet starts from. */
export const EMPTY: Persisted = {
  hard: { term: 0, votedFor: null },
  snapshot: { index: 0, term: 0, configuration: { voters: [], learners: [] }, state: null },
  entries: [],
}

/** The replicated log and the state it makes, on one core host. */
export class Replica {
  readonly #options: ReplicaOptions
  #raft: Raft
  #isDropping = false
  #state: State | null
  #compaction: Compaction
  /** Term of the last entry applied. */
  #appliedTerm: number
  /** Requests proposed here and not answered yet, with the term they were proposed in. */
  readonly #waiting = new Map<string, number>()

  constructor(options: ReplicaOptions) {
    this.#options = options
    this.#raft = raftOf(options)
    this.#state = stateOf(options.persisted.snapshot)
    this.#compaction = new Compaction(options.persisted.snapshot.index, this.#state)
    this.#appliedTerm = options.persisted.snapshot.term
  }

  /** Null until the first snapshot came. */
  get state(): State | null {
    return this.#state
  }

  /** Whether it leads and has entries that are not committed. */
  get isCommitting(): boolean {
    return this.#raft.isCommitting
  }

  /** The part of {@link status} that is asked for all the time. */
  get standing(): Raft['standing'] {
    return this.#raft.standing
  }

  get status(): Raft['status'] {
    return this.#raft.status
  }

  /** Where the log ends, and what of it is not known to be committed. */
  get tail(): Raft['tail'] {
    return this.#raft.tail
  }

  /**
   * Whether this host leads and has applied all that earlier leaders committed: true once an entry of its own term is
   * committed (Raft paper §8). Before that its state may be as old as its last snapshot, and nothing may be told from it.
   */
  get isLeader(): boolean {
    const { role, term } = this.#raft.standing
    return role === 'leader' && this.#appliedTerm === term
  }

  tick(nowMs: number): readonly Effect[] {
    return this.#isDropping ? [] : this.#carry(this.#raft.tick(nowMs))
  }

  step(from: HostId, message: Message, nowMs: number): readonly Effect[] {
    return this.#isDropping ? [] : this.#carry(this.#raft.step(from, message, nowMs))
  }

  /**
   * Leaves a log whose epoch is over: terms and votes of one epoch mean nothing in another. Takes no part in anything until `dropped`,
   * so that nothing of the new epoch can be kept before the old log is gone.
   */
  drop(nowMs: number): readonly Effect[] {
    const epoch = this.#state?.epoch ?? 0
    this.#begin(EMPTY, nowMs)
    this.#isDropping = true
    return [
      ...this.#refuseWaiting('the log this host kept is of an epoch that is over'),
      { type: 'notice', level: 'warn', code: 'LOG_DROPPED', fields: { epoch, newEpoch: this.#options.epoch() } },
      { type: 'drop-log', epoch },
    ]
  }

  /** The old log is gone; this host waits to be added by the leader of the new epoch. */
  dropped(): void {
    this.#isDropping = false
  }

  /**
   * Begins a new epoch from `state` with this host as its only voter. The snapshot stands after every entry of the old log, in a term
   * above all it saw, so nothing kept before can be taken for a part of it.
   */
  recover(state: State, nowMs: number): readonly Effect[] {
    const { lastIndex, term } = this.#raft.status
    const hard = { term: term + 1, votedFor: null }
    const configuration = { voters: [this.#options.self], learners: [] }
    const snapshot = { index: lastIndex + 1, term: hard.term, configuration, state: encodeState(state) }
    this.#begin({ hard, snapshot, entries: [] }, nowMs)
    return [
      { type: 'persist', hard, snapshot, truncateFrom: lastIndex + 1 },
      ...this.#refuseWaiting('a new epoch began on this host'),
      { type: 'notice', level: 'warn', code: 'NEW_EPOCH', fields: { epoch: state.epoch, index: snapshot.index } },
    ]
  }

  /** Commands that arrive together share one disk sync and one round. Those under way already are not taken twice; one answer is for both. */
  propose(commands: readonly Command[], nowMs: number): readonly Effect[] {
    const refusals = this.#refusals(commands)
    const fresh = commands.filter(({ requestId }) => !this.#waiting.has(requestId) && !refusals.has(requestId))
    const answer = this.#raft.propose(fresh, nowMs)
    if ('refused' in answer) return commands.map((command) => refused(command.requestId, 'this host does not lead'))
    const { term } = this.#raft.standing
    for (const command of fresh) this.#waiting.set(command.requestId, term)
    return [...this.#carry(answer.effects), ...outcomes(refusals)]
  }

  /** Of those that may not be taken yet; only a leader knows. */
  #refusals(commands: readonly Command[]): ReadonlyMap<string, Refusal> {
    const state = this.#state
    if (!this.isLeader || state === null) return new Map()
    const answers = commands.map((command) => [command.requestId, this.#options.refusal(command, state)] as const)
    return new Map(answers.flatMap(([id, result]) => (result === undefined ? [] : [[id, result]])))
  }

  change(change: VoterChange, nowMs: number): readonly Effect[] {
    const answer = this.#raft.changeMembership(change, nowMs)
    return 'refused' in answer ? [] : this.#carry(answer.effects)
  }

  /** Leader: hands over to the voter `to`; until it has, nothing is taken in. Does nothing on other hosts. */
  transfer(to: HostId, nowMs: number): readonly Effect[] {
    return this.#carry(this.#raft.transferLeadership(to, nowMs))
  }

  /** The connection to `host` broke off; matters where it leads. */
  peerLost(host: HostId, nowMs: number): readonly Effect[] {
    const isLeader = !this.#isDropping && this.#raft.standing.leader === host && host !== this.#options.self
    return isLeader ? this.#carry(this.#raft.leaderLost(nowMs)) : []
  }

  isWaiting(requestId: string): boolean {
    return this.#waiting.has(requestId)
  }

  #carry(effects: readonly RaftEffect[]): readonly Effect[] {
    return effects.flatMap((effect): readonly Effect[] => {
      switch (effect.type) {
        case 'commit':
          return this.#commit(effect.entries)
        case 'restore':
          return this.#restore(effect.snapshot)
        case 'role':
          return this.#roleChanged(effect)
        case 'send':
          return [{ ...effect, epoch: this.#options.epoch() }]
        default:
          return [effect]
      }
    })
  }

  #commit(entries: readonly Entry[]): readonly Effect[] {
    const effects: Effect[] = []
    for (const entry of entries) effects.push(...this.#apply(entry))
    const last = entries.at(-1)
    return last === undefined ? effects : [...effects, ...this.#compact(last.index)]
  }

  #apply(entry: Entry): readonly Effect[] {
    this.#appliedTerm = entry.term
    if (entry.data.type === 'configuration') return [configured(entry.data.configuration)]
    if (entry.data.type !== 'command' || this.#state === null) return []
    const command = decodeCommand(entry.data.command)
    if (command === undefined)
      return [{ type: 'notice', level: 'error', code: 'POISON_ENTRY', fields: { index: entry.index } }]
    const { state, result } = apply(this.#state, { index: entry.index, term: entry.term }, command)
    this.#state = state
    if (!this.#waiting.delete(command.requestId)) return []
    return [{ type: 'outcome', requestId: command.requestId, result }]
  }

  #restore(snapshot: Snapshot): readonly Effect[] {
    this.#state = stateOf(snapshot)
    this.#compaction = new Compaction(snapshot.index, this.#state)
    this.#appliedTerm = snapshot.term
    return [{ type: 'notice', level: 'info', code: 'LOG_RESTORED', fields: { index: snapshot.index } }]
  }

  #roleChanged(effect: Extract<RaftEffect, { type: 'role' }>): readonly Effect[] {
    const lost =
      effect.role === 'leader' ? [] : this.#refuseWaiting('this host stopped leading before the answer was certain')
    return [
      {
        type: 'notice',
        level: 'info',
        code: 'ROLE',
        fields: { role: effect.role, term: effect.term, leader: effect.leader },
      },
      ...lost,
    ]
  }

  #refuseWaiting(message: string): readonly Effect[] {
    const lost = [...this.#waiting.keys()]
    this.#waiting.clear()
    return lost.map((requestId) => refused(requestId, message))
  }

  #begin(persisted: Persisted, nowMs: number): void {
    this.#raft = raftOf({ ...this.#options, persisted, nowMs })
    this.#state = stateOf(persisted.snapshot)
    this.#compaction = new Compaction(persisted.snapshot.index, this.#state)
    this.#appliedTerm = persisted.snapshot.term
  }

  #compact(index: number): readonly Effect[] {
    const due = this.#state === null ? undefined : this.#compaction.next(index, this.#state)
    return due === undefined ? [] : this.#carry(this.#raft.compact(due.index, encodeState(due.state)))
  }
}

const raftOf = ({ self, raft, persisted, nowMs, random }: ReplicaOptions): Raft =>
  new Raft({ self, config: raft, persisted, nowMs, random: () => random() })

/** Null in the snapshot a host begins with that has not heard the log yet. */
const stateOf = ({ state }: Snapshot): State | null => (state === null ? null : decodeState(state))

const configured = (configuration: Configuration): Effect => ({
  type: 'notice',
  level: 'info',
  code: 'VOTERS',
  fields: { ...configuration },
})

const outcomes = (refusals: ReadonlyMap<string, Refusal>): readonly Effect[] =>
  [...refusals].map(([requestId, why]) => ({ type: 'outcome', requestId, result: { ok: false, ...why } }))

const refused = (requestId: string, message: string): Effect => ({
  type: 'outcome',
  requestId,
  result: { ok: false, code: 'NOT_LEADER', message, details: {} } satisfies CommandResult,
})
