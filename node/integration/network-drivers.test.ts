import { afterAll, beforeAll, expect, test } from 'vitest'
import type { VlanTag } from '#core/model/ids.ts'
import type { Op, Resource } from '#core/model/resource.ts'
import type { Driver } from '#drivers/driver.ts'
import { createNicDriver } from '#drivers/nic/driver.ts'
import { detectDatapath, detectTxOffload } from '#drivers/ovs/detect.ts'
import { createOvsDriver } from '#drivers/ovs/driver.ts'
import { createVxlanDriver } from '#drivers/vxlan/driver.ts'
import { createWireguardDriver, detectWireguard } from '#drivers/wireguard/driver.ts'
import type { Exec } from '#platform/exec.ts'
import { applySteps, type ContractHost, driverContract } from '#testing/driver-contract.ts'
import * as sample from '#testing/network-samples.ts'
import { describeReal, testbed } from '#testing/testbed.ts'

const bed = testbed({ prefix: 'dr', hosts: 2, net: '10.83' })
const [first = '', second = ''] = bed.hosts
const TOOLS = ['ip', 'bridge', 'ovs-vsctl', 'ethtool', 'wg', 'wireguard-go', 'nsenter', 'iperf3']

const create = <R extends Resource>(to: R): Op<R> => ({ type: 'create', to, reason: 'test' })
const sleeper = (host: string): Promise<number> => bed.spawn(host, ['unshare', '--net', 'sleep', '3600'])
const output = async (host: string, ...argv: string[]): Promise<string> => (await bed.run(host, argv)).stdout

/** Devices of the host and of these namespaces, and the switch: all that these drivers may touch. */
const snapshotOf = (pids: readonly number[]) => async (): Promise<string> => {
  const devices = async (...prefix: string[]) =>
    (await output(first, ...prefix, 'ip', '-o', 'link'))
      .split('\n')
      .map((line) => line.split(':')[1]?.trim())
      .join(' ')
  const inner = await Promise.all(pids.map((pid) => devices('nsenter', '-t', String(pid), '-n')))
  return [
    await devices(),
    ...inner,
    await output(first, 'ovs-vsctl', 'show'),
    await output(first, 'bridge', 'fdb'),
  ].join('\n')
}

const keyFile = async (host: string, path: string): Promise<{ file: string; publicKey: string }> => {
  const secret = await output(host, 'wg', 'genkey')
  await bed.run(host, ['sh', '-c', 'umask 077; cat >"$1"', 'sh', path], { stdin: secret })
  return { file: path, publicKey: (await bed.run(host, ['wg', 'pubkey'], { stdin: secret })).stdout.trim() }
}

describeReal('network drivers on simulated hosts', TOOLS, () => {
  let pids: readonly [number, number] = [0, 0]
  let keys: readonly [Awaited<ReturnType<typeof keyFile>>, Awaited<ReturnType<typeof keyFile>>]

  beforeAll(async () => {
    await bed.up()
    pids = await Promise.all([sleeper(first), sleeper(first)])
    keys = await Promise.all([keyFile(first, '/var/lib/skein/a.key'), keyFile(second, '/var/lib/skein/b.key')])
    // Things of somebody else, to be left alone.
    for (const line of [
      'link add veth9 type veth peer name veth8',
      'link add vxlan9 type vxlan id 9 local 127.0.0.1 dstport 4789',
      'tuntap add dev wg9 mode tun',
    ])
      await bed.run(first, ['ip', ...line.split(' ')])
    await bed.run(first, [
      'ovs-vsctl',
      'add-br',
      'br-user',
      '--',
      'set',
      'Bridge',
      'br-user',
      'datapath_type=netdev',
      '--',
      'add-port',
      'br-user',
      'veth9',
    ])
  })
  afterAll(() => bed.down())

  const makeHost = async (): Promise<ContractHost> => ({
    exec: bed.exec(first),
    seen: [sample.workload('r1', pids[0]), sample.workload('pc-1.x_y', pids[1])],
    snapshot: snapshotOf(pids),
  })
  driverContract({
    driver: createNicDriver(),
    makeHost,
    samples: () => sample.nicSamples(...pids),
    atLeast: ['addresses'],
  })
  driverContract({
    driver: createNicDriver(),
    makeHost: async () => {
      await bed.run(first, ['ip', 'link', 'add', 'br-lx', 'address', '02:00:00:00:00:77', 'type', 'bridge'])
      await bed.run(first, ['ip', 'link', 'add', 'veth7', 'type', 'veth', 'peer', 'name', 'veth6'])
      const close = async () => {
        for (const device of ['br-lx', 'veth7']) await bed.run(first, ['ip', 'link', 'del', device])
      }
      return { ...(await makeHost()), close }
    },
    samples: () => sample.specialNicSamples(pids[0], { master: 'br-lx', parent: 'veth7' }),
    atLeast: ['addresses'],
    // Of a child of an interface it is the parent's business.
    ignore: ['txOffload'],
  })
  driverContract({ driver: createVxlanDriver(), makeHost, samples: sample.vtepSamples })
  driverContract({
    driver: createOvsDriver(),
    makeHost: async () => {
      for (const device of ['port1', 'port2'])
        await bed.run(first, ['ip', 'link', 'add', device, 'type', 'veth', 'peer', 'name', `${device}p`])
      const close = async () => {
        for (const device of ['port1', 'port2']) await bed.run(first, ['ip', 'link', 'del', device])
      }
      return { ...(await makeHost()), close }
    },
    samples: () => sample.ovsSamples('port1', 'port2'),
  })
  driverContract({
    driver: createWireguardDriver('userspace'),
    makeHost,
    samples: () => sample.wgSamples(keys[0], [keys[1].publicKey, 'Ng63hVwydMB+VUVfo5elNb6Qp84Aeq1bSeYHdWefWiI=']),
    ignore: ['privateKeyFile'],
  })

  test('wireguard-go that was killed, and one whose device was taken away, are started again', async () => {
    const driver = createWireguardDriver('userspace')
    const wanted = sample.wgInterface(keys[0])
    for (const harm of [
      ['pkill', '-9', 'wireguard-go'],
      ['ip', 'link', 'del', 'skw0'],
    ]) {
      await applySteps(driver, bed.exec(first), [create(wanted)])
      await bed.run(first, harm)
      await expect.poll(() => driver.observe(bed.exec(first), [])).toEqual([])
    }
  })

  test('a device that went and came back under its name: stale is seen, and mended', async () => {
    const exec = bed.exec(first)
    const driver = createOvsDriver()
    await bed.run(first, ['ip', 'link', 'add', 'port1', 'type', 'veth', 'peer', 'name', 'port1p'])
    await applySteps(driver, exec, [create(sample.bridge())])
    await applySteps(driver, exec, [create(sample.port('port1', 5))])
    await bed.run(first, ['ip', 'link', 'del', 'port1'])
    await bed.run(first, ['ip', 'link', 'add', 'port1', 'type', 'veth', 'peer', 'name', 'port1p'])
    const port = async () => (await driver.observe(exec, [])).find((seen) => seen.kind === 'port')
    const stale = await port()
    expect(stale?.fault).toContain('port1')
    if (stale === undefined) return
    await applySteps(driver, exec, [{ type: 'update', from: stale, to: sample.port('port1', 5), reason: 'stale' }])
    expect((await port())?.fault).toBeUndefined()
    await applySteps(
      driver,
      exec,
      (await driver.observe(exec, [])).map((from) => ({ type: 'delete', from, reason: 'test' })),
    )
    await bed.run(first, ['ip', 'link', 'del', 'port1'])
  })

  test('traffic between namespaces on two hosts goes through nic, port, vtep and wireguard', async () => {
    const ends = await Promise.all([makeEnd(0, keys), makeEnd(1, keys)])
    const inner = (i: 0 | 1) => ['nsenter', '-t', String(ends[i]), '-n']
    // Both ends may open a session at the same moment; WireGuard then tries again after 5 s.
    await expect
      .poll(() => output(first, 'sh', '-c', `${inner(0).join(' ')} ping -c 1 -W 1 10.0.0.2 || true`), {
        timeout: 20_000,
      })
      .toContain(' 0% packet loss')
    expect(
      await output(first, ...inner(0), 'ping', '-c', '2', '-i', '0.2', '-s', '1342', '-M', 'do', '10.0.0.2'),
    ).toContain(' 0% packet loss')
    const mbps = await iperf({ host: first, pid: ends[0] }, { host: second, pid: ends[1], address: '10.0.0.2' })
    console.info(`iperf3 between two hosts: ${mbps.toFixed(0)} Mbit/s`)
    expect(mbps).toBeGreaterThan(20)
  })

  test('without segmentation offload in the switch TCP passes because senders fill checksums in', async () => {
    const exec = bed.exec(second)
    await bed.run(second, [
      'ovs-vsctl',
      '--no-wait',
      'set',
      'Open_vSwitch',
      '.',
      'other_config:userspace-tso-enable=false',
    ])
    await bed.run(second, ['ovs-appctl', '-t', 'ovs-vswitchd', 'exit'])
    await expect.poll(() => output(second, 'sh', '-c', 'pidof ovs-vswitchd || echo none')).toBe('none\n')
    await bed.spawn(second, ['ovs-vswitchd', '--pidfile'])
    const txOffload = await detectTxOffload(exec)
    expect(txOffload).toBe((await detectDatapath(exec)) === 'system')
    const pids = [await sleeper(second), await sleeper(second)]
    const nics = pids.map((pid, i) =>
      sample.nic({ node: `s${i}`, interface: 'eth1', pid, ordinal: 20 + i }, { txOffload }),
    )
    const seen = pids.map((pid, i) => sample.workload(`s${i}`, pid))
    await make(createNicDriver(), exec, nics, seen)
    await make(
      createOvsDriver(),
      exec,
      nics.map((nic) => tagged(nic.hostName, 300)),
      seen,
    )
    expect(
      await iperf({ host: second, pid: pids[0] ?? 0 }, { host: second, pid: pids[1] ?? 0, address: '10.0.0.21' }),
    ).toBeGreaterThan(20)
  })

  test('after a power cut the bridge is as it was, ports without devices say so, and both can be mended', async () => {
    const exec = bed.exec(first)
    const ovs = createOvsDriver()
    const device = sample.nic({ node: 'r1', interface: 'eth1', pid: 0, ordinal: 1 }).hostName
    await bed.kill(first)
    await bed.boot(first)
    const seen = await ovs.observe(exec, [])
    expect(seen.find((one) => one.kind === 'bridge')?.fault).toBeUndefined()
    const port = seen.find((one) => one.kind === 'port' && one.device === device)
    expect(port?.fault).toContain('No such device')
    const pid = await sleeper(first)
    await make(
      createNicDriver(),
      exec,
      [sample.nic({ node: 'r1', interface: 'eth1', pid, ordinal: 1 })],
      [sample.workload('r1', pid)],
    )
    const attached = (await ovs.observe(exec, [])).find((one) => one.id === port?.id)
    if (attached === undefined) throw new Error('the port is gone')
    await applySteps(ovs, exec, [{ type: 'update', from: attached, to: tagged(device, 100), reason: 'test' }])
    expect((await ovs.observe(exec, [])).find((one) => one.id === port?.id)?.fault).toBeUndefined()
  })
})

interface InNamespace {
  readonly host: string
  readonly pid: number
}

/** Mbit/s over TCP for two seconds. */
const iperf = async (from: InNamespace, to: InNamespace & { readonly address: string }): Promise<number> => {
  const inner = ({ pid }: InNamespace) => ['nsenter', '-t', String(pid), '-n']
  await bed.spawn(to.host, [...inner(to), 'iperf3', '-s', '-1'])
  await expect
    .poll(() => output(to.host, ...inner(to), 'ss', '-Htln', 'sport = 5201'), { timeout: 10_000 })
    .toContain('5201')
  const client = [...inner(from), 'iperf3', '-c', to.address, '-t', '2', '-J', '--connect-timeout', '5000']
  const report = JSON.parse(await output(from.host, ...client))
  return report.end.sum_received.bits_per_second / 1e6
}

/** Everything one host needs for its end of the link; answers the process id of the namespace. */
const makeEnd = async (
  i: 0 | 1,
  keys: readonly [{ file: string; publicKey: string }, { file: string; publicKey: string }],
): Promise<number> => {
  const host = [first, second][i] ?? ''
  const other = [second, first][i] ?? ''
  const exec = bed.exec(host)
  const pid = await sleeper(host)
  const overlay = (of: number): string => `10.98.0.${of + 1}`
  const peer = { endpoint: `${bed.address(other)}:51820`, allowedIps: [`${overlay(1 - i)}/32`] }
  const nic = sample.nic(
    { node: `r${i + 1}`, interface: 'eth1', pid, ordinal: i + 1 },
    { txOffload: await detectTxOffload(exec) },
  )
  const vtep = sample.vtep('r1:eth1--r2:eth1', 5001, { local: overlay(i), remotes: [overlay(1 - i)] })
  const wireguard = createWireguardDriver(await detectWireguard(exec))
  const wanted: readonly (readonly [Driver, readonly Resource[]])[] = [
    [wireguard, [sample.wgInterface(keys[i], { address: `${overlay(i)}/16` })]],
    [wireguard, [sample.wgPeer(keys[i === 0 ? 1 : 0].publicKey, peer)]],
    [createVxlanDriver(), [vtep]],
    [createNicDriver(), [nic]],
    [createOvsDriver(), [sample.bridge(await detectDatapath(exec))]],
    [createOvsDriver(), [tagged(nic.hostName, 100 + i), tagged(vtep.device, 100 + i)]],
  ]
  for (const [driver, resources] of wanted)
    await make(driver, exec, resources, [sample.workload(nic.endpoint.slice(0, 2), pid)])
  return pid
}

const tagged = (device: string, vlan: number) => sample.port(device, vlan as VlanTag)

const make = async (
  driver: Driver,
  exec: Exec,
  resources: readonly Resource[],
  seen: readonly Resource[],
): Promise<void> => {
  await applySteps(driver, exec, resources.map(create))
  const ids = new Set(resources.map((resource) => resource.id))
  const made = (await driver.observe(exec, seen)).filter((resource) => ids.has(resource.id))
  expect(made.length).toBe(resources.length)
  const faults = made.flatMap((resource) => resource.fault ?? [])
  expect(faults).toEqual([])
}
