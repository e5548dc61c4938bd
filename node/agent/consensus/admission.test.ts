import { describe, expect, test } from 'vitest'
import { caHashOf, createCa, readCertificate } from '#identity/cert.ts'
import type { Identity } from '#identity/index.ts'
import { keysToPem } from '#identity/keys.ts'
import { decodeToken, type JoinToken, proveJoin } from '#identity/token.ts'
import type { JoinRequest } from '#mesh/mesh.ts'
import { type BenchHost, benchHost } from '#testing/engine-bench.ts'
import { leadingBench } from '#testing/log-bench.ts'
import { outcome, until, useVirtualTime, virtualClock } from '#testing/virtual-time.ts'
import type { TokenOptions } from '../port.ts'
import { Admission } from './admission.ts'

const [a, b, c] = [benchHost('a', 1), benchHost('b', 2), benchHost('c', 3)]
const authority = benchHost('authority', 0).keys
const hour = 3_600_000
const wish = (fields: Partial<TokenOptions> = {}): TokenOptions => ({ role: 'core', ttlMs: hour, uses: 1, ...fields })

const setup = async (options: { readonly isAuthority: boolean } = { isAuthority: true }) => {
  const caCertificate = await createCa(authority, 'm1', virtualClock.nowMs())
  const identity: Identity = {
    id: a.id,
    name: 'a',
    role: 'core',
    meshId: 'm1',
    epoch: 1,
    keys: a.keys,
    certificate: '',
    caCertificate,
    wireguard: { publicKey: '', privateKeyFile: '' },
    ...(options.isAuthority ? { ca: { keys: authority, certificate: caCertificate } } : {}),
  }
  const { bench, proposals } = await leadingBench([a])
  const admission = new Admission({
    engine: bench.engine,
    identity,
    protocol: 3,
    proposals,
    wallMs: () => virtualClock.nowMs(),
  })
  /** The same host before its first roster is published. */
  const early = new Admission({
    engine: Object.create(bench.engine, { roster: { value: undefined } }),
    identity,
    protocol: 3,
    proposals,
    wallMs: () => virtualClock.nowMs(),
  })
  const token = async (fields?: Partial<TokenOptions>): Promise<JoinToken> =>
    decodeToken((await admission.createToken(wish(fields))).token)
  return { bench, admission, early, caCertificate, token }
}

const request = (joiner: BenchHost, token: JoinToken, fields: Partial<JoinRequest> = {}): JoinRequest => {
  const { addresses, port, wgPublicKey, wgPort } = joiner.entry
  const transcript = { meshId: 'm1', tokenId: token.id, nonce: 'n', serverId: a.id, joinerId: joiner.id, request: {} }
  return {
    csr: '',
    name: joiner.name,
    wgPublicKey,
    wgPort,
    port,
    addresses,
    tokenId: token.id,
    hostId: joiner.id,
    transcript,
    proof: proveJoin(token, transcript),
    ...fields,
  }
}

describe('admission', () => {
  useVirtualTime()

  test('a token made before the first roster tells where to join as well', async () => {
    const { admission, early } = await setup()
    const { contacts } = decodeToken((await early.createToken(wish())).token)
    expect(contacts).not.toEqual([])
    expect(decodeToken((await admission.createToken(wish())).token).contacts).toEqual(contacts)
  })

  test('a token is committed, and tells where to join; its secret is not in the log', async () => {
    const { bench, admission, caCertificate } = await setup()
    const view = await admission.createToken(wish({ role: 'worker', name: 'b' }))
    const token = decodeToken(view.token)
    expect(token).toMatchObject({
      meshId: 'm1',
      caHash: caHashOf(caCertificate),
      role: 'worker',
      name: 'b',
      contacts: [`/ip4/192.0.2.1/tcp/4801/p2p/${a.id}`],
    })
    expect(view).toMatchObject({ id: token.id, role: 'worker', expiresAt: new Date(token.expiresAtMs).toISOString() })
    expect(bench.engine.replica?.state?.tokens).toHaveProperty(token.id)
    expect(JSON.stringify(bench.effects)).not.toContain(Buffer.from(token.secret).toString('base64url'))
  })

  test('who holds the token is admitted: a certificate that proves it, the roster that names it', async () => {
    const { admission, caCertificate, token } = await setup()
    const answer = await admission.admit(request(b, await token()))
    expect(readCertificate(answer.certificate, caCertificate, virtualClock.nowMs())).toMatchObject({
      hostId: b.id,
      name: 'b',
      role: 'core',
      meshId: 'm1',
      wgPublicKey: b.entry.wgPublicKey,
    })
    expect(answer).toMatchObject({ meshId: 'm1', epoch: 1, protocol: 3, overlayAddress: '10.213.0.2' })
    expect(answer.record).toMatchObject({
      kind: 'roster',
      body: {
        hosts: expect.arrayContaining([
          expect.objectContaining({ id: b.id, name: 'b', state: 'admitted', addresses: ['192.0.2.2'] }),
        ]),
      },
    })
  })

  test('the key of the authority goes to core hosts only', async () => {
    const { admission, token } = await setup()
    const core = await admission.admit(request(b, await token({ role: 'core' })))
    const worker = await admission.admit(request(c, await token({ role: 'worker' })))
    expect(core.caKey).toBe(keysToPem(authority))
    expect(worker).not.toHaveProperty('caKey')
  })

  test('a wrong proof admits nobody and spends nothing', async () => {
    const { bench, admission, token } = await setup()
    const good = await token()
    const other = await token()
    const wrong = request(b, good, { proof: request(b, { ...other, id: good.id }).proof })
    expect(await outcome(admission.admit(wrong))).toMatchObject({ code: 'TOKEN_INVALID' })
    const changed = request(b, good)
    const moved = { ...changed, transcript: { ...changed.transcript, joinerId: c.id } }
    expect(await outcome(admission.admit(moved))).toMatchObject({ code: 'TOKEN_INVALID' })
    expect(bench.engine.roster?.hosts.map(({ name }) => name)).toEqual(['a'])
    expect(admission.tokens().find(({ id }) => id === good.id)).toMatchObject({ usesLeft: 1, state: 'open' })
  })

  test('a token is good for its own role only', async () => {
    const { bench, admission, token } = await setup()
    const asWorker = await token({ role: 'worker' })
    expect(await outcome(admission.admit(request(b, asWorker, { role: 'core' })))).toMatchObject({
      code: 'TOKEN_INVALID',
      message: expect.stringContaining('is for the role worker, not core'),
    })
    expect(bench.engine.roster?.hosts).toHaveLength(1)
    await admission.admit(request(b, asWorker, { role: 'worker' }))
    expect(bench.engine.roster?.hosts).toContainEqual(expect.objectContaining({ name: 'b', role: 'worker' }))
  })

  test.each(['0123456789ab', 'constructor'])('a token nobody made, %s, is unknown', async (id) => {
    const { admission, token } = await setup()
    const unknown = { ...(await token()), id }
    expect(await outcome(admission.admit(request(b, unknown)))).toMatchObject({ code: 'TOKEN_UNKNOWN' })
  })

  test('a spent token is refused to others; the host it admitted may come again', async () => {
    const { admission, token } = await setup()
    const once = await token()
    await admission.admit(request(b, once))
    expect(await outcome(admission.admit(request(c, once)))).toMatchObject({ code: 'TOKEN_SPENT' })
    expect(await admission.admit(request(b, once))).toMatchObject({ overlayAddress: '10.213.0.2' })
  })

  test('a name that is taken is refused; a token for one name gives that name', async () => {
    const { admission, token } = await setup()
    expect(await outcome(admission.admit(request(b, await token(), { name: 'a' })))).toMatchObject({
      code: 'NAME_TAKEN',
    })
    const { name: _, ...nameless } = request(b, await token({ name: 'fixed' }))
    expect((await admission.admit(nameless)).record.body).toMatchObject({
      hosts: expect.arrayContaining([expect.objectContaining({ id: b.id, name: 'fixed' })]),
    })
    const { name: __, ...unnamed } = request(c, await token())
    expect(await outcome(admission.admit(unnamed))).toMatchObject({ code: 'BAD_INPUT' })
  })

  test('a machine takes the place of a host of its name that is down, never of one that is not', async () => {
    const { bench, admission, token } = await setup()
    const isLost = () =>
      until('b is down', () => {
        bench.do({ type: 'tick' })
        return bench.engine.membership.of(b.id)?.state === 'down'
      })
    expect(await outcome(token({ name: 'a' }))).toMatchObject({ code: 'NAME_TAKEN', message: /host a is alive/ })
    await admission.admit(request(b, await token()))
    bench.do({ type: 'probe', host: b.id })
    expect(await outcome(token({ name: 'b' }))).toMatchObject({ code: 'NAME_TAKEN' })
    await isLost()
    const view = await admission.createToken(wish({ name: 'b' }))
    expect(view.replaces).toBe('b')
    bench.do({ type: 'probe', host: b.id })
    expect(await outcome(admission.admit(request(c, decodeToken(view.token))))).toMatchObject({ code: 'NAME_TAKEN' })
    await isLost()
    expect(await admission.admit(request(c, decodeToken(view.token)))).toMatchObject({ overlayAddress: '10.213.0.2' })
    expect(bench.engine.roster?.hosts.map(({ id, name, state }) => [id, name, state])).toEqual(
      expect.arrayContaining([
        [b.id, 'b', 'removed'],
        [c.id, 'b', 'admitted'],
      ]),
    )
  })

  test('a host without the key of the authority sends joiners away', async () => {
    const { admission, token } = await setup({ isAuthority: false })
    expect(await outcome(admission.admit(request(b, await token())))).toMatchObject({ code: 'NOT_FOUND' })
  })

  test('tells of every token how it stands', async () => {
    const { bench, admission, token } = await setup()
    const [spent, revoked, open, short] = [
      await token(),
      await token(),
      await token({ uses: 3 }),
      await token({ ttlMs: 500 }),
    ]
    await admission.admit(request(b, spent))
    bench.do({
      type: 'propose',
      commands: [{ type: 'revoke-token', requestId: 'x', nowMs: virtualClock.nowMs(), id: revoked.id }],
    })
    await until('the end of the short one', () => admission.tokens().some(({ state }) => state === 'expired'), 600)
    expect(new Map(admission.tokens().map(({ id, state, usesLeft }) => [id, `${state} ${usesLeft}`]))).toEqual(
      new Map([
        [spent.id, 'spent 0'],
        [revoked.id, 'revoked 1'],
        [open.id, 'open 3'],
        [short.id, 'expired 1'],
      ]),
    )
  })
})
