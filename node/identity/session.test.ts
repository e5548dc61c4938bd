import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createKeys } from './keys.ts'
import { checkPassword, hashPassword } from './password.ts'
import { apiTokenIdOf, createApiToken, isApiToken, readSession, sessionId, sha256Of, signSession } from './session.ts'

const keys = createKeys()
const session = { id: sessionId(), meshId: 'm', user: 'ann', version: '1.7', idleEndMs: 5, endMs: 9 }

describe('a session', () => {
  it('is read back as it was signed, with who signed it', () => {
    expect(readSession(signSession(session, keys))).toEqual({ ...session, host: keys.id })
  })

  it('is nothing with one letter changed, cut or added', () => {
    const text = signSession(session, keys)
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.constantFrom('A', 'b', '.', '_', ''), (at, letter) => {
        const other = text.slice(0, at) + letter + text.slice(at + 1)
        // The last letter of 64 bytes in base64url has bits that mean nothing.
        if (at < text.length - 1 && other !== text) expect(readSession(other)).toBeUndefined()
      }),
    )
    expect(readSession(`${text}.`)).toBeUndefined()
    expect(readSession('')).toBeUndefined()
  })

  it('that names another host than the one that signed it is none', () => {
    const [, payload = '', signature = ''] = signSession(session, keys).split('.')
    const fields = JSON.parse(Buffer.from(payload, 'base64url').toString())
    fields[2] = createKeys().id
    const forged = Buffer.from(JSON.stringify(fields)).toString('base64url')
    expect(readSession(`sks1.${forged}.${signature}`)).toBeUndefined()
  })
})

describe('an API token', () => {
  it('is known by its hash alone', () => {
    const { id, token, sha256 } = createApiToken()
    expect(apiTokenIdOf(token)).toBe(id)
    expect(isApiToken(token, sha256)).toBe(true)
    expect(isApiToken(createApiToken().token, sha256)).toBe(false)
    expect(apiTokenIdOf(`${token}x`)).toBeUndefined()
    expect(sha256).toBe(sha256Of(token))
  })
})

describe('a password', () => {
  it('is kept as argon2id with a salt of its own', async () => {
    const [one, two] = await Promise.all([hashPassword('correct horse'), hashPassword('correct horse')])
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    expect(one).not.toBe(two)
    expect(await checkPassword(one, 'correct horse')).toBe(true)
    expect(await checkPassword(one, 'correct horse ')).toBe(false)
  })

  it('counts the same however its letters were composed', async () => {
    expect(await checkPassword(await hashPassword('cafe\u0301 au lait'), 'caf\u00e9 au lait')).toBe(true)
  })

  it.each([
    '',
    'in the open',
    '$argon2id$v=19$m=99999999,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA',
    '$argon2id$v=19$m=1,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA',
    '$argon2id$v=19$m=64,t=999,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA',
    '$argon2id$v=19$m=64,t=0,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA',
  ])('%j is the password of nobody', async (phc) => {
    expect(await checkPassword(phc, 'x')).toBe(false)
  })
})
