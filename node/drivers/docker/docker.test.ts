import { describe, expect, test } from 'vitest'
import type { LabName, NodeName } from '#core/model/ids.ts'
import type { Image, Op, Workload, WorkloadSpec } from '#core/model/resource.ts'
import { imageId, workloadId } from '#core/model/resource-ids.ts'
import { applySteps, driverContract } from '#testing/driver-contract.ts'
import { DOCKER_SOCKET } from './commands.ts'
import { createDockerDriver, createDockerImageDriver } from './driver.ts'
import { type FakeContainer, FakeDocker } from './fake.ts'

/** The only process id that no process has. */
const NOBODY = 7
const driver = createDockerDriver({ ipv6: true, isAlive: (pid) => pid !== NOBODY })
const images = createDockerImageDriver()

const workload = (node: string, spec: Partial<WorkloadSpec> = {}): Workload => {
  const full: WorkloadSpec = {
    image: 'alpine:3',
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
    provider: 'docker',
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

const host = (): FakeDocker => {
  const docker = new FakeDocker(DOCKER_SOCKET)
  docker.load('alpine:3')
  docker.start(docker.add('somebody-else', { Image: 'alpine:3', Labels: { skein: 'no' } }))
  return docker
}

const create = (to: Workload): Op<Workload> => ({ type: 'create', to, reason: 'test' })

const seenOnly = async (docker: FakeDocker): Promise<Workload> => {
  const [first, ...rest] = await driver.observe(docker.exec, [])
  if (first === undefined || rest.length > 0) throw new Error(`not one container but ${rest.length}`)
  return first
}

const update = async (docker: FakeDocker, to: Workload): Promise<void> =>
  applySteps(driver, docker.exec, [{ type: 'update', from: await seenOnly(docker), to, reason: 'test' }])

const bodyOf = (to: Workload): { readonly HostConfig: unknown } => {
  const command = driver.steps([create(to)])[0]?.commands[0]
  if (command === undefined || !('socket' in command)) throw new Error('no request')
  return command.body as { HostConfig: unknown }
}

driverContract({
  driver,
  makeHost: async () => {
    const docker = host()
    return { exec: docker.exec, snapshot: async () => JSON.stringify([...docker.containers.values()]) }
  },
  samples: () => [
    {
      name: 'containers',
      stages: [[workload('r1'), workload('r2', { cpu: 0.5, memoryBytes: 1e8, env: { A: 'b=c' }, labels: { x: 'y' } })]],
      changed: [workload('r1', { cmd: ['sh', '-c', 'true'] })],
    },
  ],
})

describe('what a container is made of', () => {
  test('no network, no privileges but named ones, a terminal, nothing restarted by the engine', () => {
    expect(bodyOf(workload('r1'))).toMatchObject({
      Tty: true,
      OpenStdin: true,
      HostConfig: {
        NetworkMode: 'none',
        Privileged: false,
        Init: false,
        RestartPolicy: { Name: 'no' },
        MaskedPaths: [],
        ReadonlyPaths: [],
      },
    })
    const { CapAdd } = bodyOf(workload('r1')).HostConfig as { CapAdd: string[] }
    expect(CapAdd).toContain('NET_ADMIN')
    expect(CapAdd).not.toContain('SYS_RESOURCE')
  })

  test('absent fields stay absent, so that the image decides', () => {
    const body = bodyOf(workload('r1'))
    for (const key of ['Cmd', 'Entrypoint', 'User']) expect(body).not.toHaveProperty(key)
    expect(bodyOf(workload('r1', { cmd: ['a'], entrypoint: [], user: 'frr' }))).toMatchObject({
      Cmd: ['a'],
      Entrypoint: [''],
      User: 'frr',
    })
  })

  test('binds are mounts, which fail where their source is missing; SELinux options need the old form', () => {
    const binds = [
      { source: '/a', target: '/x', travels: false },
      { source: '/b', target: '/y', options: 'ro,rslave', travels: false },
      { source: '/c', target: '/z', options: 'ro,Z', travels: false },
    ]
    expect(bodyOf(workload('r1', { binds })).HostConfig).toMatchObject({
      Mounts: [
        { Type: 'bind', Source: '/a', Target: '/x', ReadOnly: false },
        { Type: 'bind', Source: '/b', Target: '/y', ReadOnly: true, BindOptions: { Propagation: 'rslave' } },
      ],
      Binds: ['/c:/z:ro,Z'],
    })
  })

  test('labels, sysctls, ports and limits arrive; the mark cannot be overwritten', () => {
    const spec = {
      labels: { skein: 'mine', 'skein.lab': 'other', role: 'spine' },
      sysctls: { 'net.ipv4.ip_forward': '0' },
      ports: [{ hostPort: 8080, containerPort: 80, protocol: 'tcp' as const }],
      cpu: 1.5,
      memoryBytes: 256,
    }
    expect(bodyOf(workload('r1', spec))).toMatchObject({
      Labels: { skein: 'workload', 'skein.lab': 'lab1', 'skein.node': 'r1', role: 'spine' },
      ExposedPorts: { '80/tcp': {} },
      HostConfig: {
        Sysctls: { 'net.ipv4.ip_forward': '0', 'net.ipv6.conf.all.disable_ipv6': '0' },
        NanoCpus: 1.5e9,
        Memory: 256,
      },
    })
  })
})

describe('what is seen', () => {
  const changes: readonly { how: string; change: Partial<FakeContainer>; expected: object }[] = [
    {
      how: 'exited',
      change: { status: 'exited', pid: 0, exitCode: 137 },
      expected: { state: 'exited', exitCode: 137 },
    },
    { how: 'paused', change: { status: 'paused' }, expected: { state: 'paused' } },
    { how: 'dead', change: { status: 'dead' }, expected: { state: 'other', fault: 'the engine calls it dead' } },
    { how: 'running without a process', change: { pid: NOBODY }, expected: { state: 'lost' } },
    { how: 'paused without a process', change: { status: 'paused', pid: NOBODY }, expected: { state: 'lost' } },
    {
      how: 'exited, its task still there',
      change: { status: 'exited', pid: 0, error: 'task 035994fe883f: already exists' },
      expected: { fault: 'the engine cannot start it again' },
    },
    { how: 'renamed', change: { Name: 'x' }, expected: { fault: 'it was renamed from clab-lab1-r1 to x' } },
  ]
  test.each(changes)(
    'a container that is $how is seen so, and running again after an update',
    async ({ change, expected }) => {
      const docker = host()
      await applySteps(driver, docker.exec, [create(workload('r1'))])
      const before = await seenOnly(docker)
      Object.assign(docker.containers.get(before.containerId ?? '') ?? {}, change)
      expect(await seenOnly(docker)).toMatchObject(expected)
      await update(docker, workload('r1'))
      const after = await seenOnly(docker)
      expect(after).toMatchObject({ state: 'running', containerName: 'clab-lab1-r1' })
      expect(after).not.toHaveProperty('fault')
    },
  )

  test('what a node starts with is unpacked before its first start, and not again', async () => {
    const docker = host()
    const asked = (): readonly string[] =>
      docker.log.flatMap(({ method, path, files }) =>
        method === 'GET' ? [] : `${method} ${path} ${files?.[0]?.path ?? ''}`,
      )
    const wanted = { ...workload('r1'), start: '/labs/one/start/r1.tar' }
    const unpacked = 'PUT /containers/clab-lab1-r1/archive?path=%2F /labs/one/start/r1.tar'
    await applySteps(driver, docker.exec, [create(wanted)])
    expect(asked()).toEqual([expect.stringContaining('/create?'), unpacked, expect.stringContaining('/start')])
    const container = docker.containers.get((await seenOnly(docker)).containerId ?? '')
    for (const [status, isUnpacked] of [
      ['exited', false],
      ['created', true],
    ] as const) {
      Object.assign(container ?? {}, { status, pid: 0 })
      docker.log.length = 0
      await update(docker, wanted)
      expect({ status, isUnpacked: asked().includes(unpacked) }).toEqual({ status, isUnpacked })
      expect(asked().at(-1)).toContain('/start')
    }
  })

  test('a changed limit is a fault', async () => {
    const docker = host()
    await applySteps(driver, docker.exec, [create(workload('r1', { memoryBytes: 1000 }))])
    const container = docker.containers.get((await seenOnly(docker)).containerId ?? '')
    Object.assign(container?.body.HostConfig ?? {}, { Memory: 2000 })
    expect(await seenOnly(docker)).toMatchObject({ fault: 'its CPU or memory limit was changed' })
  })

  test('a container of an image committed from one of ours inherits its labels and is still not ours', async () => {
    const docker = host()
    await applySteps(driver, docker.exec, [create(workload('r1'))])
    const ours = await seenOnly(docker)
    docker.load('saved:1', docker.containers.get(ours.containerId ?? '')?.body.Labels)
    docker.start(docker.add('users-own', { Image: 'saved:1' }))
    expect(await seenOnly(docker)).toEqual(ours)
  })
})

describe('what is refused', () => {
  test('a foreign container of that name stays untouched', async () => {
    const docker = host()
    const foreign = docker.add('clab-lab1-r1', { Image: 'alpine:3' })
    await expect(applySteps(driver, docker.exec, [create(workload('r1'))])).rejects.toMatchObject({
      code: 'TOOL_FAILED',
      message: expect.stringContaining('a container named clab-lab1-r1 exists'),
    })
    expect(foreign.status).toBe('created')
  })

  test('so does one of another lab', async () => {
    const docker = host()
    await applySteps(driver, docker.exec, [create({ ...workload('r1'), lab: 'lab2' as LabName, containerName: 'r1' })])
    await expect(
      applySteps(driver, docker.exec, [create({ ...workload('r1'), containerName: 'r1' })]),
    ).rejects.toMatchObject({ code: 'TOOL_FAILED' })
    expect(await driver.observe(docker.exec, [])).toMatchObject([{ lab: 'lab2' }])
  })

  test('a missing image is IMAGE_MISSING, at pulling and at making', async () => {
    const docker = host()
    const wanted = workload('r1', { image: 'quay.io/x/y:2' })
    await expect(applySteps(driver, docker.exec, [create(wanted)])).rejects.toMatchObject({
      code: 'IMAGE_MISSING',
      message: 'image quay.io/x/y:2 of lab1/r1 is not on this host: No such image: quay.io/x/y:2',
    })
    await expect(applySteps(images, docker.exec, [pull('quay.io/x/y:2')])).rejects.toMatchObject({
      code: 'IMAGE_MISSING',
      message: 'image quay.io/x/y:2 is not on this host and cannot be pulled: manifest for quay.io/x/y:2 not found',
    })
  })
})

const pull = (name: string): Op<Image> => ({
  type: 'create',
  to: { kind: 'image', id: imageId(name), needs: [], name },
  reason: 'test',
})

describe('images', () => {
  test.each([
    'alpine:3',
    'library/alpine:3',
    'docker.io/library/alpine:3',
    'docker.io/alpine:3',
    'index.docker.io/library/alpine:3',
  ])('alpine:3 is found as %s', async (name) => {
    expect((await images.observe(host().exec, [])).map((image) => image.id)).toContain(imageId(name))
  })

  test.each([
    ['quay.io/frrouting/frr:10.5.1', ['quay.io/frrouting/frr:10.5.1'], ['frrouting/frr:10.5.1']],
    ['frrouting/frr:latest', ['frrouting/frr', 'docker.io/frrouting/frr'], ['library/frr']],
    ['localhost:5000/x:1', ['localhost:5000/x:1'], ['x:1', 'docker.io/localhost:5000/x:1']],
  ])('%s has its other names and no more', async (name, found, absent) => {
    const docker = new FakeDocker(DOCKER_SOCKET)
    docker.load(name)
    const names = (await images.observe(docker.exec, [])).map((image) => image.name)
    expect(names).toEqual(expect.arrayContaining(found))
    for (const other of absent) expect(names).not.toContain(other)
  })

  test('a digest finds it, with the tag or without', async () => {
    const docker = new FakeDocker(DOCKER_SOCKET)
    docker.images.push({ Id: 'sha256:aa', RepoTags: ['alpine:3', '<none>:<none>'], RepoDigests: ['alpine@sha256:bb'] })
    const names = (await images.observe(docker.exec, [])).map((image) => image.name)
    expect(names).toEqual(
      expect.arrayContaining([
        'alpine@sha256:bb',
        'alpine:3@sha256:bb',
        'docker.io/library/alpine@sha256:bb',
        'sha256:aa',
      ]),
    )
    expect(names.filter((name) => name.includes('none'))).toEqual([])
  })

  test('a pull brings it; nothing is ever deleted', async () => {
    const docker = host()
    docker.registry.add('frrouting/frr:latest')
    await applySteps(images, docker.exec, [pull('frrouting/frr')])
    const seen = await images.observe(docker.exec, [])
    const [from] = seen
    if (from === undefined) throw new Error('no image')
    expect(seen.map((image) => image.name)).toContain('frrouting/frr')
    expect(images.steps([{ type: 'delete', from, reason: 'test' }])).toMatchObject([{ commands: [] }])
  })
})

describe('image-pull-policy', () => {
  const pulled = (docker: FakeDocker) => docker.log.filter(({ path }) => path.startsWith('/images/create')).length

  test('Always fetches each time a container is made, not when it is started', async () => {
    const docker = host()
    docker.registry.add('alpine:3')
    const to: Workload = { ...workload('r1'), pull: 'always' }
    await applySteps(driver, docker.exec, [create(to)])
    expect(pulled(docker)).toBe(1)
    const seen = [...docker.containers.values()].find(({ Name }) => Name === to.containerName)
    if (seen !== undefined) seen.status = 'exited'
    await update(docker, to)
    expect(pulled(docker)).toBe(1)
  })

  test('Never fetches nothing, and says why', async () => {
    const docker = host()
    const image: Image = { kind: 'image', id: imageId('gone:1'), needs: [], name: 'gone:1', mayFetch: false }
    const making = applySteps(images, docker.exec, [{ type: 'create', to: image, reason: 'missing' }])
    await expect(making).rejects.toThrow(/image gone:1 is not on this host, and `image-pull-policy: Never`/)
    expect(pulled(docker)).toBe(0)
  })
})

test('what a health check found, and whose network is shared, is read back', async () => {
  const docker = host()
  await applySteps(driver, docker.exec, [create(workload('r1'))])
  const seen = [...docker.containers.values()].find(({ Name }) => Name === 'clab-lab1-r1')
  if (seen !== undefined) Object.assign(seen, { health: 'unhealthy', networkMode: `container:${'a'.repeat(64)}` })
  expect(await seenOnly(docker)).toMatchObject({ health: 'unhealthy', joins: { containerId: 'a'.repeat(64) } })
})
