import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LabName, NodeName } from '#core/model/ids.ts'
import type { Op, Workload, WorkloadSpec } from '#core/model/resource.ts'
import { imageId, workloadId } from '#core/model/resource-ids.ts'
import { DOCKER_SOCKET } from '#drivers/docker/commands.ts'
import { createDockerDriver, createDockerImageDriver } from '#drivers/docker/driver.ts'
import { type ContainerExecOptions, execInContainer } from '#drivers/docker/exec.ts'
import { applySteps, driverContract } from '#testing/driver-contract.ts'
import { describeReal, testbed } from '#testing/testbed.ts'

const bed = testbed({ prefix: 'dk', hosts: 1, net: '10.58' })
const [host = ''] = bed.hosts
const exec = bed.exec(host)
/** First process of the host: the engine's process ids are those of its namespace. */
let init = 0
const driver = createDockerDriver({ isAlive: (pid) => existsSync(`/proc/${init}/root/proc/${pid}/ns/net`) })
const images = createDockerImageDriver()
const IMAGE = 'skein-test/busybox:1'

/** An image from this machine's own busybox. */
const makeImage = `
  cd "$(mktemp -d)" && mkdir -p bin dev proc sys tmp run etc root && cp /bin/busybox bin/
  for applet in $(bin/busybox --list); do [ "$applet" = busybox ] || ln -s busybox "bin/$applet"; done
  tar -c . | docker import -c 'CMD ["/bin/sh"]' -c 'ENV PATH=/bin' - "$1"`

const workload = (node: string, spec: Partial<WorkloadSpec> = {}): Workload => {
  const lab = 'real' as LabName
  const full: WorkloadSpec = {
    image: IMAGE,
    hostname: node,
    env: {},
    labels: {},
    sysctls: {},
    binds: [],
    ports: [],
    ...spec,
  }
  return {
    kind: 'workload',
    provider: 'docker',
    id: workloadId(lab, node as NodeName),
    needs: [],
    lab,
    node: node as NodeName,
    containerName: `clab-real-${node}`,
    spec: full,
    specHash: `${JSON.stringify(full).length}`,
    state: 'running',
  }
}

const create = (to: Workload): Op<Workload> => ({ type: 'create', to, reason: 'test' })
const apply = (...ops: readonly Op<Workload>[]): Promise<void> => applySteps(driver, exec, ops)
const docker = async (...argv: readonly string[]): Promise<string> =>
  (await bed.run(host, ['docker', ...argv])).stdout.trim()
const removeAll = async (): Promise<void> =>
  apply(...(await driver.observe(exec, [])).map((from) => ({ type: 'delete', from, reason: 'test' }) as const))

const seen = async (node: string): Promise<Workload> => {
  const found = (await driver.observe(exec, [])).find((one) => one.node === node)
  if (found === undefined) throw new Error(`container of ${node} is not there`)
  return found
}

const inside = async (node: string, argv: readonly string[], more: Partial<ContainerExecOptions> = {}) =>
  execInContainer({
    socket: `/proc/${await bed.pid(host)}/root${DOCKER_SOCKET}`,
    container: (await seen(node)).containerId ?? '',
    argv,
    timeoutMs: 20_000,
    ...more,
  })

describeReal('docker driver on a simulated host', ['docker', 'dockerd', 'nsenter', 'busybox'], () => {
  beforeAll(async () => {
    await bed.up()
    init = await bed.pid(host)
    await bed.run(host, ['sh', '-ec', makeImage, 'sh', IMAGE])
    await docker('run', '-d', '--net=none', '--name=somebody-else', '--label=skein=no', IMAGE, 'sleep', '3600')
  })
  afterAll(() => bed.down())

  driverContract({
    driver,
    makeHost: async () => ({
      exec,
      snapshot: async () => docker('ps', '-a', '--no-trunc', '--format={{.ID}} {{.Names}} {{.State}}'),
    }),
    samples: () => [
      {
        name: 'containers',
        stages: [
          [
            workload('r1'),
            workload('r2', {
              cpu: 0.5,
              memoryBytes: 64 * 1024 * 1024,
              env: { A: 'b=c' },
              labels: { x: 'y' },
              user: '0',
            }),
          ],
        ],
        changed: [workload('r1', { cmd: ['sh', '-c', 'sleep 3600'] })],
      },
    ],
  })

  describe('a container', () => {
    beforeAll(() =>
      apply(
        create(
          workload('n1', {
            env: { GREETING: 'hello' },
            binds: [{ source: '/etc/hostname', target: '/given', options: 'ro', travels: false }],
          }),
        ),
      ),
    )
    afterAll(removeAll)

    test('has IPv6, its own /proc/sys/net, mounts, and no network', async () => {
      const script =
        'cat /proc/sys/net/ipv6/conf/all/disable_ipv6; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding && mount -t tmpfs x /tmp && cat /given && ls /sys/class/net && hostname && echo $GREETING'
      expect(await inside('n1', ['sh', '-c', script])).toEqual({
        exitCode: 0,
        stdout: `0\n${host}\nlo\nn1\nhello\n`,
        stderr: '',
      })
    })

    test('runs commands: both outputs apart, exit code, input, terminal, no such command', async () => {
      const pieces: string[] = []
      const onOutput = (stream: string, chunk: Buffer) => void pieces.push(`${stream} ${chunk}`)
      expect(await inside('n1', ['sh', '-c', 'echo out; echo err >&2; exit 7'], { onOutput })).toEqual({
        exitCode: 7,
        stdout: 'out\n',
        stderr: 'err\n',
      })
      expect(pieces.toSorted()).toEqual(['stderr err\n', 'stdout out\n'])
      expect(await inside('n1', ['wc', '-c'], { stdin: 'x'.repeat(100_000) })).toMatchObject({
        exitCode: 0,
        stdout: '100000\n',
      })
      expect(await inside('n1', ['cat'])).toMatchObject({ exitCode: 0, stdout: '' })
      expect(await inside('n1', ['sh', '-c', 'test -t 1 && echo terminal'], { tty: true })).toMatchObject({
        exitCode: 0,
        stdout: 'terminal\r\n',
      })
      expect((await inside('n1', ['no-such-command'])).exitCode).toBeGreaterThanOrEqual(126)
    })

    test('exec fails clearly: time limit, too much output, no container', async () => {
      await expect(inside('n1', ['sleep', '30'], { timeoutMs: 300 })).rejects.toMatchObject({ code: 'TIMEOUT' })
      await expect(inside('n1', ['sh', '-c', 'yes | head -c 20000000'])).rejects.toMatchObject({ code: 'TOOL_FAILED' })
      await expect(inside('n1', ['true'], { container: 'nobody' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    })

    test('that stopped, was paused or killed is seen so, and an update brings it back with a new start', async () => {
      const before = await seen('n1')
      expect(before).toMatchObject({ state: 'running', pid: expect.any(Number) })
      const again = async (): Promise<void> =>
        apply({ type: 'update', from: await seen('n1'), to: workload('n1', before.spec), reason: 'test' })
      await docker('kill', 'clab-real-n1')
      expect(await seen('n1')).toMatchObject({ state: 'exited', exitCode: 137 })
      await again()
      expect(await seen('n1')).toMatchObject({ state: 'running', containerId: before.containerId })
      expect((await seen('n1')).startedAt).not.toBe(before.startedAt)
      await docker('pause', 'clab-real-n1')
      const paused = await seen('n1')
      expect(paused.state).toBe('paused')
      for (const _ of ['once', 'twice'])
        await apply({ type: 'update', from: paused, to: workload('n1', before.spec), reason: 'test' })
      expect((await seen('n1')).state).toBe('running')
    })

    test('whose limits or name somebody changed is faulty; an update makes it anew', async () => {
      const { spec } = await seen('n1')
      await docker('update', '--cpus=0.25', 'clab-real-n1')
      expect(await seen('n1')).toMatchObject({ fault: 'its CPU or memory limit was changed' })
      await apply({ type: 'update', from: await seen('n1'), to: workload('n1', spec), reason: 'test' })
      await docker('rename', 'clab-real-n1', 'mine-now')
      expect(await seen('n1')).toMatchObject({ fault: 'it was renamed from clab-real-n1 to mine-now' })
      await apply({ type: 'update', from: await seen('n1'), to: workload('n1', spec), reason: 'test' })
      expect(await seen('n1')).not.toHaveProperty('fault')
      expect(await docker('ps', '-aq', '--filter=name=mine-now')).toBe('')
    })

    test('saved as an image by its user does not make the users containers ours', async () => {
      await docker('commit', 'clab-real-n1', 'saved:1')
      await docker('run', '-d', '--net=none', '--name=users-own', 'saved:1', 'sleep', '3600')
      expect((await driver.observe(exec, [])).map((one) => one.containerName)).toEqual(['clab-real-n1'])
      await docker('rm', '-f', 'users-own')
      await docker('rmi', 'saved:1')
    })
  })

  test('a foreign container of that name is left as it is', async () => {
    await docker('create', '--net=none', '--name=clab-real-x1', IMAGE)
    await expect(apply(create(workload('x1')))).rejects.toMatchObject({
      code: 'TOOL_FAILED',
      message: expect.stringContaining('a container named clab-real-x1 exists'),
    })
    expect(await docker('inspect', '-f', '{{.State.Status}}', 'clab-real-x1')).toBe('created')
    await docker('rm', 'clab-real-x1')
  })

  test('what cannot be is said with its reason, and leaves no folder on the host', async () => {
    await expect(apply(create(workload('x2', { image: 'skein-test/none:1' })))).rejects.toMatchObject({
      code: 'IMAGE_MISSING',
      message: 'image skein-test/none:1 of real/x2 is not on this host: No such image: skein-test/none:1',
    })
    const binds = [{ source: '/not/there', target: '/x', travels: false }]
    await expect(apply(create(workload('x3', { binds })))).rejects.toMatchObject({
      code: 'TOOL_FAILED',
      message: expect.stringContaining('does not exist: /not/there'),
    })
    await expect(apply(create(workload('x4', { cmd: ['/no/such/program'] })))).rejects.toMatchObject({
      code: 'TOOL_FAILED',
      message: expect.stringContaining('cannot start container clab-real-x4'),
    })
    expect((await seen('x4')).state).toBe('created')
    await removeAll()
    const name = 'registry.invalid/none:1'
    const missing = {
      type: 'create',
      to: { kind: 'image', id: imageId(name), needs: [], name },
      reason: 'test',
    } as const
    await expect(applySteps(images, exec, [missing])).rejects.toMatchObject({
      code: 'IMAGE_MISSING',
      message: expect.stringContaining(name),
    })
  })

  test('images are found by their names', async () => {
    const names = (await images.observe(exec, [])).map((image) => image.name)
    expect(names).toEqual(expect.arrayContaining([IMAGE, `docker.io/${IMAGE}`]))
  })

  test('after a power cut containers are seen stopped, and an update starts them', async () => {
    await apply(create(workload('p1')))
    await bed.kill(host)
    await bed.boot(host)
    init = await bed.pid(host)
    const from = await seen('p1')
    expect(from.state).toBe('exited')
    await apply({ type: 'update', from, to: workload('p1'), reason: 'test' })
    expect((await seen('p1')).state).toBe('running')
    await removeAll()
    expect(await driver.observe(exec, [])).toEqual([])
  })

  test('a dead engine is TOOL_MISSING with its socket', async () => {
    const stopped = createDockerDriver({ socket: '/run/nobody.sock' })
    expect(await stopped.probe(exec)).toMatchObject({ ok: false, message: expect.stringContaining('/run/nobody.sock') })
    await expect(stopped.observe(exec, [])).rejects.toMatchObject({ code: 'TOOL_MISSING' })
  })
})
