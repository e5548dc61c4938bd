import type { Effect } from '#core/engine/effect.ts'
import type { Engine } from '#core/engine/engine.ts'
import type { LogoutsBody, UserEntry } from '#core/model/access.ts'
import type { HostId } from '#core/model/ids.ts'
import type { VerifiedRecord } from '#core/model/record.ts'
import type { Identity } from '#identity/index.ts'
import { readSession, type Session, sessionId, signSession } from '#identity/session.ts'
import type { Clock } from '#platform/clock.ts'
import { fitting } from './ended.ts'

export interface SessionsOptions {
  readonly engine: Pick<Engine, 'self' | 'roster' | 'book' | 'leader'>
  readonly identity: Pick<Identity, 'keys' | 'meshId'>
  readonly clock: Pick<Clock, 'nowMs'>
  /** Resolves when the record is kept. */
  publish(draft: Extract<Effect, { type: 'publish' }>['draft']): Promise<void>
}

const MINUTE_MS = 60_000
/** A session ends this long after its login, and this long after it was used last. */
const LONGEST_MS = 12 * 60 * MINUTE_MS
const IDLE_MS = 30 * MINUTE_MS
/** One that is used is given a later end when it is this old. */
const RENEW_AFTER_MS = 5 * MINUTE_MS
/** Clocks of hosts may differ by this much. */
const SKEW_MS = 5 * MINUTE_MS

export interface Held {
  readonly session: Session
  /** A session in its place, with a later end, where it is time. */
  readonly renewed?: string
}

/** Sessions that any host can check: the host where somebody logged in signs them, the hosts where somebody logs out tell all others. */
export class Sessions {
  readonly #options: SessionsOptions
  /** What each host told of ended sessions, read once. */
  readonly #ended = new Map<HostId, { readonly record: VerifiedRecord; readonly ids: ReadonlySet<string> }>()
  /** Records of removed hosts that were taken over: once each, also where not all of it has room. */
  readonly #taken = new WeakSet<VerifiedRecord>()

  constructor(options: SessionsOptions) {
    this.#options = options
  }

  /** A new one of this user. */
  begin({ name: user, version }: Pick<UserEntry, 'name' | 'version'>): { token: string; expiresAtMs: number } {
    const { identity, clock } = this.#options
    const nowMs = clock.nowMs()
    const ends = { idleEndMs: nowMs + IDLE_MS, endMs: nowMs + LONGEST_MS }
    const session = { id: sessionId(), meshId: identity.meshId, user, version, ...ends }
    return { token: signSession(session, identity.keys), expiresAtMs: ends.idleEndMs }
  }

  /** The session of a text, while it lasts; `isBusy`: it is in use at this moment, and ends only in the end. */
  read(text: string, { isBusy }: { readonly isBusy: boolean }): Held | undefined {
    const session = readSession(text)
    if (session === undefined || !this.#maySay(session) || this.#isEnded(session.id)) return undefined
    const nowMs = this.#options.clock.nowMs()
    const { endMs, idleEndMs } = session
    if (nowMs >= endMs || endMs > nowMs + LONGEST_MS + SKEW_MS || idleEndMs > nowMs + IDLE_MS + SKEW_MS)
      return undefined
    if (isBusy) return { session }
    if (nowMs >= idleEndMs) return undefined
    const laterMs = Math.min(endMs, nowMs + IDLE_MS)
    if (laterMs - idleEndMs < RENEW_AFTER_MS) return { session }
    return { session, renewed: signSession({ ...session, idleEndMs: laterMs }, this.#options.identity.keys) }
  }

  /** Ends one here and on every host that hears of it; resolves when this host keeps that. Beyond what a record holds, whoever has most there loses those of his own that end soonest. */
  end({ id, endMs, user }: Session): Promise<void> {
    return this.#tell([[id, endMs, user]])
  }

  /** Where this host leads: says itself what hosts told that were removed since, as those who join later do not believe them. */
  async takeOver(): Promise<void> {
    const { engine, clock } = this.#options
    if (engine.leader.host !== engine.self) return
    const left = (engine.roster?.hosts ?? []).filter(({ state }) => state !== 'admitted')
    const records = left
      .flatMap(({ id }) => engine.book.get('logouts', id) ?? [])
      .filter((one) => !this.#taken.has(one))
    const nowMs = clock.nowMs()
    const ended = records.flatMap((record) => bodyOf(record).ended)
    const own = this.#endedAt(engine.self)
    const news = ended.filter(([id, untilMs]) => untilMs > nowMs && own?.has(id) !== true)
    for (const record of records) this.#taken.add(record)
    if (news.length > 0) await this.#tell(news)
  }

  #tell(news: LogoutsBody['ended']): Promise<void> {
    const { engine, clock, publish } = this.#options
    const nowMs = clock.nowMs()
    const ids = new Set(news.map(([id]) => id))
    const before = bodyOf(engine.book.get('logouts', engine.self)).ended
    const others = before.filter(([id, untilMs]) => !ids.has(id) && untilMs > nowMs)
    const ended = fitting([...others, ...news])
    const lastMs = ended.at(-1)?.[1] ?? nowMs
    return publish({
      kind: 'logouts',
      key: engine.self,
      version: [],
      expiresAtMs: lastMs,
      body: { ended } satisfies LogoutsBody,
    })
  }

  /** Any core host may say who logged in there; another one only to itself: it must not act on others in anybody's name. */
  #maySay({ host, meshId }: Session): boolean {
    const { engine, identity } = this.#options
    if (meshId !== identity.meshId) return false
    if (host === engine.self) return true
    return (
      engine.roster?.hosts.some(({ id, role, state }) => id === host && role === 'core' && state === 'admitted') ===
      true
    )
  }

  #isEnded(id: string): boolean {
    const { engine } = this.#options
    const hosts = engine.roster?.hosts.map((host) => host.id) ?? []
    return [engine.self, ...hosts].some((host) => this.#endedAt(host)?.has(id) === true)
  }

  #endedAt(host: HostId): ReadonlySet<string> | undefined {
    const record = this.#options.engine.book.get('logouts', host)
    if (record === undefined) return undefined
    const known = this.#ended.get(host)
    if (known?.record === record) return known.ids
    const ids = new Set(bodyOf(record).ended.map(([id]) => id))
    this.#ended.set(host, { record, ids })
    return ids
  }
}

const bodyOf = (record: VerifiedRecord | undefined): LogoutsBody =>
  (record?.body as LogoutsBody | undefined) ?? { ended: [] }
