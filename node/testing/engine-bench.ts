import { createHash } from 'node:crypto'
import type { Entry } from '#core/consensus/types.ts'
import type { Effect } from '#core/engine/effect.ts'
import { Engine, type EngineOptions } from '#core/engine/engine.ts'
import type { Event } from '#core/engine/event.ts'
import type { LeadingTimes } from '#core/engine/leading.ts'
import type { HostId } from '#core/model/ids.ts'
import type { HostRole, LabIntent } from '#core/model/lab.ts'
import type { RecordDraft, RosterBody, RosterEntry, VerifiedRecord } from '#core/model/record.ts'
import { initialState, type State } from '#core/state/machine.ts'
import { encodeState } from '#core/state/snapshot.ts'
import { type Keys, keysFromSeed } from '#identity/keys.ts'
import { signRecord } from '#identity/sign.ts'
import { virtualClock } from './virtual-time.ts'

/** A host of a test's mesh: its keys come from its name. */
export interface BenchHost {
  readonly id: HostId
  readonly name: string
  readonly keys: Keys
  readonly entry: RosterEntry
}

/** A host of that name; `number` is the last part of its addresses. */
export const benchHost = (name: string, number: number, role: HostRole = 'core'): BenchHost => {
  const keys = keysFromSeed(createHash('sha256').update(`host ${name}`).digest())
  const entry: RosterEntry = {
    id: keys.id,
    name,
    role,
    addresses: [`192.0.2.${number}`],
    port: 4801,
    wgPublicKey: createHash('sha256').update(`wg ${name}`).digest('base64'),
    wgPort: 51_820,
    overlayAddress: `10.213.0.${number}`,
    state: 'admitted',
  }
  return { id: keys.id, name, keys, entry }
}

interface BenchOptions {
  /** The first is the host under test. */
  readonly hosts: readonly [BenchHost, ...BenchHost[]]
  /** The first host alone unless told. */
  readonly voters?: readonly BenchHost[]
  readonly entries?: readonly Entry[]
  /** How patient it is when it leads. */
  readonly times?: LeadingTimes
  /** Epoch of the roster it kept, where that is newer than its log. */
  readonly rosterEpoch?: number
  /** What it kept besides. */
  readonly kept?: Pick<EngineOptions, 'records' | 'active'>
}

/** One real engine on virtual time, fed and read by hand; what it publishes comes back signed as its own record. */
export class EngineBench {
  readonly self: BenchHost
  readonly engine: Engine
  readonly effects: Effect[] = []
  /** Called with every effect, in order. */
  onEffect: (effect: Effect) => void = () => {}
  readonly #boots = new Map<HostId, number>()
  #sequence = 0

  constructor({ hosts, voters, entries = [], rosterEpoch = 1, times, kept }: BenchOptions) {
    const [self] = hosts
    this.self = self
    const body = rosterOf(hosts, voters ?? [self])
    const isCore = self.entry.role === 'core'
    const at = this.#at()
    this.engine = new Engine({
      self: self.id,
      version: '1.2.3',
      isCore,
      ...(isCore ? { persisted: persistedOf(body, entries) } : {}),
      records: [
        this.sign(
          rosterDraft({ ...body, epoch: rosterEpoch }),
          hosts.find((host) => host.entry.role === 'core') ?? self,
        ),
        ...(kept?.records ?? []),
      ],
      active: kept?.active ?? {},
      raft: { electionTimeoutMs: 1_000, heartbeatMs: 200 },
      ...(times === undefined ? {} : { times }),
      at,
      random: () => 0.5,
    })
  }

  do(event: Event): void {
    const queue = [...this.engine.handle(event, this.#at())]
    for (let effect = queue.shift(); effect !== undefined; effect = queue.shift()) {
      this.effects.push(effect)
      this.onEffect(effect)
      if (effect.type !== 'publish') continue
      queue.push(
        ...this.engine.handle({ type: 'record', record: this.sign(effect.draft, this.self), own: true }, this.#at()),
      )
    }
  }

  /** From now on `author` speaks as after one more start. */
  restart(author: BenchHost): void {
    this.#boots.set(author.id, (this.#boots.get(author.id) ?? 1) + 1)
  }

  /** A record of `author`, newer than all before. */
  sign(draft: RecordDraft, author: BenchHost): VerifiedRecord {
    return signRecord(draft, author.keys, [1, this.#boots.get(author.id) ?? 1, ++this.#sequence]) as VerifiedRecord
  }

  /** A record of another host arrives. */
  hear(draft: RecordDraft, author: BenchHost): void {
    this.do({ type: 'record', record: this.sign(draft, author), own: false })
  }

  of<T extends Effect['type']>(type: T): Extract<Effect, { type: T }>[] {
    return this.effects.filter((effect): effect is Extract<Effect, { type: T }> => effect.type === type)
  }

  #at() {
    return { nowMs: virtualClock.monotonicMs(), wallMs: virtualClock.nowMs() }
  }
}

/** The roster of these hosts, of epoch 1. */
export const rosterOf = (hosts: readonly BenchHost[], voters: readonly BenchHost[]): RosterBody => ({
  meshId: 'm1',
  epoch: 1,
  term: 1,
  index: 1,
  voters: voters.map(({ id }) => id).toSorted(),
  hosts: hosts.map(({ entry }) => entry).toSorted((a, b) => (a.id < b.id ? -1 : 1)),
})

/** A roster as a leader publishes it. */
export const rosterDraft = (body: RosterBody): RecordDraft => ({
  kind: 'roster',
  key: 'mesh',
  version: [body.epoch, body.term, body.index],
  expiresAtMs: 0,
  body,
})

const persistedOf = (body: RosterBody, entries: readonly Entry[]) => ({
  hard: { term: 1, votedFor: null },
  snapshot: {
    index: 1,
    term: 1,
    configuration: { voters: body.voters, learners: [] },
    state: encodeState(stateOf(body)),
  },
  entries,
})

const stateOf = (body: RosterBody): State => {
  const [first, ...others] = body.hosts
  if (first === undefined) throw new Error('a mesh has a host')
  const state = initialState({ meshId: body.meshId, first, nowMs: virtualClock.nowMs() })
  return { ...state, roster: Object.fromEntries([first, ...others].map((entry) => [entry.id, entry])) }
}

/** An intent of generation `generation` as its author publishes it. */
export const intentDraft = (intent: LabIntent, author: BenchHost, generation = 1): RecordDraft => ({
  kind: 'intent',
  key: intent.name,
  version: [generation, virtualClock.nowMs(), author.id],
  expiresAtMs: 0,
  body: intent,
})

/** The answer to an intent as a leader publishes it, without links; `index` is that of the log's entry. */
export const assignmentDraft = (
  { key, version }: RecordDraft,
  hosts: Readonly<Record<string, HostId>>,
  index = 3,
): RecordDraft => {
  const numbers = { segments: {}, macs: {}, epoch: 1, term: 2, index }
  const body = { lab: key, intentVersion: version.join('.'), hosts, ...numbers }
  return { kind: 'assignment', key, version: [1, 2, index], expiresAtMs: 0, body }
}
