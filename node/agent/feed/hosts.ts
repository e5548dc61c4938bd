import type { Effect } from '#core/engine/effect.ts'
import type { Engine } from '#core/engine/engine.ts'
import type { FeedCode, FeedLevel, FeedTold } from '#core/model/feed.ts'
import type { HostId } from '#core/model/ids.ts'
import type { HeartbeatBody, RosterBody, RosterEntry } from '#core/model/record.ts'
import { nameOf } from '../consensus/quorum.ts'

export interface HostNewsOptions {
  /** Of this host. */
  readonly name: string
  readonly engine: Engine
  tell(told: FeedTold): void
}

const STATES: Readonly<Record<string, { readonly code: FeedCode; readonly level: FeedLevel; readonly word: string }>> =
  {
    alive: { code: 'HOST_ALIVE', level: 'info', word: 'is heard again' },
    suspect: { code: 'HOST_SUSPECT', level: 'warn', word: 'is suspected' },
    down: { code: 'HOST_DOWN', level: 'error', word: 'is called down' },
  }

/** Tells of hosts: what this one believes of others; where it leads, that it does and what was decided about members. */
export class HostNews {
  readonly #options: HostNewsOptions
  /** The last state told of each host; one not told of is taken for alive. */
  readonly #states = new Map<HostId, string>()
  #led = ''

  constructor(options: HostNewsOptions) {
    this.#options = options
  }

  /** An effect of the engine, before it is carried out. */
  saw(effect: Effect): void {
    if (effect.type === 'notice' && effect.code === 'HOST_STATE') this.#state(effect.fields)
    if (effect.type !== 'publish') return
    const { kind, body } = effect.draft
    if (kind === 'heartbeat') this.#beat(body as HeartbeatBody)
    if (kind === 'roster') this.#roster(body as RosterBody)
  }

  #state(fields: Readonly<Record<string, unknown>>): void {
    const host = String(fields.host) as HostId
    const state = String(fields.to)
    const words = STATES[state]
    if (words === undefined || (this.#states.get(host) ?? 'alive') === state) return
    this.#states.set(host, state)
    const why = typeof fields.reason === 'string' && fields.reason !== '' ? `: ${fields.reason}` : ''
    this.#tell(words.code, words.level, { name: nameOf(this.#options.engine, host), message: `${words.word}${why}` })
  }

  #beat({ leader, term, epoch = 1 }: HeartbeatBody): void {
    const { engine, name } = this.#options
    const led = `${epoch}/${term}`
    if (leader !== engine.self || led === this.#led) return
    this.#led = led
    this.#tell('LEADER', 'info', { name, message: `leads in term ${term}` })
  }

  /** A leader publishes a roster where it differs from the one all have; the first of all is no news. */
  #roster({ hosts }: RosterBody): void {
    const known = this.#options.engine.roster
    if (known === undefined) return
    const before = new Map(known.hosts.map((host) => [host.id, host]))
    for (const host of hosts) this.#member(before.get(host.id), host)
  }

  #member(before: RosterEntry | undefined, { name, role, state, drained }: RosterEntry): void {
    const was = before?.state ?? 'removed'
    if (was !== 'admitted' && state === 'admitted')
      this.#tell('HOST_ADMITTED', 'info', { name, message: `is a member now, as ${role}` })
    if (before?.state === 'admitted' && state === 'removed')
      this.#tell('HOST_REMOVED', 'warn', { name, message: 'was removed from the mesh' })
    if (state === 'removed' || before?.drained === drained) return
    if (drained === true) this.#tell('HOST_DRAINED', 'info', { name, message: 'is to be empty' })
    else if (before !== undefined) this.#tell('HOST_UNDRAINED', 'info', { name, message: 'is in use again' })
  }

  #tell(
    code: FeedCode,
    level: FeedLevel,
    { name, message }: { readonly name: string; readonly message: string },
  ): void {
    this.#options.tell({ level, code, about: name, message: `${name} ${message}` })
  }
}
