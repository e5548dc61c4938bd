import { describe, expect, test } from 'vitest'
import type { LabName, NodeName } from '#core/model/ids.ts'
import type { Image, Op, Workload, WorkloadSpec } from '#core/model/resource.ts'
import { lxdImageId, workloadId } from '#core/model/resource-ids.ts'
import { applySteps, driverContract } from '#testing/driver-contract.ts'
import { createLxdDriver, createLxdImageDriver } from './driver.ts'
import { type FakeInstance, FakeLxd } from './fake.ts'
import { instanceName } from './names.ts'

const SOCKET = '/run/fake/lxd.socket'
const driver = createLxdDriver({ socket: SOCKET, isInstalled: () => true, ipv6: true })
const images = createLxdImageDriver({ socket: SOCKET, isInstalled: () => true })

const workload = (node: string, spec: Partial<WorkloadSpec> = {}): Workload => {
  const full: WorkloadSpec = {
    image: 'bb',
    hostname: node,
    env: {},
    labels: {},
    sysctls: {},
    binds: [],
    ports: [],
    ...spec,
  }
  const lab = 'lab1' as LabName
  return {
    kind: 'workload',
    provider: 'lxd',
    id: workloadId(lab, node as NodeName),
    needs: [],
    lab,
    node: node as NodeName,
    containerName: `clab-lab1-${node}`,
    spec: full,
    specHash: JSON.stringify(full).length.toString(16),
    state: 'running',
  }
}

const host = (): FakeLxd => {
  const lxd = new FakeLxd(SOCKET)
  lxd.load('bb')
  lxd.start(lxd.add('somebody-else', { 'user.skein': 'no' }))
  return lxd
}

const create = (to: Workload): Op<Workload> => ({ type: 'create', to, reason: 'test' })

const seenOnly = async (lxd: FakeLxd): Promise<Workload> => {
  const [first, ...rest] = await driver.observe(lxd.exec, [])
  if (first === undefined || rest.length > 0) throw new Error(`not one instance but ${rest.length}`)
  return first
}

const update = async (lxd: FakeLxd, to: Workload): Promise<void> =>
  applySteps(driver, lxd.exec, [{ type: 'update', from: await seenOnly(lxd), to, reason: 'test' }])

const bodyOf = (to: Workload, by = driver): unknown => {
  const command = by.steps([create(to)])[0]?.commands[0]
  if (command === undefined || !('socket' in command)) throw new Error('no request')
  return command.body
}

const snapshotOf = (lxd: FakeLxd) => async () =>
  JSON.stringify([...lxd.instances.values()].map(({ name, config, status, pid }) => [name, config, status, pid]))

driverContract({
  driver,
  makeHost: async () => {
    const lxd = host()
    return { exec: lxd.exec, snapshot: snapshotOf(lxd) }
  },
  samples: () => [
    {
      name: 'instances',
      stages: [
        [workload('r1'), workload('r_2', { cpu: 0.5, memoryBytes: 1e8, env: { A: 'b=c' }, labels: { x: 'y' } })],
      ],
      changed: [workload('r1', { env: { B: 'c' } })],
    },
  ],
})

describe('what an instance is made of', () => {
  test('no profile, no network device, a root disk, nothing started by LXD, the host name of the node', () => {
    expect(bodyOf(workload('r_1'))).toMatchObject({
      name: instanceName('clab-lab1-r_1'),
      type: 'container',
      profiles: [],
      source: { type: 'image', alias: 'bb' },
      devices: { root: { type: 'disk', path: '/', pool: 'default' } },
      config: { 'boot.autostart': 'false', 'raw.lxc': 'lxc.uts.name = r_1' },
    })
  })

  test('environment, labels, sysctls, limits and binds arrive; the mark cannot be overwritten', () => {
    const spec = {
      env: { GREETING: 'hello there' },
      labels: { skein: 'mine', 'skein.of': 'other/r9', role: 'spine' },
      sysctls: { 'net.ipv4.ip_forward': '0', 'net.ipv6.conf.all.disable_ipv6': '0' },
      cpu: 1.5,
      cpuSet: '0-1',
      memoryBytes: 256,
      privileged: true,
      binds: [{ source: '/a/r1.conf', target: '/etc/r1.conf', options: 'ro', travels: false }],
    }
    const body = bodyOf(workload('r1', spec))
    expect(body).toMatchObject({
      config: {
        'environment.GREETING': 'hello there',
        'user.role': 'spine',
        'user.skein': 'workload',
        'user.skein.of': 'lab1/r1',
        'linux.sysctl.net.ipv4.ip_forward': '0',
        'linux.sysctl.net.ipv6.conf.all.disable_ipv6': '0',
        'limits.cpu.allowance': '150ms/100ms',
        'limits.memory': '256B',
        'limits.cpu': '0-1',
        'security.privileged': 'true',
      },
      devices: { bind0: { type: 'disk', source: '/a/r1.conf', path: '/etc/r1.conf', readonly: 'true' } },
    })
  })

  test('without IPv6 in the kernel its sysctls are left out', () => {
    const plain = createLxdDriver({ socket: SOCKET, isInstalled: () => true, ipv6: false })
    const sysctls = { 'net.ipv6.conf.all.disable_ipv6': '0', 'net.ipv4.ip_forward': '1' }
    const [command] = plain.steps([create(workload('r1', { sysctls }))])[0]?.commands ?? []
    const { config } = (command as { body: { config: Record<string, string> } }).body
    expect(Object.keys(config).filter((key) => key.startsWith('linux.sysctl.'))).toEqual([
      'linux.sysctl.net.ipv4.ip_forward',
    ])
  })

  test.each([
    ['clab-lab1-r1', true],
    ['r1', true],
    ['clab-lab_1-r1', false],
    ['1st', false],
    ['r1-', false],
    ['...', false],
    [`clab-${'x'.repeat(70)}`, false],
  ])('%s is a name of an instance: %s', (name, isSame) => {
    const made = instanceName(name)
    expect(made === name).toBe(isSame)
    expect(made).toMatch(/^[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/)
  })

  test('names that look alike once they are changed stay apart', () => {
    expect(new Set(['a_b', 'a.b', 'a-b'].map(instanceName)).size).toBe(3)
  })

  test('it asks for names where the management network is asked, or where the file says', async () => {
    const lxd = host()
    const resolver = { server: '172.20.20.1', search: 'lab1.mesh.local' }
    const dns = { servers: ['192.0.2.53'], search: [], options: ['ndots:2'] }
    const ops = [{ ...workload('r1'), resolver }, { ...workload('r2', { dns }), resolver }, workload('r3')].map(create)
    await applySteps(driver, lxd.exec, ops)
    const laid = ['r1', 'r2', 'r3'].map((node) => lxd.instances.get(`clab-lab1-${node}`)?.files.get('/etc/resolv.conf'))
    expect(laid).toEqual([
      'search lab1.mesh.local\nnameserver 172.20.20.1\n',
      'nameserver 192.0.2.53\noptions ndots:2\n',
      undefined,
    ])
  })

  test('the pool is `default`, else the first there is', async () => {
    const lxd = host()
    lxd.pools.splice(0, 1, 'zfs', 'btrfs')
    const other = createLxdDriver({ socket: SOCKET, isInstalled: () => true, ipv6: true })
    await other.observe(lxd.exec, [])
    expect(bodyOf(workload('r1'), other)).toMatchObject({
      devices: { root: { pool: 'btrfs' } },
    })
  })
})

describe('what is seen', () => {
  const changes: readonly { how: string; change: Partial<FakeInstance>; expected: object }[] = [
    { how: 'stopped', change: { status: 'Stopped', pid: 0 }, expected: { state: 'exited' } },
    { how: 'frozen', change: { status: 'Frozen' }, expected: { state: 'paused' } },
  ]
  test.each(changes)('one that is $how is seen so, and running again after an update', async ({ change, expected }) => {
    const lxd = host()
    await applySteps(driver, lxd.exec, [create(workload('r1'))])
    Object.assign(lxd.instances.get('clab-lab1-r1') ?? {}, change)
    expect(await seenOnly(lxd)).toMatchObject(expected)
    await update(lxd, workload('r1'))
    expect(await seenOnly(lxd)).toMatchObject({ state: 'running', containerName: 'clab-lab1-r1' })
  })

  test('one that somebody restarts is left alone until that is done', async () => {
    const lxd = host()
    await applySteps(driver, lxd.exec, [create(workload('r1'))])
    Object.assign(lxd.instances.get('clab-lab1-r1') ?? {}, { status: 'Stopped', pid: 0 })
    lxd.restarting.add('clab-lab1-r1')
    const seen = await seenOnly(lxd)
    expect(seen).toMatchObject({ state: 'running' })
    expect(seen).not.toHaveProperty('pid')
    lxd.restarting.clear()
    expect(await seenOnly(lxd)).toMatchObject({ state: 'exited' })
  })

  test('one that was made and never started has not ended', async () => {
    const lxd = host()
    const [made] = driver.steps([create(workload('r1'))])[0]?.commands ?? []
    if (made === undefined) throw new Error('no request')
    await lxd.exec.run(made)
    expect(await seenOnly(lxd)).toMatchObject({ state: 'created' })
  })

  test('a changed limit is a fault, and made good by making it again', async () => {
    const lxd = host()
    await applySteps(driver, lxd.exec, [create(workload('r1', { memoryBytes: 1000 }))])
    Object.assign(lxd.instances.get('clab-lab1-r1')?.config ?? {}, { 'limits.memory': '2000B' })
    expect(await seenOnly(lxd)).toMatchObject({ fault: 'its CPU or memory limit was changed' })
    await update(lxd, workload('r1', { memoryBytes: 1000 }))
    expect(await seenOnly(lxd)).not.toHaveProperty('fault')
  })

  test('a copy of one of ours has all our keys and is still not ours', async () => {
    const lxd = host()
    await applySteps(driver, lxd.exec, [create(workload('r1'))])
    const ours = await seenOnly(lxd)
    lxd.add('copy', lxd.instances.get('clab-lab1-r1')?.config)
    expect(await seenOnly(lxd)).toEqual(ours)
  })

  test('a host without LXD has none of it, and listens to nothing; one whose LXD is silent cannot be read', async () => {
    const absent = createLxdDriver({ socket: SOCKET, isInstalled: () => false, ipv6: true })
    const nobody = new FakeLxd('/elsewhere').exec
    expect(await absent.observe(nobody, [])).toEqual([])
    expect(absent.sources()).toEqual([])
    await expect(driver.observe(nobody, [])).rejects.toMatchObject({ code: 'TOOL_MISSING' })
  })
})

describe('what is refused', () => {
  test('a foreign instance of that name stays untouched, also when ours is to go', async () => {
    const lxd = host()
    const foreign = lxd.add('clab-lab1-r1')
    lxd.start(foreign)
    await expect(applySteps(driver, lxd.exec, [create(workload('r1'))])).rejects.toMatchObject({
      code: 'TOOL_FAILED',
      message: expect.stringContaining('an LXD instance named clab-lab1-r1 exists that is not of node r1 of lab lab1'),
    })
    const from = { ...workload('r1'), containerId: 'clab-lab1-r1' }
    await expect(applySteps(driver, lxd.exec, [{ type: 'delete', from, reason: 'test' }])).rejects.toThrow(
      /exists that/,
    )
    expect(lxd.instances.get('clab-lab1-r1')).toBe(foreign)
    expect(foreign.status).toBe('Running')
  })

  test('a missing image is IMAGE_MISSING, at looking for it and at making', async () => {
    const lxd = host()
    await expect(applySteps(driver, lxd.exec, [create(workload('r1', { image: 'absent' }))])).rejects.toMatchObject({
      code: 'IMAGE_MISSING',
    })
    await expect(applySteps(images, lxd.exec, [wish('absent')])).rejects.toMatchObject({
      code: 'IMAGE_MISSING',
      message: 'LXD on this host has no image absent: not found',
    })
  })
})

const wish = (name: string, files?: readonly string[]): Op<Image> => ({
  type: 'create',
  to: {
    kind: 'image',
    provider: 'lxd',
    id: lxdImageId(name),
    needs: [],
    name,
    ...(files === undefined ? {} : { files }),
  },
  reason: 'test',
})

describe('images', () => {
  const [a, b] = ['a'.repeat(64), 'b'.repeat(64)]

  test('each is found by its aliases, its fingerprint and the start of it', async () => {
    const lxd = host()
    const { fingerprint } = lxd.images[0] ?? { fingerprint: '' }
    const names = (await images.observe(lxd.exec, [])).map(({ name }) => name)
    expect(names).toEqual(['bb', fingerprint, fingerprint.slice(0, 12), `sha256:${fingerprint}`])
  })

  test('one that comes with a lab is made of its files and found by their digests', async () => {
    const lxd = host()
    const name = `sha256:${a}+${b}`
    await applySteps(images, lxd.exec, [wish(name, ['/lab/meta.tar.xz', '/lab/root.squashfs'])])
    expect(lxd.log.at(-1)).toMatchObject({
      files: [
        { part: 'metadata', path: '/lab/meta.tar.xz' },
        { part: 'rootfs', path: '/lab/root.squashfs' },
      ],
    })
    expect((await images.observe(lxd.exec, [])).map((image) => image.name)).toContain(name)
    await applySteps(driver, lxd.exec, [create(workload('r1', { image: name }))])
    expect(await seenOnly(lxd)).toMatchObject({ state: 'running' })
  })

  test('nothing is ever deleted', async () => {
    const [from] = await images.observe(host().exec, [])
    if (from === undefined) throw new Error('no image')
    expect(images.steps([{ type: 'delete', from, reason: 'test' }])).toMatchObject([{ commands: [] }])
  })
})
