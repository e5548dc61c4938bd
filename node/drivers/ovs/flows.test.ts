import { describe, expect, test } from 'vitest'
import type { Bridge, Op, Wire } from '#core/model/resource.ts'
import { applySteps } from '#testing/driver-contract.ts'
import { bridge, port, wire, wiredTo } from '#testing/network-samples.ts'
import { createOvsDriver } from './driver.ts'
import { type FakeSwitch, fakeSwitch } from './fake.ts'
import { parseFlows } from './flows.ts'

const driver = createOvsDriver()
const create = <R extends Bridge | Wire>(to: R): Op<R> => ({ type: 'create', to, reason: 'test' })
const update = <R extends Bridge | Wire>(from: R, to: R): Op<R> => ({ type: 'update', from, to, reason: 'test' })

const OURS = 'cookie=0x736b65696e, '
const ONE_WAY = ` ${OURS}priority=100,in_port=32970 actions=output:32971\n`
const OTHER_WAY = ` ${OURS}priority=100,in_port=32971 actions=output:32970\n`
const NORMAL = ' priority=0 actions=NORMAL\n'

const wired = async (): Promise<FakeSwitch> => {
  const sw = fakeSwitch()
  await applySteps(driver, sw.exec, [create(bridge())])
  await applySteps(driver, sw.exec, [create(wire(101))])
  return sw
}

const seen = async (sw: FakeSwitch): Promise<{ bridge: Bridge | undefined; wire: Wire | undefined }> => {
  const all = await driver.observe(sw.exec, [])
  return {
    bridge: all.find((one) => one.kind === 'bridge'),
    wire: all.find((one) => one.kind === 'wire'),
  }
}

describe('flows of wires', () => {
  test('what comes in by either port goes out by the other', async () => {
    const sw = await wired()
    expect(sw.flows.get('skein0')).toBe(NORMAL + ONE_WAY + OTHER_WAY)
    expect((await seen(sw)).wire).toEqual(wire(101))
  })

  test('one call makes and cuts any number of them', () => {
    const ops = Array.from({ length: 40 }, (_, i): Op<Wire> => (i % 2 ? create(wire(i)) : removal(wire(i + 1))))
    const [step, ...others] = driver.steps(ops)
    expect(others).toEqual([])
    expect(step?.commands.length).toBe(1)
  })

  test('a bridge that goes takes them along', () => {
    const [step, ...others] = driver.steps([removal(bridge()), removal(wire(1))])
    expect(others).toEqual([])
    expect(step?.ops.length).toBe(2)
    expect(step?.commands.map((command) => 'file' in command && command.file)).toEqual(['ovs-vsctl'])
  })

  test.each([
    ['one deleted', NORMAL + ONE_WAY, 'none for what comes in by port 32971'],
    [
      'one that drops',
      `${NORMAL} ${OURS}priority=100,in_port=32970 actions=drop\n${OTHER_WAY}`,
      'what comes in by port 32970 gets drop, output:32971 is wanted',
    ],
    [
      'one that also copies',
      `${NORMAL}${ONE_WAY} ${OURS}priority=100,in_port=32971 actions=output:32970,output:1\n`,
      'what comes in by port 32971 gets output:32970,output:1, output:32970 is wanted',
    ],
  ])('%s: the wire says so and is mended', async (_what, flows, changed) => {
    const sw = await wired()
    sw.flows.set('skein0', flows)
    const found = await seen(sw)
    expect(found.bridge?.isSwitch).toBe(true)
    expect(found.wire?.changed).toBe(changed)
    if (found.wire === undefined) return
    await applySteps(driver, sw.exec, [update(found.wire, wire(101))])
    expect((await seen(sw)).wire).toEqual(wire(101))
  })

  test.each([
    ['above it', ' priority=200,in_port=32970 actions=drop\n'],
    ['in another table', ` ${OURS}table=1, priority=100,in_port=32972 actions=output:32973\n`],
    ['of another priority', ` ${OURS}priority=101,in_port=32970 actions=output:32971\n`],
    ['for some frames only', ` ${OURS}priority=100,ip,in_port=32970 actions=output:32971\n`],
    ['for a port that no wire has', ` ${OURS}priority=100,in_port=7 actions=output:8\n`],
  ])(
    'a flow of somebody else’s (%s): the bridge says so, and mending it leaves wires alone',
    async (_what, foreign) => {
      const sw = await wired()
      sw.flows.set('skein0', NORMAL + ONE_WAY + OTHER_WAY + foreign)
      const found = await seen(sw)
      expect(found.bridge?.isSwitch).toBe(false)
      expect(found.wire).toEqual(wire(101))
      if (found.bridge === undefined) return
      await applySteps(driver, sw.exec, [update(found.bridge, bridge())])
      expect(sw.flows.get('skein0')).toBe(NORMAL + ONE_WAY + OTHER_WAY)
    },
  )

  test('one changed by hand loses its cookie, and is told as the wire’s all the same', () => {
    const found = parseFlows('skein0', `${NORMAL} priority=100,in_port=32970 actions=drop\n${OTHER_WAY}`)
    expect(found.isSwitch).toBe(true)
    expect(found.wires.map(({ changed }) => changed)).toEqual([
      'what comes in by port 32970 gets drop, output:32971 is wanted',
    ])
    expect(found.kept.length).toBe(1)
  })

  test('say by their ports which lab they are of', async () => {
    const sw = await wired()
    sw.devices.set('skn0', 10)
    await applySteps(driver, sw.exec, [{ type: 'create', to: wiredTo(port('skn0', 101), 1), reason: 'test' }])
    expect((await seen(sw)).wire?.owner).toBe('frr01/r1:eth1')
  })

  test('without ovs-vswitchd nothing is known', async () => {
    const sw = await wired()
    sw.isRunning = false
    await expect(driver.observe(sw.exec, [])).rejects.toMatchObject({ code: 'TOOL_FAILED' })
  })
})

const removal = <R extends Bridge | Wire>(from: R): Op<R> => ({ type: 'delete', from, reason: 'test' })
