import type { Message } from '../consensus/messages.ts'
import { Raft } from '../consensus/raft.ts'
import type { Configuration, Entry, Persisted, RaftConfig, RaftEffect, Snapshot } from '../consensus/types.ts'
import type { VoterChange } from '../membership/voters.ts'
import type { HostId } from '../model/ids.ts'
import { type Command, type CommandResult, decodeCommand } from '../state/commands.ts'
import { apply, type State } from '../state/machine.ts'
import type { Effect } from './effect.ts'

/** Entries kept after a snapshot: enough for a short absence, little enough to read at start. */
const COMPACT_AFTER_ENTRIES = 512

export interface ReplicaOptions {
  readonly self: HostId
  readonly persisted: Persisted
  readonly raft: RaftConfig
  readonly nowMs: number
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
  readonly #raft: Raft
  #state: State | null
  #snapshotIndex: number
  /** Term of the last entry applied. */
  #appliedTerm: number
  /** Requests proposed here and not answered yet, with the term they were proposed in. */
  readonly #waiting = new Map<string, number>()

  constructor(options: ReplicaOptions) {
    this.#raft = new Raft({
      self: options.self,
      config: options.raft,
      persisted: options.persisted,
      nowMs: options.nowMs,
      random: () => options.random(),
    })
    this.#state = options.persisted.snapshot.state as State | null
    this.#snapshotIndex = options.persisted.snapshot.index
    this.#appliedTerm = options.persisted.snapshot.term
  }

  /** Null until the first snapshot came. */
  get state(): State | null {
    return this.#state
  }

  get status(): Raft['status'] {
    return this.#raft.status
  }

  /**
   * Whether this host leads and has applied all that earlier leaders committed: true once an entry of its own term is
   * committed (Raft paper §8). Before that its state may be as old as its last snapshot, and nothing may be told from it.
   */
  get isLeader(): boolean {
    const { role, term } = this.#raft.status
    return role === 'leader' && this.#appliedTerm === term
  }

  tick(nowMs: number): readonly Effect[] {
    return this.#carry(this.#raft.tick(nowMs))
  }

  step(from: HostId, message: Message, nowMs: number): readonly Effect[] {
    return this.#carry(this.#raft.step(from, message, nowMs))
  }

  /** Commands that arrive together share one disk sync and one round. */
  propose(commands: readonly Command[], nowMs: number): readonly Effect[] {
    const answer = this.#raft.propose(commands, nowMs)
    if ('refused' in answer) return commands.map((command) => refused(command.requestId, 'this host does not lead'))
    for (const command of commands) this.#waiting.set(command.requestId, this.#raft.status.term)
    return this.#carry(answer.effects)
  }

  change(change: VoterChange, nowMs: number): readonly Effect[] {
    const answer = this.#raft.changeMembership(change, nowMs)
    return 'refused' in answer ? [] : this.#carry(answer.effects)
  }

  isWaiting(requestId: string): boolean {
    return this.#waiting.has(requestId)
  }

  #carry(effects: readonly RaftEffect[]): readonly Effect[] {
    return effects.flatMap((effect): readonly Effect[] => {
      switch (effect.type) {
        case 'commit':
          return effect.entries.flatMap((entry) => this.#apply(entry)).concat(this.#compact())
        case 'restore':
          return this.#restore(effect.snapshot)
        case 'role':
          return this.#roleChanged(effect)
        default:
          return [effect]
      }
    })
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
    this.#state = snapshot.state as State | null
    this.#snapshotIndex = snapshot.index
    this.#appliedTerm = snapshot.term
    return [{ type: 'notice', level: 'info', code: 'LOG_RESTORED', fields: { index: snapshot.index } }]
  }

  #roleChanged(effect: Extract<RaftEffect, { type: 'role' }>): readonly Effect[] {
    const lost = effect.role === 'leader' ? [] : [...this.#waiting.keys()]
    for (const requestId of lost) this.#waiting.delete(requestId)
    return [
      {
        type: 'notice',
        level: 'info',
        code: 'ROLE',
        fields: { role: effect.role, term: effect.term, leader: effect.leader },
      },
      ...lost.map((requestId) => refused(requestId, 'this host stopped leading before the answer was certain')),
    ]
  }

  #compact(): readonly Effect[] {
    const { commitIndex } = this.#raft.status
    if (commitIndex - this.#snapshotIndex < COMPACT_AFTER_ENTRIES) return []
    this.#snapshotIndex = commitIndex
    return this.#carry(this.#raft.compact(commitIndex, this.#state))
  }
}

const configured = (configuration: Configuration): Effect => ({
  type: 'notice',
  level: 'info',
  code: 'VOTERS',
  fields: { ...configuration },
})

const refused = (requestId: string, message: string): Effect => ({
  type: 'outcome',
  requestId,
  result: { ok: false, code: 'NOT_LEADER', message, details: {} } satisfies CommandResult,
})
