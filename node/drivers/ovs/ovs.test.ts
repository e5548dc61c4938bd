import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { applySteps, driverContract } from '#testing/driver-contract.ts'
import { bridge, ovsSamples, port } from '#testing/network-samples.ts'
import { fakeExec } from '../fake-exec.ts'
import { detectDatapath, detectTxOffload } from './detect.ts'
import { createOvsDriver } from './driver.ts'
import { type FakeSwitch, fakeSwitch } from './fake.ts'
import { parsePacketSockets, parseSwitch } from './parse.ts'

const driver = createOvsDriver()
const recorded = (name: string): string => readFileSync(new URL(`testdata/${name}`, import.meta.url), 'utf8')

const makeSwitch = (): FakeSwitch => {
  const sw = fakeSwitch()
  sw.devices.set('skn0', 10).set('skv0', 11).set('eth9', 12)
  return sw
}

driverContract({
  driver,
  makeHost: async () => {
    const sw = makeSwitch()
    sw.bridges.set('br-user', { name: 'br-user', columns: new Map() })
    sw.ports.set('eth9', { name: 'eth9', bridge: 'br-user', columns: new Map([['tag', '5']]), attachedTo: 12 })
    return { exec: sw.exec, snapshot: async () => sw.snapshot() }
  },
  samples: () => ovsSamples('skn0', 'skv0'),
})

const create = <R>(to: R) => ({ type: 'create' as const, to, reason: 'test' })

const withPort = async (): Promise<FakeSwitch> => {
  const sw = makeSwitch()
  await applySteps(driver, sw.exec, [create(bridge())])
  await applySteps(driver, sw.exec, [create(port('skn0', 7))])
  return sw
}

describe('ovs', () => {
  test('two transactions for any number of ports', () => {
    const steps = driver.steps(Array.from({ length: 40 }, (_, i) => create(port(`skn${i}`, i + 1))))
    expect(steps.map((step) => step.commands.length)).toEqual([2])
  })

  test('a bridge of this name that is not ours is left alone', async () => {
    const sw = makeSwitch()
    sw.bridges.set('skein0', { name: 'skein0', columns: new Map() })
    const before = sw.snapshot()
    await expect(applySteps(driver, sw.exec, [create(bridge())])).rejects.toMatchObject({
      code: 'TOOL_FAILED',
      message: expect.stringContaining('no key skein'),
    })
    expect(sw.snapshot()).toBe(before)
    expect(await driver.observe(sw.exec, [])).toEqual([])
  })

  test('a device that went and came back leaves a stale port, and mending attaches it', async () => {
    const sw = await withPort()
    sw.devices.set('skn0', 99)
    const [stale] = (await driver.observe(sw.exec, [])).filter((seen) => seen.kind === 'port')
    expect(stale).toMatchObject({ ifindex: 99, fault: expect.stringContaining('gone') })
    if (stale === undefined) return
    await applySteps(driver, sw.exec, [{ type: 'update', from: stale, to: port('skn0', 7), reason: 'stale' }])
    const [mended] = (await driver.observe(sw.exec, [])).filter((seen) => seen.kind === 'port')
    expect(mended).toEqual({ ...port('skn0', 7), ifindex: 99, number: 99 })
  })

  test.each([
    ['all deleted', ''],
    ['one that drops', ' priority=9,ip actions=drop\n priority=0 actions=NORMAL\n'],
    ['another in its place', ' priority=0 actions=drop\n'],
    ['one for some packets only', ' priority=0,ip actions=NORMAL\n'],
  ])('flows changed by hand (%s) are seen, and mended', async (_what, flows) => {
    const sw = await withPort()
    sw.flows.set('skein0', flows)
    const [changed] = await driver.observe(sw.exec, [])
    expect(changed).toEqual({ ...bridge(), isSwitch: false })
    if (changed?.kind !== 'bridge') return
    await applySteps(driver, sw.exec, [{ type: 'update', from: changed, to: bridge(), reason: 'flows' }])
    expect((await driver.observe(sw.exec, []))[0]).toEqual(bridge())
  })

  test.each([
    ['fail_mode', 'secure', 'fail_mode is secure, standalone is wanted'],
    ['controller', 'c1', 'controller is set, none is wanted'],
    ['protocols', 'OpenFlow15', 'protocols is set, none is wanted'],
    ['stp_enable', 'true', 'stp_enable is on, off is wanted'],
    ['mcast_snooping_enable', 'true', 'mcast_snooping_enable is on, off is wanted'],
    ['other_config:forward-bpdu', 'false', 'forward-bpdu is off, on is wanted'],
  ])('a bridge setting changed by hand (%s=%s) is seen, and mended', async (column, value, changed) => {
    const sw = await withPort()
    sw.bridges.get('skein0')?.columns.set(column, value)
    const [seen] = await driver.observe(sw.exec, [])
    expect(seen).toEqual({ ...bridge(), changed })
    if (seen?.kind !== 'bridge') return
    await applySteps(driver, sw.exec, [{ type: 'update', from: seen, to: bridge(), reason: changed }])
    expect((await driver.observe(sw.exec, []))[0]).toEqual(bridge())
  })

  test.each([
    ['native-untagged', 'native-untagged'],
    ['[]', 'access'],
  ])('a port that treats VLAN tags otherwise (%s) says so', async (mode, told) => {
    const sw = await withPort()
    sw.ports.get('skn0')?.columns.set('vlan_mode', mode)
    expect((await driver.observe(sw.exec, [])).at(-1)?.fault).toBe(`bridge port skn0 has the VLAN mode ${told}`)
  })

  test('a port without a VLAN carries all of them', async () => {
    const sw = await withPort()
    await applySteps(driver, sw.exec, [create(port('skv0', 0))])
    expect((await driver.observe(sw.exec, [])).at(-1)).toEqual({ ...port('skv0', 0), ifindex: 11, number: 11 })
  })

  test('a port whose device is not there says so', async () => {
    const sw = await withPort()
    sw.devices.delete('skn0')
    const seen = await driver.observe(sw.exec, [])
    expect(seen.at(-1)?.fault).toContain('could not open network device skn0')
  })

  test('reads what Open vSwitch 3.1 printed', () => {
    const seen = parseSwitch(recorded('tables.txt'), parsePacketSockets(recorded('proc-net-packet.txt')))
    expect(seen).toEqual([
      bridge(),
      { ...port('sknnone', 101), fault: 'bridge port sknnone: could not open network device sknnone (No such device)' },
      { ...port('skn0', 100), ifindex: 7, number: 1 },
      { ...port('skn1', 102), ifindex: 8, number: 2, fault: 'bridge port skn1 is attached to a device that is gone' },
    ])
  })

  test('fewer tables than asked for is an error', () => {
    expect(() => parseSwitch('', new Set())).toThrow(/three tables|unknown shape/)
  })
})

describe('detection', () => {
  const machine = (kernel: boolean, tso: string) =>
    fakeExec({ genl: () => (kernel ? {} : { code: 255 }), 'ovs-vsctl': () => ({ stdout: tso }) })

  test.each([
    { kernel: true, tso: '\n', datapath: 'system', offload: true },
    { kernel: false, tso: '\n', datapath: 'netdev', offload: false },
    { kernel: false, tso: '"true"\n', datapath: 'netdev', offload: true },
    { kernel: false, tso: '"false"\n', datapath: 'netdev', offload: false },
  ])('kernel $kernel, userspace-tso-enable $tso', async ({ kernel, tso, datapath, offload }) => {
    expect(await detectDatapath(machine(kernel, tso))).toBe(datapath)
    expect(await detectTxOffload(machine(kernel, tso))).toBe(offload)
  })
})
