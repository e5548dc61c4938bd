import { describe, expect, it } from 'vitest'
import { createKeys, createWireguardKeys } from '#identity/keys.ts'
import { joinMesh } from '#mesh/join-client.ts'
import { allConnected, ca, FAST, meshOf, rosterOf, start } from './mesh-bench.ts'
import { createTestIdentity, freePort, TestHost, until } from './mesh-support.ts'

describe('join', () => {
  const ask = (keys: ReturnType<typeof createKeys>, port: number) => ({
    keys,
    protocol: 1,
    nowMs: Date.now(),
    timeoutMs: 8000,
    name: 'new',
    wgPublicKey: createWireguardKeys().publicKey,
    wgPort: 51820,
    port,
    addresses: ['127.0.0.1'],
  })

  it('by token: the new host is a member for all, and the token is spent', async () => {
    const [a, b] = (await meshOf(2)) as [TestHost, TestHost]
    const token = a.createToken('worker')
    const keys = createKeys()
    const port = await freePort()
    const options = ask(keys, port)
    const joined = await joinMesh({ ...options, token })
    expect(joined).toMatchObject({ meshId: 'm1', epoch: 1, overlayAddress: '10.0.0.9' })
    expect(joined.caKey).toBeUndefined()
    expect((await joinMesh({ ...options, token })).record.key).toBe('mesh')
    await expect(joinMesh({ ...ask(createKeys(), port), token })).rejects.toMatchObject({ code: 'TOKEN_SPENT' })

    const identity = await createTestIdentity(ca, { name: 'new', role: 'worker', keys })
    const c = new TestHost(identity, port, FAST)
    c.setRoster(rosterOf([a, b]))
    c.onRecord(joined.record)
    await start(c)
    await allConnected([a, b, c])
    c.publish({ kind: 'intent', key: 'lab-of-c' })
    await until('both hear it', () => [a, b].every((one) => one.holds('intent/lab-of-c') !== undefined))
  })

  it('is refused: expired, unknown, of another mesh, guessed', async () => {
    const [a] = (await meshOf(1)) as [TestHost]
    const options = ask(createKeys(), 1)
    const refused = (token: ReturnType<TestHost['createToken']>) => expect(joinMesh({ ...options, token })).rejects
    await refused(a.createToken('worker', { expiresAtMs: 1 })).toMatchObject({ code: 'TOKEN_EXPIRED' })
    await refused(a.createToken('worker', { caHash: 'x'.repeat(43) })).toMatchObject({ code: 'WRONG_MESH' })
    expect(a.count('JOIN_OK') + a.count('JOIN_TOKEN_INVALID')).toBe(0)
    const unknown = a.createToken('worker')
    a.tokens.delete(unknown.id)
    await refused(unknown).toMatchObject({ code: 'TOKEN_UNKNOWN' })

    const token = a.createToken('worker')
    const late = a.tokens.get(token.id)
    if (late !== undefined) late.expiresAtMs = 1
    await refused(token).toMatchObject({ code: 'TOKEN_EXPIRED' })
    expect(a.disk.roster).toHaveLength(1)
  })

  it('locks a token after ten wrong proofs', async () => {
    const [a] = (await meshOf(1)) as [TestHost]
    const token = a.createToken('worker')
    const guess = { ...token, secret: new Uint8Array(32) }
    const keys = createKeys()
    for (let at = 0; at < 10; at += 1)
      await expect(joinMesh({ ...ask(keys, 1), token: guess })).rejects.toMatchObject({ code: 'TOKEN_INVALID' })
    await expect(joinMesh({ ...ask(keys, 1), token })).rejects.toMatchObject({
      code: 'TOKEN_INVALID',
      message: expect.stringContaining('locked'),
    })
    expect(a.disk.roster).toHaveLength(1)
  })
})
