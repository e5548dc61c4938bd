import type { Persisted, RaftConfig } from '../consensus/types.ts'
import type { Membership } from '../membership/membership.ts'
import { isRemoved, REMOVED_HERE } from '../membership/removed.ts'
import type { HostId } from '../model/ids.ts'
import type { HeartbeatBody, RosterBody, VerifiedRecord } from '../model/record.ts'
import { UNDERLAY_MTU_BYTES } from '../model/units.ts'
import type { Command } from '../state/commands.ts'
import type { Refusal } from '../state/state.ts'
import { ActiveLabs } from './active-labs.ts'
import { Book } from './book.ts'
import { outdated } from './edition.ts'
import type { Effect } from './effect.ts'
import type { At, Event } from './event.ts'
import type { ActiveLab } from './labs.ts'
import type { LeaderInput } from './leader.ts'
import { LEADING_DEFAULTS, Leading, type LeadingTimes } from './leading.ts'
import { nextEpoch } from './next-epoch.ts'
import { Presence } from './presence.ts'
import { EMPTY, Replica } from './replica.ts'
import { changeSaves } from './saves.ts'
import { stamped } from './stamp.ts'
import { underlayMtus } from './underlay.ts'

export interface EngineOptions {
  readonly self: HostId
  readonly version: string
  /** Core hosts keep the log; others learn its outcomes by gossip. */
  readonly isCore: boolean
  readonly persisted?: Persisted
  readonly records: readonly VerifiedRecord[]
  readonly active: Readonly<Record<string, ActiveLab>>
  readonly raft: RaftConfig
  /** How patient this host is when it leads; {@link LEADING_DEFAULTS} unless told. */
  readonly times?: LeadingTimes
  readonly at: At
  /** In [0, 1); the engine itself has no randomness. */
  random(): number
}

/** The leader looks after intents, voters and unpublished decisions this often, and at once when something changed. */
const LEADER_EVERY_MS = 500
const EXPIRE_EVERY_MS = 60_000
/** One host's every decision: events in, effects out, nothing else. The only mutable state of the core. */
export class Engine {
  readonly self: HostId
  readonly book = new Book()
  readonly #presence: Presence
  readonly replica: Replica | undefined
  readonly #labs: ActiveLabs
  readonly #leading: Leading
  #led = { host: null as HostId | null, term: 0, sinceMs: 0 }
  #next = { leaderMs: 0, expireMs: 0 }
  #rosterText = ''
  /** What was found out before the first event. */
  #due: readonly Effect[]

  constructor(options: EngineOptions) {
    this.self = options.self
    this.#leading = new Leading(options.times ?? LEADING_DEFAULTS)
    this.#led.sinceMs = options.at.nowMs
    this.#presence = new Presence({
      self: options.self,
      version: options.version,
      nowMs: options.at.nowMs,
      random: () => options.random(),
    })
    for (const record of options.records) this.book.merge(record)
    this.#labs = new ActiveLabs(options.self, this.book, options.active)
    if (options.isCore)
      this.replica = new Replica({
        self: options.self,
        persisted: options.persisted ?? EMPTY,
        raft: options.raft,
        nowMs: options.at.nowMs,
        epoch: () => this.epoch,
        refusal: (command, state) => outdated(command, { self: this.self, book: this.book, state }),
        random: () => options.random(),
      })
    this.#due = [...this.#leaveOldEpoch(options.at), ...this.#ifRemoved(), ...this.#labs.catchUp()]
    this.membership.setHosts(this.#others(), options.at.nowMs)
  }

  /** Who this host believes to be there. */
  get membership(): Membership {
    return this.#presence.membership
  }

  /** Labs this host knows to be decided, by name. */
  get active(): ReadonlyMap<string, ActiveLab> {
    return this.#labs.byName
  }

  /** The newest roster known: the log's own where this host has the log, else the gossiped one. */
  get roster(): RosterBody | undefined {
    return this.book.get('roster', 'mesh')?.body as RosterBody | undefined
  }

  /** What the network of a host carries, in bytes: of this host now, of another by its last heartbeat; undefined where that is not known. */
  underlayMtu(host: HostId): number | undefined {
    return host === this.self ? this.#presence.underlayMtuBytes : underlayMtus(this.book)(host)
  }

  /** The epoch this host is in: its log's, or the newest roster's where that is newer. */
  get epoch(): number {
    return Math.max(this.replica?.state?.epoch ?? 0, this.roster?.epoch ?? 0)
  }

  /** Why no log may take this command yet, as far as this host knows; undefined where one may, or where this host keeps none. */
  refusal(command: Pick<Command, 'type'>): Refusal | undefined {
    const { self, book } = this
    const state = this.replica?.state ?? undefined
    return state === undefined ? undefined : outdated(command, { self, book, state })
  }

  /** Who leads, as far as this host knows, and in which term. */
  get leader(): { readonly host: HostId | null; readonly term: number } {
    const own = this.replica?.standing
    let best: { host: HostId | null; term: number } = { host: own?.leader ?? null, term: own?.term ?? 0 }
    for (const { author, body } of this.book.of('heartbeat')) {
      const beat = body as HeartbeatBody
      // Only who leads says so: hosts that repeat each other would keep a leader that has stepped down.
      if (beat.leader !== author || beat.term === undefined || !this.#isThere(author)) continue
      // A term of another epoch says nothing here.
      if ((beat.epoch ?? 1) !== this.epoch) continue
      if (beat.term > best.term || (beat.term === best.term && best.host === null))
        best = { host: author, term: beat.term }
    }
    return best
  }

  /** When this host first saw {@link leader} as it is, on the clock of `nowMs`. */
  get leaderSinceMs(): number {
    return this.#led.sinceMs
  }

  /** Handles one event; synchronous and deterministic. Effects are to be carried out in order. */
  handle(event: Event, at: At): readonly Effect[] {
    const effects = [...this.#due, ...this.#dispatch(event, at)]
    this.#due = []
    const others = this.#leading.settle(effects, at.nowMs)
    // An answer to the leader's own proposal is published at once, not at its next look.
    return others.length === effects.length ? effects : [...others, ...this.#leading.settle(this.#lead(at), at.nowMs)]
  }

  #dispatch(event: Event, at: At): readonly Effect[] {
    switch (event.type) {
      case 'tick':
        return this.#tick(at)
      case 'record':
        return this.#underlayOf(event.record.author, () => this.#record(event.record, at))
      case 'raft':
        return this.#raft(event, at)
      case 'log-dropped':
        this.replica?.dropped()
        return []
      case 'recover':
        return this.#recover(at)
      case 'propose':
        return this.#thenLead(() => this.replica?.propose(stamped(event.commands, at), at.nowMs) ?? [], at)
      case 'resign':
        return this.#resign(at)
      case 'submit':
        return this.#labs.submit(event, at)
      case 'save':
      case 'forget-saved':
        return changeSaves(this.book, event, { ...at, self: this.self })
      case 'peer':
        return [...this.#presence.handle(event, at), ...this.#peerLost(event, at)]
      case 'probe':
      case 'refused':
      case 'answer':
        return this.#presence.handle(event, at)
      case 'facts':
        return this.#underlayOf(this.self, () => this.#presence.handle(event, at))
      case 'observed':
        return this.#labs.observed(event.lab, event.status, at)
    }
  }

  /** Old voters can neither vote nor be heard; hosts of an epoch this one has not heard of yet wait until it has. */
  #raft({ from, epoch, message }: Extract<Event, { type: 'raft' }>, at: At): readonly Effect[] {
    if (epoch === this.epoch) {
      const heard = this.#presence.heard(from, at.nowMs, 'direct')
      return [...heard, ...this.#thenLead(() => this.replica?.step(from, message, at.nowMs) ?? [], at)]
    }
    const code = epoch < this.epoch ? 'OLD_EPOCH' : 'NEWER_EPOCH'
    return [{ type: 'notice', level: 'debug', code, fields: { from, epoch } }]
  }

  #peerLost({ host, connected }: Extract<Event, { type: 'peer' }>, at: At): readonly Effect[] {
    return connected ? [] : (this.replica?.peerLost(host, at.nowMs) ?? [])
  }

  #leaveOldEpoch(at: At): readonly Effect[] {
    const epoch = this.replica?.state?.epoch
    return epoch === undefined || epoch >= this.epoch ? [] : (this.replica?.drop(at.nowMs) ?? [])
  }

  #recover(at: At): readonly Effect[] {
    const { replica, book, self } = this
    if (replica === undefined || replica.state === null) return []
    const { state, tail } = replica
    const active = this.#labs.assignments
    return replica.recover(nextEpoch({ self, state, entries: tail.uncommitted, book, active, at }), at.nowMs)
  }

  #others(): readonly HostId[] {
    return (this.roster?.hosts ?? [])
      .filter((host) => host.state === 'admitted' && host.id !== this.self)
      .map((host) => host.id)
  }

  #isThere(host: HostId): boolean {
    return host === this.self ? this.replica?.isLeader === true : this.membership.isAlive(host)
  }

  #tick(at: At): readonly Effect[] {
    const { host, term } = this.leader
    if (host !== this.#led.host || term !== this.#led.term) this.#led = { host, term, sinceMs: at.nowMs }
    const effects: Effect[] = [
      ...(this.replica?.tick(at.nowMs) ?? []),
      ...this.#presence.tick(at, this.#others().length, { ...this.leader, epoch: this.epoch }),
    ]
    if (at.nowMs >= this.#next.expireMs) {
      this.#next.expireMs = at.nowMs + EXPIRE_EVERY_MS
      for (const record of this.book.expire(at.wallMs))
        effects.push({ type: 'forget', kind: record.kind, key: record.key })
    }
    if (at.nowMs >= this.#next.leaderMs) effects.push(...this.#lead(at))
    return effects
  }

  /** Where the network of a host carries something else than before, tunnels are to follow. */
  #underlayOf(host: HostId, act: () => readonly Effect[]): readonly Effect[] {
    const told = () => this.underlayMtu(host) ?? UNDERLAY_MTU_BYTES
    const before = told()
    const effects = act()
    return told() === before ? effects : [...effects, { type: 'reconcile' }]
  }

  #record(record: VerifiedRecord, at: At): readonly Effect[] {
    const effects: Effect[] = []
    if (record.kind === 'heartbeat')
      effects.push(...this.#presence.beat(record.author, record.body as HeartbeatBody, at.nowMs))
    if (!this.book.merge(record)) return effects
    // Events decide nothing; their own host keeps them.
    if (record.kind !== 'heartbeat' && record.kind !== 'events') effects.push({ type: 'keep', record })
    if (record.kind === 'roster') effects.push(...this.#leaveOldEpoch(at), ...this.#rosterChanged(at))
    if (record.kind === 'intent' || record.kind === 'assignment')
      effects.push(...this.#labs.follow(record), ...this.#lead(at))
    return effects
  }

  /** A host that was removed says so, in its log too; nobody else tells its people. */
  #ifRemoved(): readonly Effect[] {
    if (!isRemoved(this.roster, this.self)) return []
    return [{ type: 'notice', level: 'error', code: 'HOST_REMOVED', fields: { this: REMOVED_HERE } }]
  }

  #rosterChanged(at: At): readonly Effect[] {
    const roster = this.roster
    const text = JSON.stringify(roster?.hosts)
    if (roster === undefined || text === this.#rosterText) return []
    this.#rosterText = text
    this.membership.setHosts(this.#others(), at.nowMs)
    return [...this.#ifRemoved(), { type: 'roster', roster }, { type: 'reconcile' }]
  }

  /** A leader looks around at once where something changed that others are told of, or that voters and labs depend on. */
  #thenLead(act: () => readonly Effect[], at: At): readonly Effect[] {
    const before = this.replica?.state
    const effects = act()
    const after = this.replica?.state
    const isNews =
      before?.roster !== after?.roster || before?.assignments !== after?.assignments || before?.access !== after?.access
    return isNews || effects.some(({ type }) => type === 'notice') ? [...effects, ...this.#lead(at)] : effects
  }

  #lead(at: At): readonly Effect[] {
    this.#next.leaderMs = at.nowMs + LEADER_EVERY_MS
    const input = this.#leaderInput(at)
    return input === undefined ? [] : this.#leading.run(input)
  }

  #resign(at: At): readonly Effect[] {
    const input = this.#leaderInput(at)
    return input === undefined ? [] : this.#leading.resign(input)
  }

  #leaderInput(at: At): LeaderInput | undefined {
    const { self, book, replica, membership } = this
    if (replica === undefined || !replica.isLeader || replica.state === null) return undefined
    return { self, book, replica, state: replica.state, membership, at }
  }
}
