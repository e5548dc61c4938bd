import { describe, expect, test } from 'vitest'
import { Book } from '#core/engine/book.ts'
import type { LogoutsBody } from '#core/model/access.ts'
import type { HostId } from '#core/model/ids.ts'
import type { RecordDraft, VerifiedRecord } from '#core/model/record.ts'
import { createKeys } from '#identity/keys.ts'
import { signRecord } from '#identity/sign.ts'
import { rosterEntry } from '#testing/samples.ts'
import { MAX_LOGOUTS } from '../access-body.ts'
import { Sessions } from './sessions.ts'

const MINUTE_MS = 60_000
const ann = { name: 'ann', version: '1.1' }

/** Hosts that hear all that any of them tells, on one clock. */
const mesh = (...roles: readonly ('core' | 'worker')[]) => {
  const time = { ms: 1_000_000 }
  const keys = roles.map(() => createKeys())
  const roster = keys.map(({ id }, at) => ({
    ...rosterEntry(id as HostId, { name: `h${at}` }),
    role: roles[at] ?? 'core',
  }))
  const books = keys.map(() => new Book())
  let sequence = 0
  const tell = (from: number, draft: RecordDraft): void => {
    sequence += 1
    const record = signRecord(draft, keys[from] ?? createKeys(), [1, 1, sequence]) as VerifiedRecord
    for (const book of books) book.merge(record)
  }
  const hosts = keys.map(
    (own, at) =>
      new Sessions({
        engine: {
          self: own.id,
          roster: { meshId: 'm', epoch: 1, term: 1, index: 1, voters: [], hosts: roster },
          book: books[at] ?? new Book(),
          // The first of those admitted leads.
          get leader() {
            return { host: roster.find(({ state }) => state === 'admitted')?.id ?? null, term: 1 }
          },
        },
        identity: { keys: own, meshId: 'm' },
        clock: { nowMs: () => time.ms },
        publish: async (draft) => tell(at, draft),
      }),
  )
  const host = (at: number): Sessions => hosts[at] ?? expect.fail('no such host')
  return { time, roster, books, host, tell }
}
const isIn = (host: Sessions, text: string): boolean => host.read(text, { isBusy: false }) !== undefined
const isBusy = (host: Sessions, text: string): boolean => host.read(text, { isBusy: true }) !== undefined

describe('a session', () => {
  test('ends without use, lasts with it, and not beyond twelve hours', () => {
    const { time, host } = mesh('core')
    let { token } = host(0).begin(ann)
    const first = token
    for (let minutes = 0; minutes < 12 * 60; minutes += 10) {
      const held = host(0).read(token, { isBusy: false })
      expect(held, `after ${minutes} min`).toBeDefined()
      token = held?.renewed ?? token
      if (minutes === 40) expect([isIn(host(0), first), isBusy(host(0), first)]).toEqual([false, true])
      time.ms += 10 * MINUTE_MS
    }
    expect([isIn(host(0), token), isBusy(host(0), token)]).toEqual([false, false])
  })

  test('is renewed only when it is time', () => {
    const { time, host } = mesh('core')
    const { token } = host(0).begin(ann)
    time.ms += MINUTE_MS
    expect(host(0).read(token, { isBusy: false })).not.toHaveProperty('renewed')
    time.ms += 5 * MINUTE_MS
    expect(host(0).read(token, { isBusy: false })).toHaveProperty('renewed')
  })

  test('of a core host is good everywhere, of another one on itself alone', () => {
    const { host } = mesh('core', 'core', 'worker')
    const [ofCore, ofWorker] = [host(0).begin(ann).token, host(2).begin(ann).token]
    expect([0, 1, 2].map((at) => isIn(host(at), ofCore))).toEqual([true, true, true])
    expect([0, 1, 2].map((at) => isIn(host(at), ofWorker))).toEqual([false, false, true])
  })

  test('of a host that was removed, or of another mesh, is none', () => {
    const { host, roster } = mesh('core', 'core')
    const { token } = host(1).begin(ann)
    expect(isIn(host(0), token)).toBe(true)
    const [, other] = roster
    if (other !== undefined) Object.assign(other, { state: 'removed' })
    expect(isIn(host(0), token)).toBe(false)
    expect(isIn(mesh('core').host(0), host(0).begin(ann).token)).toBe(false)
  })

  test('that would last longer than any may is none: clocks differ, but not that much', () => {
    const { time, host } = mesh('core', 'core')
    time.ms += 20 * MINUTE_MS
    const { token } = host(1).begin(ann)
    time.ms -= 4 * MINUTE_MS
    expect(isIn(host(0), token)).toBe(true)
    time.ms -= 10 * MINUTE_MS
    expect(isIn(host(0), token)).toBe(false)
  })

  test('that was ended on one host is over on all, with what it was renewed to', async () => {
    const { time, host } = mesh('core', 'core')
    const { token } = host(0).begin(ann)
    const other = host(0).begin(ann).token
    time.ms += 10 * MINUTE_MS
    const renewed = host(1).read(token, { isBusy: false })?.renewed ?? ''
    await host(1).end(host(1).read(token, { isBusy: false })?.session ?? expect.fail())
    for (const at of [0, 1]) {
      expect([isIn(host(at), token), isIn(host(at), renewed), isBusy(host(at), token)]).toEqual([false, false, false])
      expect(isIn(host(at), other)).toBe(true)
    }
  })

  test('ended ones take no more room than a record has, and are forgotten when they would have ended', async () => {
    const { time, host, books } = mesh('core')
    const held = () => [...(books[0]?.all() ?? [])].flatMap(({ body }) => (body as LogoutsBody).ended).length
    for (let at = 0; at < 20; at += 1) await host(0).end({ ...session(host(0)), id: `s${at}` })
    expect(held()).toBe(20)
    time.ms += 13 * 60 * MINUTE_MS
    await host(0).end(session(host(0)))
    expect(held()).toBe(1)
    expect(MAX_LOGOUTS * 45).toBeLessThan(1_000_000)
  })
})

describe('sessions that were ended on a host that is removed', () => {
  const ofSelf = (books: readonly Book[], id: HostId | undefined) =>
    (books[0]?.get('logouts', id ?? '')?.body as LogoutsBody | undefined)?.ended.map(([one]) => one)

  test('are told by the leader, once, for those who join later and do not believe a removed host', async () => {
    const { roster, books, host } = mesh('core', 'core')
    const { token } = host(0).begin(ann)
    const { id } = session(host(0))
    await host(1).end({ ...session(host(0)), id })
    await host(0).end(host(0).read(host(0).begin(ann).token, { isBusy: true })?.session ?? expect.fail())
    const [first, second] = roster
    await host(0).takeOver()
    expect(ofSelf(books, first?.id), 'while it is there it speaks for itself').toHaveLength(1)
    if (second !== undefined) Object.assign(second, { state: 'removed' })
    await host(1).takeOver()
    expect(ofSelf(books, first?.id), 'only the leader does').toHaveLength(1)
    await host(0).takeOver()
    expect(ofSelf(books, first?.id)).toContain(id)
    const record = books[0]?.get('logouts', first?.id ?? '')
    await host(0).takeOver()
    expect(books[0]?.get('logouts', first?.id ?? '')).toBe(record)
    expect(isIn(host(0), token)).toBe(true)
  })

  test('are left out where they have ended since', async () => {
    const { time, roster, books, host } = mesh('core', 'core')
    await host(1).end(session(host(0)))
    const [first, second] = roster
    if (second !== undefined) Object.assign(second, { state: 'removed' })
    time.ms += 13 * 60 * MINUTE_MS
    await host(0).takeOver()
    expect(ofSelf(books, first?.id)).toBeUndefined()
  })
})

describe('a host that cannot tell more ended sessions', () => {
  const ofMallory = (count: number, untilMs: number): LogoutsBody['ended'] =>
    Array.from({ length: count }, (_, at) => [`m${at}`, untilMs + at, 'mallory'])
  const told = (tell: ReturnType<typeof mesh>['tell'], key: string, ended: LogoutsBody['ended']): void =>
    tell(0, { kind: 'logouts', key, version: [], expiresAtMs: Number.MAX_SAFE_INTEGER, body: { ended } })

  test('keeps those of others over those of who has most', async () => {
    const { time, roster, host, tell } = mesh('core')
    const { token } = host(0).begin(ann)
    time.ms += 10 * MINUTE_MS
    const { token: theirs } = host(0).begin({ name: 'mallory', version: '1.2' })
    const read = (text: string) => host(0).read(text, { isBusy: true })?.session ?? expect.fail()
    const { id, endMs, user } = read(token)
    // All of hers end later than that of ann.
    const ended = [[id, endMs, user] as const, ...ofMallory(MAX_LOGOUTS - 1, endMs + 1)]
    told(tell, roster[0]?.id ?? '', ended)
    expect(isBusy(host(0), token)).toBe(false)
    await host(0).end(read(theirs))
    expect(isBusy(host(0), token)).toBe(false)
    expect(isBusy(host(0), theirs)).toBe(false)
  })

  test('knows nothing of whose they are where the former host did not tell', async () => {
    const { roster, host, tell } = mesh('core')
    const { token } = host(0).begin(ann)
    const other = host(0).begin(ann).token
    const { endMs } = host(0).read(token, { isBusy: true })?.session ?? expect.fail()
    const former = Array.from({ length: MAX_LOGOUTS }, (_, at) => [`f${at}`, endMs + at] as const)
    told(tell, roster[0]?.id ?? '', former)
    for (const text of [token, other]) await host(0).end(host(0).read(text, { isBusy: true })?.session ?? expect.fail())
    expect([isBusy(host(0), token), isBusy(host(0), other)]).toEqual([false, false])
  })
})

const session = (host: Sessions) => host.read(host.begin(ann).token, { isBusy: false })?.session ?? expect.fail()
