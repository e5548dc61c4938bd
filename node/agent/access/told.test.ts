import { expect, test } from 'vitest'
import { auditEvent, refusedEvent } from './told.ts'

test('a change is told with who, from where, what and how it ended', () => {
  const actor = { type: 'session', name: 'ann', role: 'admin' } as const
  const what = { actor, what: 'DELETE /v1/labs/x', lab: 'x', status: 202 }
  expect(auditEvent({ ...what, address: '192.0.2.7' })).toMatchObject({
    about: 'ann',
    lab: 'x',
    message: 'ann (session, from 192.0.2.7): DELETE /v1/labs/x → 202',
  })
  expect(auditEvent(what).message).toContain('on this host')
  expect(auditEvent({ ...what, status: 403, times: 8 }).message).toMatch(/→ 403, refused 8 times$/)
})

test('wrong logins are told ever more seldom, and never what was written as a name that nobody has', () => {
  const told = (tries: number, isKnown = true) =>
    refusedEvent({ name: 'hunter2', address: '192.0.2.7', tries }, isKnown)
  const tries = Array.from({ length: 20 }, (_, at) => at + 1)
  expect(tries.filter((count) => told(count) !== undefined)).toEqual([1, 2, 4, 8, 16])
  expect(told(1)?.message).toBe('a wrong login from 192.0.2.7 as hunter2')
  expect(JSON.stringify(told(2, false))).not.toContain('hunter2')
})
