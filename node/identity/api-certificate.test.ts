import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { apiPublicKey, createApiKey, isApiCertificateGood, issueApiCertificate } from './api-certificate.ts'
import { createCa, readCertificate } from './cert.ts'
import type { Authority } from './index.ts'
import { createKeys } from './keys.ts'

const nowMs = Date.UTC(2026, 10, 20)
const DAY_MS = 86_400_000
const names = { names: ['a', 'a.mesh.local'], addresses: ['192.0.2.1', '2001:db8::1'] }
const key = createApiKey()
let ca: Authority
let certificate = ''
beforeAll(async () => {
  const keys = createKeys()
  ca = { keys, certificate: await createCa(keys, 'm1', nowMs) }
  certificate = await issueApiCertificate(ca, apiPublicKey(key), { ...names, nowMs })
})

describe('a certificate of the API', () => {
  it('is of the mesh, for a server, and for its names', () => {
    const read = new X509Certificate(certificate)
    expect(read.verify(new X509Certificate(ca.certificate).publicKey)).toBe(true)
    expect(read.ca).toBe(false)
    expect(read.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
    expect(read.checkHost('a.mesh.local')).toBe('a.mesh.local')
    expect(read.checkIP('2001:db8::1')).toBeDefined()
    expect(read.checkIP('192.0.2.2')).toBeUndefined()
  })

  it('lets nobody in as a host', () => {
    expect(() => readCertificate(certificate, ca.certificate, nowMs)).toThrow('lacks its claims')
  })

  it('is made anew when it is no longer what it should be', () => {
    const kept = { certificate, key }
    const wanted = { ...names, nowMs, ca: ca.certificate }
    expect(isApiCertificateGood(kept, wanted)).toBe(true)
    expect(isApiCertificateGood(kept, { ...wanted, addresses: ['192.0.2.9'] })).toBe(false)
    expect(isApiCertificateGood(kept, { ...wanted, nowMs: nowMs + 200 * DAY_MS })).toBe(false)
    expect(isApiCertificateGood({ certificate, key: createApiKey() }, wanted)).toBe(false)
    expect(isApiCertificateGood({ certificate: 'x', key }, wanted)).toBe(false)
  })

  it('is issued for no other kind of key', async () => {
    for (const pair of [generateKeyPairSync('ed25519'), generateKeyPairSync('ec', { namedCurve: 'P-384' })]) {
      const pem = pair.publicKey.export({ format: 'pem', type: 'spki' }).toString()
      await expect(issueApiCertificate(ca, pem, { ...names, nowMs })).rejects.toMatchObject({ code: 'BAD_INPUT' })
    }
    await expect(issueApiCertificate(ca, 'x', { ...names, nowMs })).rejects.toMatchObject({ code: 'BAD_INPUT' })
  })
})
