import { afterEach, describe, expect, test } from 'vitest'
import { sha256Of } from '#identity/session.ts'
import { type AgentHost, type AgentMesh, createAgentMesh } from '#testing/agent-mesh.ts'
import { pass, realTurn, until, useVirtualTime } from '#testing/virtual-time.ts'

const PASSWORD = 'correct horse battery'
const MINUTE_MS = 60_000

/** Hashing takes real time, which virtual time must not run ahead of. */
const settled = async (asked: Promise<unknown>): Promise<unknown> => {
  let found: { readonly value: unknown } | undefined
  const settle = (value: unknown): void => {
    found = { value }
  }
  void asked.then(settle, settle)
  for (let steps = 0; steps < 2_000 && found === undefined; steps += 1) {
    const untilNs = process.hrtime.bigint() + 20_000_000n
    while (process.hrtime.bigint() < untilNs) await realTurn()
    await pass(50)
  }
  if (found === undefined) throw new Error('no answer')
  return found.value
}

/** The same; fails where it rejects. */
const done = async <T>(asked: Promise<T>): Promise<T> => {
  const value = await settled(asked)
  if (value instanceof Error) throw value
  return value as T
}

const withAnn = async (mesh: AgentMesh): Promise<string> => {
  await done(mesh.first.agent.access.setUser('ann', { role: 'admin', password: PASSWORD }))
  return (await done(mesh.first.agent.access.login({ name: 'ann', password: PASSWORD }))).token
}
const knows = (host: AgentHost, name: string) =>
  until(`${host.who.name} knows ${name}`, () => host.agent.access.users().some((user) => user.name === name))
const isIn = ({ agent }: AgentHost, token: string): boolean => agent.access.authenticate(token) !== undefined

const meshes: AgentMesh[] = []
const open = async (): Promise<AgentMesh> => {
  const mesh = await createAgentMesh()
  meshes.push(mesh)
  return mesh
}
const close = async (): Promise<void> => {
  for (const mesh of meshes.splice(0)) await mesh[Symbol.asyncDispose]()
}

describe('people', { timeout: 60_000 }, () => {
  useVirtualTime()
  afterEach(close)

  test('log in on every host, and a session is good on all', async () => {
    const mesh = await open()
    const b = await mesh.join('b')
    const token = await withAnn(mesh)
    await knows(b, 'ann')
    expect(b.agent.access.authenticate(token)).toMatchObject({ actor: { type: 'session', name: 'ann', role: 'admin' } })
    const there = await done(b.agent.access.login({ name: 'ann', password: PASSWORD }))
    expect(isIn(mesh.first, there.token)).toBe(true)
    const wrong = await settled(b.agent.access.login({ name: 'ann', password: 'no' }))
    expect(wrong).toMatchObject({ code: 'LOGIN_WRONG' })
    expect(await settled(b.agent.access.login({ name: 'nobody', password: 'no' }))).toMatchObject({
      code: 'LOGIN_WRONG',
    })
  })

  test('a worker takes logins for itself, and cannot speak for anybody elsewhere', async () => {
    const mesh = await open()
    const worker = await mesh.join('w', { role: 'worker' })
    const token = await withAnn(mesh)
    await knows(worker, 'ann')
    expect(isIn(worker, token)).toBe(true)
    const there = await done(worker.agent.access.login({ name: 'ann', password: PASSWORD }))
    expect([isIn(worker, there.token), isIn(mesh.first, there.token)]).toEqual([true, false])
    expect(await settled(worker.agent.access.removeUser('ann'))).toMatchObject({ code: 'NOT_CORE' })
  })

  test('a new password, another role and removal end sessions everywhere', async () => {
    const mesh = await open()
    const b = await mesh.join('b')
    await withAnn(mesh)
    const bob = { name: 'bob', password: PASSWORD }
    const ends: readonly (() => Promise<unknown>)[] = [
      () => b.agent.access.changePassword('bob', { old: PASSWORD, new: `${PASSWORD} staple` }),
      () => b.agent.access.setUser('bob', { role: 'operator' }),
      () => b.agent.access.removeUser('bob'),
    ]
    for (const end of ends) {
      await done(mesh.first.agent.access.setUser('bob', { role: 'viewer', password: PASSWORD }))
      const { token } = await done(mesh.first.agent.access.login(bob))
      await until('b lets bob in', () => isIn(b, token))
      await done(end())
      await until('over on both', () => !isIn(mesh.first, token) && !isIn(b, token))
      expect([mesh.first.agent.access.holds(token), b.agent.access.holds(token)]).toEqual([false, false])
    }
  })

  test('who logs out is out on all hosts, also after they started anew', async () => {
    const mesh = await open()
    const b = await mesh.join('b')
    const token = await withAnn(mesh)
    const other = (await done(mesh.first.agent.access.login({ name: 'ann', password: PASSWORD }))).token
    await until('b lets ann in', () => isIn(b, token))
    const ended = () => [...b.disk.values].find(([key]) => key.includes('logouts'))?.[1]
    expect(ended()).toBeUndefined()
    await b.agent.access.logout(token)
    expect(ended(), 'kept before the answer').toContain('ended')
    await until('out on both', () => !isIn(mesh.first, token) && !isIn(b, token))
    expect(isIn(b, other)).toBe(true)
    await mesh.stop(b)
    await mesh.start(b)
    expect([isIn(b, token), isIn(b, other)]).toEqual([false, true])
  })

  test('weak passwords are refused with every reason', async () => {
    const mesh = await open()
    const weak = await settled(mesh.first.agent.access.setUser('anna', { role: 'admin', password: 'anna' }))
    expect(weak).toMatchObject({ code: 'BAD_INPUT', details: { problems: { length: 3 } } })
    expect(String(weak)).not.toContain(PASSWORD)
  })
})

describe('API tokens', { timeout: 60_000 }, () => {
  useVirtualTime()
  afterEach(close)

  test('work on every host until they are revoked', async () => {
    const mesh = await open()
    const b = await mesh.join('b')
    const made = await done(mesh.first.agent.access.createApiToken({ name: 'ci', role: 'operator', ttlMs: MINUTE_MS }))
    await until('b takes it', () => isIn(b, made.token))
    expect(b.agent.access.authenticate(made.token)?.actor).toEqual({ type: 'token', name: 'ci', role: 'operator' })
    expect(isIn(b, `${made.token.slice(0, -1)}${made.token.endsWith('A') ? 'E' : 'A'}`)).toBe(false)
    await done(b.agent.access.revokeApiToken(made.id))
    await until('over on both', () => !isIn(mesh.first, made.token) && !isIn(b, made.token))
    const short = await done(mesh.first.agent.access.createApiToken({ name: 'ci', role: 'operator', ttlMs: MINUTE_MS }))
    await pass(MINUTE_MS)
    expect(isIn(mesh.first, short.token)).toBe(false)
  })
})

describe('the certificate of the API', { timeout: 60_000 }, () => {
  useVirtualTime()
  afterEach(close)

  test('a worker gets its own from a core host', async () => {
    const mesh = await open()
    const worker = await mesh.join('w', { role: 'worker' })
    const one = await done(mesh.first.agent.access.certificate())
    const two = await done(worker.agent.access.certificate())
    expect(one?.certificate).toContain('BEGIN CERTIFICATE')
    expect(two?.certificate).toContain('BEGIN CERTIFICATE')
    expect(sha256Of(one?.certificate ?? '')).not.toBe(sha256Of(two?.certificate ?? ''))
    expect(await done(worker.agent.access.certificate())).toEqual(two)
  })
})
