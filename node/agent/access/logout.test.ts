import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Book } from '#core/engine/book.ts'
import type { HostId } from '#core/model/ids.ts'
import { createKeys } from '#identity/keys.ts'
import { Access, type AccessOptions } from './index.ts'
import { Sessions } from './sessions.ts'

test('a logout is answered when its record is kept, not before', async () => {
  const keys = createKeys()
  const self = keys.id as HostId
  const kept = Promise.withResolvers<void>()
  const clock = { nowMs: () => 1_000_000, monotonicMs: () => 0 }
  const sessions = new Sessions({
    engine: { self, roster: undefined, book: new Book(), leader: { host: null, term: 0 } },
    identity: { keys, meshId: 'm' },
    clock,
    publish: () => kept.promise,
  })
  const others = { engine: {}, proposals: {}, certificates: {}, tell: () => undefined }
  const access = new Access({ ...others, sessions, clock } as unknown as AccessOptions)
  const { token } = sessions.begin({ name: 'ann', version: '1.1' })
  let isAnswered = false
  const asked = access.logout(token).then(() => {
    isAnswered = true
  })
  for (let turn = 0; turn < 10; turn += 1) await setImmediate()
  expect(isAnswered).toBe(false)
  kept.resolve()
  await asked
  expect(isAnswered).toBe(true)
})
