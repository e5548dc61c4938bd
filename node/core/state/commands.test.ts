import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeCommand } from './commands.ts'
import { assignment, joining } from './testdata/mesh.ts'

const stamp = { requestId: 'assign/lab/1/2', nowMs: 5 }
const lab = { ...stamp, ...assignment('lab', 1, { a: [1, 2] }) }
const admit = { ...stamp, type: 'admit', tokenId: 't', host: joining(2) }
const token = { ...stamp, type: 'create-token', id: 't', verifier: 'v', role: 'core', uses: 1, expiresAtMs: 9 }
const hold = { ...stamp, type: 'hold-test', test: 7, nics: ['host/H1', 'attached/pi.4'], port: 'H1', ttlMs: 1 }

describe('decodeCommand', () => {
  it.each([
    lab,
    admit,
    token,
    { ...token, name: 'gw' },
    { ...stamp, type: 'release', lab: 'lab', intentVersion: '1.2.H1' },
    { ...stamp, type: 'number', name: 'iperf', count: 20_000 },
    hold,
    { ...hold, nics: [], port: null },
    { ...stamp, type: 'free-test', test: 7 },
  ])('takes %o', (command) => expect(decodeCommand(command)).toEqual(command))

  it('drops what it does not know', () => {
    expect(decodeCommand({ ...token, later: true })).toEqual(token)
  })

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['text', 'assign'],
    ['a list', [lab]],
    ['an unknown type', { ...stamp, type: 'reboot' }],
    ['an inherited type', { ...stamp, type: 'constructor' }],
    ['no request id', { ...token, requestId: undefined }],
    ['an endless request id', { ...token, requestId: 'x'.repeat(201) }],
    ['a negative time', { ...token, nowMs: -1 }],
    ['a time that is none', { ...token, nowMs: Number.NaN }],
    ['no uses', { ...token, uses: 0 }],
    ['half a use', { ...token, uses: 0.5 }],
    ['an unknown role', { ...token, role: 'root' }],
    ['an odd name', { ...token, name: '../x' }],
    ['a host without an id', { ...admit, host: { ...joining(2), id: undefined } }],
    ['a host with a bad name', { ...admit, host: { ...joining(2), name: 'Host 2' } }],
    ['addresses that are commands', { ...admit, host: { ...joining(2), addresses: ['$(reboot)'] } }],
    ['port 0', { ...admit, host: { ...joining(2), port: 0 } }],
    ['a key that is an option', { ...admit, host: { ...joining(2), wgPublicKey: '--help' } }],
    ['a lab that is a path', { ...lab, lab: '../etc' }],
    ['a version that is none', { ...lab, intentVersion: '1' }],
    ['a node that is a path', { ...lab, hosts: { 'a/b': 'H1' } }],
    ['a placement that is a list', { ...lab, hosts: [] }],
    ['an endpoint without an interface', { ...lab, endpoints: ['r1'] }],
    ['an interface of 16 bytes', { ...lab, endpoints: [`r1:${'e'.repeat(16)}`] }],
    ['an MTU of 0', { ...lab, segments: [{ id: 'a', hosts: ['H1'], mtuBytes: 0 }] }],
    ['too many numbers', { ...stamp, type: 'number', name: 'iperf', count: 20_001 }],
    ['numbers of another name', { ...stamp, type: 'number', name: '__proto__', count: 1 }],
    ['three NICs', { ...hold, nics: ['host/H1', 'host/H2', 'host/H3'] }],
    ['a NIC that is none', { ...hold, nics: ['H1'] }],
    ['a NIC with a space', { ...hold, nics: ['attached/a b'] }],
    ['a hold for ever', { ...hold, ttlMs: null }],
    ['a hold of test 0', { ...hold, test: 0 }],
  ])('refuses %s', (_what, command) => expect(decodeCommand(command)).toBeUndefined())

  it('never throws', () => {
    fc.assert(fc.property(fc.anything(), (value) => void decodeCommand(value)))
    fc.assert(
      fc.property(
        fc.constantFrom(lab, admit, token),
        fc.string(),
        fc.anything(),
        (command, key, value) => void decodeCommand({ ...command, [key]: value }),
      ),
    )
  })
})
