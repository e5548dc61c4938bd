import { X509Certificate } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { SignedRecord } from '#core/model/record.ts'
import { decodeState } from '#core/state/snapshot.ts'
import { apiCertificateFiles } from '#identity/api-certificate.ts'
import { createIdentity, loadIdentity } from '#identity/index.ts'
import { sha256Of } from '#identity/session.ts'
import { decodeToken, tokenVerifier } from '#identity/token.ts'
import { openStore } from '#store/index.ts'
import { bootstrap } from './setup.ts'

let dataDir: string
beforeEach(async () => {
  dataDir = await mkdtemp(joinPath(tmpdir(), 'skein-setup-'))
})
afterEach(() => rm(dataDir, { recursive: true, force: true }))

const begin = (name = 'a') => bootstrap({ name, advertise: '192.0.2.1', dataDir, env: {} })
const firstState = async () => {
  const store = await openStore(dataDir)
  const persisted = await store.loadRaft()
  await store.close()
  return persisted
}

test('a new mesh begins with its first host as the only voter, and a token whose secret it does not keep', async () => {
  const made = await begin()
  const snapshot = (await firstState())?.snapshot
  expect(snapshot?.configuration).toEqual({ voters: [made.id], learners: [] })
  const state = decodeState(snapshot?.state)
  expect(Object.values(state.roster)).toMatchObject([
    { id: made.id, name: 'a', role: 'core', addresses: ['192.0.2.1'] },
  ])
  const token = decodeToken(made.token ?? '')
  expect(state.tokens[token.id]).toMatchObject({ verifier: tokenVerifier(token), uses: 1 })
  expect(JSON.stringify(snapshot)).not.toContain(Buffer.from(token.secret).toString('base64url'))
})

test('a new mesh has a code for its first admin, and tells which certificate its address shows', async () => {
  const made = await begin()
  expect(made.url).toBe('https://192.0.2.1:8010/')
  const access = decodeState((await firstState())?.snapshot.state).access
  expect(access).toMatchObject({ users: {}, firstCode: sha256Of(made.adminCode ?? '') })
  const kept = await apiCertificateFiles(dataDir).load()
  expect(new X509Certificate(kept?.certificate ?? '').fingerprint256).toBe(made.fingerprint)
})

test('a new mesh gives out what the configuration says', async () => {
  const env = { SKEIN_REST_S: '30', SKEIN_PORT_MIN: '25000', SKEIN_MGMT: '10.99.0.0/20', SKEIN_VNI_MAX: '9000' }
  await bootstrap({ name: 'a', advertise: '192.0.2.1', dataDir, env })
  expect(decodeState((await firstState())?.snapshot.state).config).toMatchObject({
    restMs: 30_000,
    mgmtCidr: '10.99.0.0/20',
    vni: [4096, 9000],
    port: [25_000, 29_999],
  })
})

test('a second bootstrap is refused and changes nothing', async () => {
  await begin()
  const before = await firstState()
  await expect(begin()).rejects.toMatchObject({ code: 'ALREADY_MEMBER' })
  await expect(begin('b')).rejects.toMatchObject({ code: 'ALREADY_MEMBER' })
  expect(await firstState()).toEqual(before)
})

test('one that was interrupted after its keys goes on with them', async () => {
  const { id } = await createIdentity(dataDir, { name: 'a', nowMs: Date.now() })
  await expect(begin('other')).rejects.toMatchObject({ code: 'ALREADY_MEMBER' })
  expect((await begin()).id).toBe(id)
})

test('a host that joined a mesh does not begin another over it', async () => {
  const store = await openStore(dataDir)
  const author = '12D3KooWJAB93TuydJzH1aobdSLKCfgNawhd4ZA3woC5hAKMtZMV' as SignedRecord['author']
  const body = { meshId: 'm', hosts: [] }
  await store.putRecord({
    kind: 'roster',
    key: 'mesh',
    author,
    fresh: [1, 1, 1],
    version: [1, 1, 1],
    expiresAtMs: 0,
    body,
    signature: 's',
  })
  await store.close()
  await expect(begin()).rejects.toMatchObject({ code: 'ALREADY_MEMBER' })
  await expect(loadIdentity(dataDir)).rejects.toMatchObject({ code: 'NO_IDENTITY' })
})
