import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { skeinHosts, until } from '#testing/skein-hosts.ts'
import { describeReal, testbed } from '#testing/testbed.ts'
import { HELD_LAB, MANY_FILES, MANY_LAB, PRIVILEGED_LAB } from './testdata/nodes-lab.ts'

const TOOLS = ['dockerd', 'ovs-vsctl', 'wg']
const FOLDER = '/tmp/many'
const STAGES = new URL('../core/topology/testdata/stages/stages.clab.yml', import.meta.url).pathname

interface Inspected {
  readonly Id: string
  readonly Config: {
    readonly Hostname: string
    readonly User: string
    readonly Env: readonly string[]
    readonly Labels: Readonly<Record<string, string>>
  }
  readonly State: { readonly StartedAt: string; readonly Health?: { readonly Status: string } }
  readonly HostConfig: Readonly<Record<string, unknown>>
}

describeReal('nodes with all their keys', TOOLS, () => {
  const bed = testbed({ prefix: 'm', hosts: 2, net: '10.82' })
  const hosts = skeinHosts(bed)
  const write = (path: string, stdin: string) =>
    bed.run('m1', ['sh', '-c', 'mkdir -p "$(dirname "$0")" && cat > "$0"', path], { stdin })
  const inspect = async (host: string, node: string, lab = 'many'): Promise<Inspected> => {
    const [found] = JSON.parse(
      (await bed.run(host, ['docker', 'inspect', `clab-${lab}-${node}`])).stdout,
    ) as Inspected[]
    if (found === undefined) throw new Error(`no container of ${node}`)
    return found
  }
  const inNode = async (node: string, ...argv: readonly string[]) => {
    const { stdout, stderr, code } = await hosts.skein('m2', 'lab', 'exec', 'many', node, '--', ...argv)
    expect(code, `${argv.join(' ')}: ${stderr}${stdout}`).toBe(0)
    return stdout.trim()
  }

  beforeAll(async () => {
    await bed.down()
    await bed.up()
    await hosts.loadImages()
    await hosts.makeMesh()
    for (const [path, text] of Object.entries(MANY_FILES))
      await write(path.startsWith('/') ? path : `${FOLDER}/${path}`, text)
    await write(`${FOLDER}/many.clab.yml`, MANY_LAB)
    const said = await hosts.skein('m1', 'lab', 'up', FOLDER, '--timeout', '90s')
    expect(said, said.stderr).toMatchObject({ code: 0 })
  })
  afterAll(() => bed.down())

  describe('a node that asks for everything', () => {
    test('is the container it asks for', async () => {
      const { Config, HostConfig, State } = await inspect('m2', 'a')
      expect(Config).toMatchObject({ Hostname: 'a.example', User: '0:0' })
      expect(Config.Env).toEqual(
        expect.arrayContaining([
          ...['FROM=file', 'OWN=many-a', 'GROUP=of the group', 'CLAB_INTFS=1', 'CLAB_LABEL_TEAM=x'],
        ]),
      )
      expect(Config.Labels).toMatchObject({
        'clab-node-group': 'g',
        'clab-node-type': 'big',
        'clab-node-longname': 'clab-many-a',
        team: 'x',
      })
      expect(HostConfig).toMatchObject({
        CpusetCpus: '0',
        NanoCpus: 5e8,
        Memory: 67_108_864,
        ShmSize: 8_388_608,
        Tmpfs: { '/scratch': 'size=1m' },
        Privileged: false,
        Devices: [{ PathOnHost: '/dev/net/tun', PathInContainer: '/dev/net/tun', CgroupPermissions: 'rwm' }],
        CapAdd: expect.arrayContaining(['NET_ADMIN', 'WAKE_ALARM']),
        SecurityOpt: expect.arrayContaining(['no-new-privileges', 'seccomp=unconfined']),
        RestartPolicy: { Name: 'no' },
      })
      expect(State.Health?.Status).toBe('healthy')
    })

    test('finds its files, from wherever they came', async () => {
      const read = (path: string) => inNode('a', 'cat', path)
      expect([await read('/conf/one'), await read('/home-file'), await read('/abs/x'), await read('/up-file')]).toEqual(
        [...['one', 'of home', 'absolute', 'from above']],
      )
      expect(await read('/data/kept')).toBe('volume')
      expect(await inNode('a', 'sh', '-c', 'grep -c " /scratch tmpfs" /proc/mounts')).toBe('1')
      expect(await inNode('a', 'cat', '/proc/sys/net/ipv4/tcp_fin_timeout')).toBe('30')
      expect(await inNode('a', 'cat', '/tmp/ran')).toBe('clab-many a')
    })
  })

  describe('stages', () => {
    test('nodes wait for each other over hosts', async () => {
      const started = async (host: string, node: string) => (await inspect(host, node)).State.StartedAt
      const [first, second, third] = [await started('m1', 's1'), await started('m2', 's2'), await started('m1', 's3')]
      expect(Date.parse(second) - Date.parse(first)).toBeGreaterThan(3000)
      expect(third > second).toBe(true)
      expect((await inspect('m1', 's1')).State.Health?.Status).toBe('healthy')
    })

    test('commands run where and when they should', async () => {
      expect(await inNode('s2', 'cat', '/tmp/before')).not.toContain('eth1')
      expect(await inNode('s2', 'cat', '/tmp/after')).toContain('eth1')
      expect((await bed.run('m2', ['cat', '/tmp/mark-s2'])).stdout.trim()).toBe('here')
    })

    test('a public lab with stages comes up unchanged, in its order', async () => {
      const said = await hosts.skein('m2', 'lab', 'up', STAGES, '--timeout', '120s')
      expect(said, said.stderr).toMatchObject({ code: 0 })
      const { nodes } = await hosts.json<{ nodes: readonly { name: string; host: string }[] }>(
        'm1',
        'lab',
        'show',
        'stages',
      )
      const started = await Promise.all(
        ['node4', 'node3', 'node2', 'node1'].map(async (node) => {
          const host = nodes.find(({ name }) => name === node)?.host ?? ''
          return (await inspect(host, node, 'stages')).State.StartedAt
        }),
      )
      expect(started.toSorted()).toEqual(started)
      const at = nodes.find(({ name }) => name === 'node1')?.host ?? ''
      expect((await bed.run(at, ['cat', '/tmp/host-exec-test'])).stdout).toBe('foo\n')
      expect(await hosts.skein('m1', 'lab', 'down', 'stages')).toMatchObject({ code: 0 })
    })

    test('a node that is held up by another says so, and goes on when that is healthy', async () => {
      await write('/tmp/held.clab.yml', HELD_LAB)
      expect(await hosts.skein('m1', 'lab', 'up', '/tmp/held.clab.yml', '--detach')).toMatchObject({ code: 0 })
      const show = () => hosts.json<{ state: string; notes: readonly string[] }>('m1', 'lab', 'show', 'held')
      await until('the note', 30_000, async () =>
        (await show()).notes.some((note) => note.includes('waits for `healthy` of w1')),
      )
      expect((await bed.run('m2', ['docker', 'ps', '-aq', '--filter', 'name=clab-held-w2'])).stdout).toBe('')
      await until('the other node', 30_000, async () => {
        await bed.run('m1', ['docker', 'exec', 'clab-held-w1', 'touch', '/tmp/ok'])
        return true
      })
      await until('the lab', 30_000, async () => (await show()).state === 'up')
      expect(await hosts.skein('m1', 'lab', 'down', 'held')).toMatchObject({ code: 0 })
    })
  })

  describe('networks', () => {
    const namespace = async (host: string, node: string) =>
      (await bed.run(host, ['docker', 'exec', `clab-many-${node}`, 'readlink', '/proc/self/ns/net'])).stdout.trim()

    test('one node lives in the network of another, also after that one was started again', async () => {
      expect(await namespace('m2', 'share')).toBe(await namespace('m2', 's2'))
      await bed.run('m2', ['docker', 'restart', '-t', '0', 'clab-many-s2'])
      await until('both in one namespace again', 60_000, async () => {
        const [own, other] = await Promise.all([namespace('m2', 'share'), namespace('m2', 's2')]).catch(() => ['', '-'])
        return own === other
      })
    })

    test('one has the network of its host', async () => {
      const ofHost = (await bed.run('m1', ['readlink', '/proc/self/ns/net'])).stdout.trim()
      expect(await namespace('m1', 'onhost')).toBe(ofHost)
    })
  })

  test('a node that has ended and is not to be started again is left', async () => {
    const { nodes } = await hosts.json<{ nodes: readonly { name: string; state: string }[] }>(
      'm2',
      'lab',
      'show',
      'many',
    )
    expect(nodes.find(({ name }) => name === 'job')).toMatchObject({ state: 'exited' })
    expect(
      (
        await bed.run('m1', ['docker', 'inspect', '-f', '{{.State.Status}} {{.RestartCount}}', 'clab-many-job'])
      ).stdout.trim(),
    ).toBe('exited 0')
  })

  test('a privileged node where the engine cannot is in error, and says why', async () => {
    await write('/tmp/root.clab.yml', PRIVILEGED_LAB)
    expect(await hosts.skein('m1', 'lab', 'up', '/tmp/root.clab.yml', '--detach')).toMatchObject({ code: 0 })
    const error = await until('the error', 60_000, async () => {
      const { nodes } = await hosts.json<{ nodes: readonly { error?: string }[] }>('m1', 'lab', 'show', 'root')
      return nodes[0]?.error
    })
    expect(error).toMatch(/asks to be privileged.*leave `privileged` out.*operation not permitted/s)
    expect(await hosts.skein('m1', 'lab', 'down', 'root')).toMatchObject({ code: 0 })
  })

  test('what tools read lies next to the lab file until the lab is cleaned up', async () => {
    const list = async () =>
      (await bed.run('m1', ['sh', '-c', `ls ${FOLDER}/clab-many 2>/dev/null || true`])).stdout.split('\n')
    expect(await list()).toEqual(['ansible-inventory.yml', 'hosts', 'topology-data.json', ''])
    const said = await hosts.skein('m1', 'lab', 'down', `${FOLDER}/many.clab.yml`, '--cleanup')
    expect(said, said.stderr).toMatchObject({ code: 0 })
    expect(await list()).toEqual([''])
    for (const host of bed.hosts)
      expect((await bed.run(host, ['docker', 'ps', '-aq', '--filter', 'label=skein'])).stdout).toBe('')
    // What is in a volume with a name is the user's.
    expect((await bed.run('m2', ['docker', 'volume', 'ls', '-q'])).stdout.trim()).toBe('many-data')
  })
})
