import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { applySteps, driverContract } from '#testing/driver-contract.ts'
import { wgInterface, wgPeer, wgSamples } from '#testing/network-samples.ts'
import { fakeExec } from '../fake-exec.ts'
import { createWireguardDriver, detectWireguard } from './driver.ts'
import { fakeWireguard } from './fake.ts'
import { digestDump, parseDump } from './parse.ts'

const key = { file: '/var/lib/skein/wg.key', publicKey: 'w8mItCEXsOSwSeYdBtYaV52Yr5EV/jR8gDC7dScdCl4=' }
const files = { [key.file]: key.publicKey }
const PEERS = ['Ng63hVwydMB+VUVfo5elNb6Qp84Aeq1bSeYHdWefWiI=', 'bentoVLP3soqcSqGw3oxkN9PaEqg9QWg1mauzLY0Jzs='] as const

for (const implementation of ['kernel', 'userspace'] as const) {
  driverContract({
    driver: createWireguardDriver(implementation),
    makeHost: async () => {
      const machine = fakeWireguard({ kernel: implementation === 'kernel', files })
      const stranger = {
        answers: true,
        up: true,
        mtu: 1420,
        key: 'x',
        port: 51_820,
        addresses: new Set(['10.9.0.1/24']),
        peers: new Map(),
      }
      machine.devices.set('wg0', stranger)
      return { exec: machine.exec, snapshot: async () => machine.snapshot() }
    },
    samples: () => wgSamples(key, PEERS),
    ignore: ['privateKeyFile'],
  })
}

describe('wireguard', () => {
  const driver = createWireguardDriver('userspace')
  const create = <R>(to: R) => ({ type: 'create' as const, to, reason: 'test' })

  test('one call for all peers, and none where their interface goes', () => {
    const peers = PEERS.map((publicKey) => wgPeer(publicKey))
    expect(driver.steps(peers.map(create)).map((step) => step.commands.length)).toEqual([1])
    const gone = [...peers, wgInterface(key)].map((from) => ({ type: 'delete' as const, from, reason: 'test' }))
    expect(driver.steps(gone).flatMap((step) => step.commands)).toEqual([
      { file: 'ip', args: ['link', 'del', 'dev', 'skw0'], okCodes: [0, 1] },
    ])
  })

  test('a device without an answering wireguard-go is a fault, and made again', async () => {
    const machine = fakeWireguard({ kernel: false, files })
    await applySteps(driver, machine.exec, [create(wgInterface(key))])
    const device = machine.devices.get('skw0')
    if (device !== undefined) device.answers = false
    const [dead] = await driver.observe(machine.exec, [])
    expect(dead?.fault).toBe('no WireGuard answers for skw0')
    if (dead === undefined) return
    await applySteps(driver, machine.exec, [{ type: 'update', from: dead, to: wgInterface(key), reason: 'dead' }])
    expect(await driver.observe(machine.exec, [])).toEqual([{ ...wgInterface(key), privateKeyFile: '' }])
  })

  test('a peer that roamed keeps its endpoint when something else changes', async () => {
    const machine = fakeWireguard({ kernel: true, files })
    const kernel = createWireguardDriver('kernel')
    await applySteps(kernel, machine.exec, [create(wgInterface(key))])
    await applySteps(kernel, machine.exec, [create(wgPeer(PEERS[0], { endpoint: '192.0.2.1:1' }))])
    const from = wgPeer(PEERS[0], { endpoint: '192.0.2.1:1' })
    await applySteps(kernel, machine.exec, [{ type: 'update', from, to: { ...from, keepaliveS: 10 }, reason: 'test' }])
    expect((await kernel.observe(machine.exec, []))[1]).toMatchObject({ endpoint: '192.0.2.1:1', keepaliveS: 10 })
  })

  test('private keys are in no resource, no argument and no message', async () => {
    const machine = fakeWireguard({ kernel: false, files })
    await applySteps(driver, machine.exec, [create(wgInterface(key))])
    const seen = await driver.observe(machine.exec, [])
    expect(JSON.stringify([seen, machine.exec.log])).not.toContain('private-of')
    expect(machine.exec.log.find((command) => 'args' in command && command.args.includes('dump'))).toMatchObject({
      secret: true,
    })
    expect(() => parseDump('skw0\tprivate-of-x\tpublic\n')).toThrow(/3 fields/)
    expect(() => parseDump('skw0\tprivate-of-x\tpublic\n')).not.toThrow(/private-of/)
  })

  test('reads an interface without key and a peer that was never heard', () => {
    const dump = `skw0\t(none)\t(none)\t0\toff\nskw0\t${PEERS[0]}\t(none)\t(none)\t(none)\t0\t0\t0\toff\nwg1\tx\ty\t1\toff\n`
    const { interfaces, peers } = parseDump(dump)
    expect([...interfaces.values()]).toEqual([{ name: 'skw0', publicKey: '', listenPort: 0 }])
    expect(peers).toEqual([wgPeer(PEERS[0], { endpoint: '', allowedIps: [], keepaliveS: 0, lastHandshakeS: 0 })])
  })

  test.each([
    { code: 0, found: 'kernel' },
    { code: 255, found: 'userspace' },
  ])('genl exits with $code: $found', async ({ code, found }) => {
    expect(await detectWireguard(fakeExec({ genl: () => ({ code }) }))).toBe(found)
    const withoutGenl = fakeExec({
      test: (args) => ({ code: args[1] === '/sys/module/wireguard' ? Math.min(code, 1) : 2 }),
    })
    expect(await detectWireguard(withoutGenl)).toBe(found)
  })

  test('reads what wireguard-tools 1.0 printed', () => {
    const { interfaces, peers } = parseDump(readFileSync(new URL('testdata/dump.txt', import.meta.url), 'utf8'))
    expect([...interfaces.values()]).toEqual([{ name: 'skw0', publicKey: key.publicKey, listenPort: 51_820 }])
    const allowedIps = ['10.100.0.2/32', '10.98.0.2/32']
    expect(peers).toEqual([
      wgPeer(PEERS[0], { endpoint: '10.77.2.2:51821', allowedIps, lastHandshakeS: 1_795_209_950 }),
    ])
  })
})

describe('what is asked every 5 s', () => {
  const dump = readFileSync(new URL('testdata/dump.txt', import.meta.url), 'utf8')
  const rows = dump.split('\n').map((row) => row.split('\t'))
  /** The dump with one field of each peer of ours changed. */
  const changed = (field: number, value: string): string =>
    rows.map((row) => (row.length === 9 ? row.with(field, value) : row).join('\t')).join('\n')

  test.each([
    ['endpoint', 3, '192.0.2.99:1'],
    ['handshake', 5, '1800000000'],
    ['received', 6, '77'],
    ['sent', 7, '77'],
  ])('another %s is no change', (_what, field, value) =>
    expect(digestDump(changed(field, value))).toBe(digestDump(dump)),
  )

  test('other allowed addresses, another keepalive, a peer or an interface that goes are', () => {
    const without = (length: number): string => rows.filter((row) => row.length !== length).join('\n')
    for (const other of [changed(4, '10.0.0.0/8'), changed(8, '7'), without(9), without(5)])
      expect(digestDump(other)).not.toBe(digestDump(dump))
  })

  test('has no private key in it', () => {
    const key = rows.find((row) => row.length === 5)?.[1] ?? ''
    expect(key).not.toBe('')
    expect(digestDump(dump)).not.toContain(key)
  })
})
