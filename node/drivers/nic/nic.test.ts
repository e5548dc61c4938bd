import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { LabName, NodeName } from '#core/model/ids.ts'
import type { Nic, Op } from '#core/model/resource.ts'
import { extContainerId } from '#core/model/resource-ids.ts'
import { applySteps, driverContract } from '#testing/driver-contract.ts'
import { nic, nicSamples, specialNicSamples, workload } from '#testing/network-samples.ts'
import { parseHostEnds } from '../host-ends.ts'
import { parseIpLinks } from '../tool-output.ts'
import { createNicDriver } from './driver.ts'
import { fakeVeths } from './fake.ts'
import { pairUp, parseOffloading } from './parse.ts'

const driver = createNicDriver()
const LAB = 'frr01' as LabName
const OUT = 'out' as NodeName
const create = (to: Nic): Op<Nic> => ({ type: 'create', to, reason: 'test' })

driverContract({
  driver,
  makeHost: async () => {
    const veths = fakeVeths([100, 200])
    const stranger = {
      name: 'veth0',
      namespace: 0,
      ifindex: 900,
      mtu: 1500,
      mac: '',
      alias: 'skein',
      up: true,
      addresses: new Set<string>(),
      tx: true,
    }
    veths.ends.add(stranger)
    const seen = [workload('r1', 100), workload('pc-1.x_y', 200)]
    return { exec: veths.exec, seen, snapshot: async () => veths.snapshot() }
  },
  samples: () => nicSamples(100, 200),
})

driverContract({
  driver,
  makeHost: async () => {
    const veths = fakeVeths([100])
    for (const name of ['br0', 'eth0'])
      veths.ends.add({ name, namespace: 0, ifindex: 900, mtu: 1500, mac: '', up: true, addresses: new Set(), tx: true })
    return { exec: veths.exec, seen: [workload('r1', 100)], snapshot: async () => veths.snapshot() }
  },
  samples: () => specialNicSamples(100, { master: 'br0', parent: 'eth0' }),
})

describe('nics that are no pair into a workload', () => {
  const host = (): Nic => nic({ node: 'host', interface: 'up0', pid: 0, ordinal: 1 }, { form: { type: 'host' } })

  test("somebody else's device of that name is left alone, and named", async () => {
    const veths = fakeVeths([])
    const stranger = {
      name: 'up0',
      namespace: 0,
      ifindex: 900,
      mtu: 1500,
      mac: '',
      up: true,
      addresses: new Set<string>(),
      tx: true,
    }
    veths.ends.add(stranger)
    const before = veths.snapshot()
    await expect(applySteps(driver, veths.exec, [create(host())])).rejects.toMatchObject({
      code: 'TOOL_FAILED',
      message: expect.stringMatching(/has a device up0 already .* host:up0 cannot be made/),
    })
    expect(veths.snapshot()).toBe(before)
  })

  test('a child of an interface of the host is found inside its workload by its mark', async () => {
    const veths = fakeVeths([100])
    veths.ends.add({
      name: 'e0',
      namespace: 0,
      ifindex: 900,
      mtu: 1500,
      mac: '',
      up: true,
      addresses: new Set(),
      tx: true,
    })
    const form = { type: 'macvlan', parent: 'e0', mode: 'vepa' } as const
    const child = nic({ node: 'r1', interface: 'mv0', pid: 100, ordinal: 1 }, { form })
    await applySteps(driver, veths.exec, [create(child)])
    expect(await driver.observe(veths.exec, [workload('r1', 100)])).toMatchObject([
      { id: 'nic/frr01/r1:mv0', form, pid: 100, up: true, mac: child.mac },
    ])
    // The mark is that of r1: seen through another workload it is nobody's.
    expect(await driver.observe(veths.exec, [workload('r2', 100)])).toEqual([])
  })

  test('the far end taken away by hand leaves a fault, and made again it is whole', async () => {
    const veths = fakeVeths([100])
    await applySteps(driver, veths.exec, [create(host())])
    for (const end of veths.ends) if (end.name === 'up0') end.namespace = 100
    const [lost] = await driver.observe(veths.exec, [])
    expect(lost).toMatchObject({ form: { type: 'host' }, fault: expect.stringContaining('this host') })
    if (lost === undefined) return
    await applySteps(driver, veths.exec, [{ type: 'update', from: lost, to: host(), reason: 'broken' }])
    expect((await driver.observe(veths.exec, []))[0]?.fault).toBeUndefined()
  })

  test('a container that is not ours gets its nic as a workload does', async () => {
    const veths = fakeVeths([300])
    const outside = { kind: 'ext-container', id: extContainerId(LAB, OUT), needs: [], lab: LAB, node: OUT } as const
    await applySteps(driver, veths.exec, [create(nic({ node: 'out', interface: 'eth1', pid: 300, ordinal: 1 }))])
    const seen = await driver.observe(veths.exec, [{ ...outside, containerName: 'web', pid: 300 }])
    expect(seen).toMatchObject([{ id: 'nic/frr01/out:eth1', pid: 300, up: true }])
  })
})

describe('nic', () => {
  const eth = (ordinal: number, pid = 100): Nic =>
    nic({ node: pid === 100 ? 'r1' : 'r2', interface: `eth${ordinal}`, pid, ordinal })

  test('an address that is no longer asked for goes, one that the node gave itself stays', async () => {
    const veths = fakeVeths([100])
    await applySteps(driver, veths.exec, [create({ ...eth(1), addresses: ['10.0.0.1/24', '192.0.2.1/24'] })])
    const [from] = await driver.observe(veths.exec, [workload('r1', 100)])
    const to: Nic = { ...eth(1), addresses: ['10.0.0.2/24'], notAddresses: ['10.0.0.1/24', '10.9.9.9/24'] }
    if (from === undefined) throw new Error('no device')
    await applySteps(driver, veths.exec, [{ type: 'update', from, to, reason: 'address' }])
    const [after] = await driver.observe(veths.exec, [workload('r1', 100)])
    expect(after?.addresses.toSorted()).toEqual(['10.0.0.2/24', '192.0.2.1/24'])
  })

  test('one process for the host ends and one for the inner ends of a namespace, however many there are', async () => {
    const nics = Array.from({ length: 20 }, (_, i) => eth(i + 1))
    const [step, ...others] = createNicDriver().steps(nics.map(create))
    expect(others).toEqual([])
    expect(step?.commands.map((command) => 'file' in command && [command.file, ...command.args].join(' '))).toEqual([
      'ip -force -batch -',
      'ip -batch -',
      'nsenter -t 100 -n ip -batch -',
    ])
  })

  test('once the host was looked at, only what is there is removed before it is made again', async () => {
    const veths = fakeVeths([100])
    const looking = createNicDriver()
    const removes = (op: Op<Nic>) =>
      looking.steps([op]).some(({ commands }) => commands.some((one) => 'args' in one && one.args.includes('-force')))
    expect(removes(create(eth(1)))).toBe(true)
    await looking.observe(veths.exec, [workload('r1', 100)])
    expect(removes(create(eth(1)))).toBe(false)
    await applySteps(looking, veths.exec, [create(eth(1))])
    await looking.observe(veths.exec, [workload('r1', 100)])
    expect(removes(create(eth(1)))).toBe(true)
  })

  test('a namespace that is gone fails its own nics only', async () => {
    const veths = fakeVeths([100])
    const steps = driver.steps([create(eth(1)), create(eth(2, 200))])
    const results = await Promise.allSettled(
      steps.map(async (step) => {
        for (const command of step.commands) await veths.exec.run(command)
      }),
    )
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected'])
    expect((await driver.observe(veths.exec, [workload('r1', 100)])).map((seen) => seen.endpoint)).toEqual(['r1:eth1'])
  })

  test('the other end in no known namespace is a fault, and made again it is whole', async () => {
    const veths = fakeVeths([100, 101])
    await applySteps(driver, veths.exec, [create(eth(1))])
    const [lost] = await driver.observe(veths.exec, [])
    expect(lost).toMatchObject({ id: 'nic/frr01/r1:eth1', pid: 0, up: false, fault: expect.stringContaining('r1') })
    const [moved] = await driver.observe(veths.exec, [workload('r1', 101)])
    expect(moved?.fault).toBeDefined()
    if (moved === undefined) return
    await applySteps(driver, veths.exec, [
      { type: 'update', from: moved, to: { ...eth(1), pid: 101 }, reason: 'restarted' },
    ])
    const [whole] = await driver.observe(veths.exec, [workload('r1', 101)])
    expect(whole).toMatchObject({ pid: 101, name: 'eth1', up: true })
    expect(whole?.fault).toBeUndefined()
  })

  test('a process that is gone when its namespace is looked at leaves a fault, not an error', async () => {
    const veths = fakeVeths([100])
    await applySteps(driver, veths.exec, [create(eth(1))])
    const [lost] = await driver.observe(veths.exec, [workload('r1', 999)])
    expect(lost).toMatchObject({ pid: 999, up: false, fault: expect.stringContaining('r1') })
    veths.kill(100)
    expect(await driver.observe(veths.exec, [workload('r1', 100)])).toEqual([])
  })

  test('words a batch would take apart reach the tool whole', () => {
    const odd = nic({ node: 'r1', interface: 'a b', pid: 100, ordinal: 1 })
    const [step] = driver.steps([create(odd)])
    expect(step?.commands).toContainEqual({
      file: 'nsenter',
      args: ['-t', '100', '-n', 'ip', 'link', 'set', 'dev', 'a b', 'up'],
    })
  })

  test.each(['nonsense', '{"a":1}', '[{"ifname":5}]'])(
    'output that is not understood is a clear error: %s',
    async (stdout) => {
      const veths = fakeVeths([])
      const exec = { run: async () => ({ code: 0, stdout, stderr: '' }) }
      await expect(driver.observe(exec, [])).rejects.toMatchObject({
        code: 'TOOL_FAILED',
        message: expect.stringContaining('ip -j link show type veth'),
      })
      expect(veths.ends.size).toBe(0)
    },
  )

  test('reads what iproute2 6.1 and ethtool 6.1 printed', () => {
    const recorded = (name: string): string => readFileSync(new URL(`testdata/${name}`, import.meta.url), 'utf8')
    const inner = {
      links: parseIpLinks('ip -j addr show', recorded('inner-ends.json')),
      offloading: parseOffloading(recorded('features.json')),
    }
    const addresses = ['10.0.0.1/24', 'fd00::1/64', 'fe80::ff:fe00:1/64']
    const asked = nic(
      { node: 'r1', interface: 'eth1', pid: 100, ordinal: 1 },
      { mtuBytes: 1400, addresses, txOffload: false },
    )
    expect(parseHostEnds(recorded('host-ends.json')).map((end) => pairUp(end, 100, inner))).toEqual([
      { ...asked, ifindex: 2, outer: { mtuBytes: 1400, up: true } },
    ])
  })
})
