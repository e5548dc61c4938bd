import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SocketCommand } from '#platform/exec.ts'
import { createExec } from '#platform/run.ts'
import { type SkeinHosts, skeinHosts, until } from '#testing/skein-hosts.ts'
import { describeReal, testbed } from '#testing/testbed.ts'

interface Lab {
  readonly state: string
  readonly nodes: readonly {
    readonly name: string
    readonly host: string
    readonly state: string
    readonly error?: string
  }[]
  readonly links: readonly { readonly id: string; readonly state: string; readonly error?: string }[]
}

interface ExecOutcome {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

interface LxdImage {
  readonly fingerprint: string
  readonly aliases: readonly { readonly name: string }[]
}

interface Outcome {
  readonly nodes: readonly { readonly node: string; readonly ok: boolean; readonly message: string | null }[]
}

const MAIN = new URL('../main.ts', import.meta.url).pathname
const IMAGES = new URL('../../scripts/images.sh', import.meta.url).pathname
const TOOLS = ['dockerd', 'ovs-vsctl', 'wg', 'nsenter', 'lxd', 'curl']
const LXD = '/var/lib/lxd/unix.socket'

/** Three containers and three instances in a ring over three hosts, and a link on each host; `10.7.L.1` and `.2` on link L. */
const RING = ['c1', 'x2', 'c3', 'x1', 'c2', 'x3']
const LOCAL = [
  ['c1', 'x1'],
  ['c2', 'x2'],
  ['c3', 'x3'],
]
const CABLES = [...RING.map((node, i) => [node, RING[(i + 1) % RING.length] ?? '']), ...LOCAL]

const MIXED = `
name: mixed
topology:
  defaults: { env: { GREETING: hello there } }
  kinds:
    linux: { image: "alpine:3" }
    lxd: { image: skein-test }
  nodes:
${[1, 2, 3]
  .map(
    (i) => `    c${i}: { kind: linux, host: z${i} }
    x${i}: { kind: lxd, host: z${i}, memory: 128mb, cpu: 0.5, labels: { role: server }, exec: ["sh -c 'echo ready > /run/ready'"] }`,
  )
  .join('\n')}
  links:
${CABLES.map(
  ([a, b], l) => `    - { endpoints: ["${a}:l${l}", "${b}:l${l}"], ipv4: ["10.7.${l}.1/24", "10.7.${l}.2/24"] }`,
).join('\n')}
`

/** Its image is on the first host alone, as metadata and root file system. */
const SPLIT = `
name: split
topology: { nodes: { far: { kind: lxd, image: skein-split, host: z3 } } }
`

const IMPORT_SPLIT = `
set -e; cd "$(mktemp -d)"; tar -xzf /root/labs/bb.tar.gz; tar -czf meta.tar.gz metadata.yaml; tar -C rootfs -czf rootfs.tar.gz .
lxd() { curl -sS --fail-with-body --unix-socket ${LXD} "$@"; }
operation=$(lxd -F metadata=@meta.tar.gz -F rootfs=@rootfs.tar.gz http://lxd/1.0/images | jq -r .operation)
fingerprint=$(lxd "http://lxd$operation/wait?timeout=60" | jq -er .metadata.metadata.fingerprint)
lxd -d "{\\"name\\": \\"skein-split\\", \\"target\\": \\"$fingerprint\\"}" http://lxd/1.0/images/aliases
`

const TRAVELS = `
name: travels
topology:
  nodes:
    a: { kind: lxd, image: ./bb.tar.gz, host: z1, binds: ["hello.txt:/etc/hello.txt:ro"] }
    b_1: { kind: lxd, image: ./bb.tar.gz, host: z2 }
  links:
    - { endpoints: ["a:eth1", "b_1:eth1"], ipv4: ["10.8.0.1/24", "10.8.0.2/24"] }
`

describeReal('LXD nodes beside containers, over three hosts', TOOLS, () => {
  const bed = testbed({ prefix: 'z', hosts: 3, net: '10.65', lxd: true })
  const hosts: SkeinHosts = skeinHosts(bed)
  const up = async (host: string, file: string): Promise<Lab> => {
    const { stdout } = await bed.run(host, [process.execPath, MAIN, 'lab', 'up', file, '--json'], {
      timeoutMs: 180_000,
    })
    return JSON.parse(stdout) as Lab
  }
  // By the API where it is asked often: a program of its own for each would be most of the load here.
  const lab = async (): Promise<Lab> => {
    const ask = { socket: '/run/skein/skein.sock', method: 'GET', path: '/v1/labs/mixed', timeoutMs: 10_000 } as const
    return JSON.parse((await bed.exec('z2').run(ask)).stdout) as Lab
  }
  const inNode = async (node: string, ...argv: readonly string[]): Promise<ExecOutcome> => {
    const path = `/v1/labs/mixed/nodes/${node}/exec`
    const ask = { socket: '/run/skein/skein.sock', method: 'POST', path, body: { argv }, timeoutMs: 60_000 } as const
    return JSON.parse((await bed.exec('z3').run(ask)).stdout) as ExecOutcome
  }
  const pings = async (node: string, to: string) =>
    (await inNode(node, 'ping', '-c', '1', '-W', '2', to)).exitCode === 0
  const allPing = () =>
    Promise.all(CABLES.map(([a = ''], l) => until(`${a} over link ${l}`, 40_000, () => pings(a, `10.7.${l}.2`))))
  const api = async (host: string, command: Omit<SocketCommand, 'socket'>): Promise<unknown> => {
    const { stdout } = await bed.exec(host).run({ socket: LXD, awaitsEnd: true, timeoutMs: 60_000, ...command })
    return (JSON.parse(stdout) as { metadata?: unknown }).metadata
  }
  const pidOf = async (host: string, instance: string) =>
    ((await api(host, { method: 'GET', path: `/1.0/instances/${instance}/state` })) as { pid: number }).pid
  const act = (host: string, instance: string, action: string) =>
    api(host, { method: 'PUT', path: `/1.0/instances/${instance}/state`, body: { action, force: true, timeout: 30 } })
  /** Fingerprint and names of each. */
  const images = async (host: string) =>
    ((await api(host, { method: 'GET', path: '/1.0/images?recursion=1' })) as LxdImage[]).map(
      ({ fingerprint, aliases }) => `${fingerprint} ${aliases.map(({ name }) => name).join()}`,
    )
  const instances = async (host: string) =>
    ((await api(host, { method: 'GET', path: '/1.0/instances' })) as string[]).map((path) => path.split('/').at(-1))

  beforeAll(async () => {
    await bed.down()
    const built = await createExec().run({ file: IMAGES, args: ['--lxd-file'], timeoutMs: 600_000 })
    const archive = await readFile(built.stdout.trim())
    await bed.up()
    await hosts.loadImages()
    // The others get it from there.
    await bed.run('z1', [IMAGES, '--lxd'], { timeoutMs: 120_000 })
    await bed.run('z1', ['mkdir', '-p', '/root/labs'])
    await bed.run('z1', ['tee', '/root/labs/mixed.clab.yml'], { stdin: MIXED })
    await bed.run('z1', ['tee', '/root/labs/travels.clab.yml'], { stdin: TRAVELS })
    await bed.run('z1', ['tee', '/root/labs/hello.txt'], { stdin: 'hello\n' })
    await bed.run('z1', ['sh', '-c', 'base64 -d >/root/labs/bb.tar.gz'], { stdin: archive.toString('base64') })
    await bed.run('z1', ['sh', '-c', IMPORT_SPLIT], { timeoutMs: 120_000 })
    await bed.run('z1', ['tee', '/root/labs/split.clab.yml'], { stdin: SPLIT })
    await hosts.makeMesh()
    const source = { type: 'image', alias: 'skein-test' }
    const devices = { root: { type: 'disk', path: '/', pool: 'default' } }
    const foreign = { name: 'foreign', source, devices, profiles: [], config: { 'user.skein': 'mine' } }
    await api('z1', { method: 'POST', path: '/1.0/instances', body: foreign })
    await act('z1', 'foreign', 'start')
  })
  afterAll(() => bed.down())

  describe('a lab of both', () => {
    test('comes up, and every link of it passes packets', async () => {
      const made = await up('z1', '/root/labs/mixed.clab.yml')
      expect(made.nodes.filter(({ state }) => state !== 'running')).toEqual([])
      expect(made.state).toBe('up')
      await allPing()
    })

    test('its image, which one host had, is on all of them', async () => {
      const rows = await hosts.json<{ image: string; hosts: string[] }[]>('z2', 'image', 'ls')
      expect(rows.find(({ image }) => image === 'LXD image skein-test')?.hosts).toEqual(['z1', 'z2', 'z3'])
      const made = await up('z1', '/root/labs/split.clab.yml')
      expect(made.state).toBe('up')
      const [all, split] = [await images('z1'), await images('z3')]
      expect(split.toSorted()).toEqual(all.toSorted())
      expect((await hosts.skein('z2', 'lab', 'exec', 'split', 'far', '--', 'hostname')).stdout).toBe('far\n')
      await hosts.json('z1', 'lab', 'down', 'split')
    })

    test('an instance is what the file says', async () => {
      const { stdout } = await inNode(
        'x1',
        'sh',
        '-c',
        'hostname; echo $GREETING; cat /run/ready; cat /proc/sys/net/ipv4/ip_forward',
      )
      expect(stdout.split('\n')).toEqual(['x1', 'hello there', 'ready', '1', ''])
      const { config, profiles } = (await api('z1', { method: 'GET', path: '/1.0/instances/clab-mixed-x1' })) as {
        config: Record<string, string>
        profiles: string[]
      }
      expect(config).toMatchObject({ 'user.role': 'server', 'limits.memory': '134217728B', 'boot.autostart': 'false' })
      expect(profiles).toEqual([])
    })

    test('knows the other nodes by name, of whichever kind and host, and they know it', async () => {
      for (const [from = '', to = ''] of [
        ['x1', 'c2'],
        ['c3', 'x2'],
        ['x2', 'x3'],
      ])
        await until(`${from} reaches ${to}`, 20_000, () => pings(from, to))
    })

    test('commands in it keep their output and exit code apart', async () => {
      expect(await inNode('x2', 'sh', '-c', 'echo out; echo err >&2; exit 7')).toMatchObject({
        exitCode: 7,
        stdout: 'out\n',
        stderr: 'err\n',
      })
      expect((await inNode('x2', 'no-such-command')).exitCode).toBe(127)
      expect(await hosts.skein('z1', 'lab', 'exec', 'mixed', 'x3', '--', 'hostname')).toMatchObject({
        code: 0,
        stdout: 'x3\n',
      })
    })

    test('a restart by hand is seen and its links are made again within seconds', async () => {
      const before = await pidOf('z1', 'clab-mixed-x1')
      await act('z1', 'clab-mixed-x1', 'restart')
      expect(await pidOf('z1', 'clab-mixed-x1')).not.toBe(before)
      await until('its links are there again', 30_000, () => pings('c3', '10.7.2.2'))
      await until('all of it is whole again', 30_000, async () => (await lab()).state === 'up')
      await allPing()
      await until('another host tells it', 10_000, async () => {
        const told = (await hosts.skein('z2', 'events', '--lab', 'mixed', '--json')).stdout
        return ['LINK_BROKEN', 'LINK_UP'].every((code) => told.includes(`"${code}"`))
      })
    })

    test.each([
      ['stopped', (): Promise<unknown> => act('z2', 'clab-mixed-x2', 'stop')],
      ['frozen', () => act('z2', 'clab-mixed-x2', 'freeze')],
    ])('one that is %s by hand runs again', async (_how, harm) => {
      await harm()
      await until('it runs', 20_000, async () => pings('c2', '10.7.7.2'))
    })

    test('while LXD itself is away its nodes go on, nothing of theirs is touched, and no new ones come', async () => {
      const before = await pidOf('z3', 'clab-mixed-x3')
      // Not by its name alone: what watches over each instance is called so as well.
      await bed.run('z3', ['pkill', '-KILL', '-f', '^lxd --group root'])
      await until('the truth is told', 20_000, async () => JSON.stringify(await lab()).includes('unix.socket'))
      expect(await pings('c3', '10.7.8.2')).toBe(true)
      const more = 'name: more\ntopology: { nodes: { y: { kind: lxd, image: skein-test, host: z3 } } }\n'
      await bed.run('z1', ['tee', '/root/labs/more.clab.yml'], { stdin: more })
      const refused = { code: 1, stderr: expect.stringContaining('needs lxd; host z3 lacks it') }
      // What a host can is told every few seconds.
      await until('it is told that z3 has none', 20_000, async () =>
        (await hosts.skein('z1', 'lab', 'plan', '/root/labs/more.clab.yml')).stderr.includes('host z3 lacks it'),
      )
      expect(await hosts.skein('z1', 'lab', 'up', '/root/labs/more.clab.yml')).toMatchObject(refused)
      await bed.boot('z3')
      await until('all is whole', 30_000, async () => (await lab()).state === 'up')
      expect(await pidOf('z3', 'clab-mixed-x3')).toBe(before)
    })
  })

  describe('snapshots', () => {
    const write = (node: string, text: string) => inNode(node, 'sh', '-c', `echo ${text} > /root/state`)
    const read = async (node: string) => (await inNode(node, 'cat', '/root/state')).stdout.trim()

    test('keep what is in nodes of both kinds, and put it back on them alone', async () => {
      for (const node of ['x1', 'c1', 'x2']) await write(node, 'good')
      const kept = await hosts.json<Outcome>('z2', 'lab', 'snapshot', 'mixed', '--name', 's1')
      expect(kept.nodes.map(({ node, ok, message }) => `${node} ${ok} ${message}`)).toEqual(
        ['c1', 'c2', 'c3', 'x1', 'x2', 'x3'].map((node) => `${node} true null`),
      )
      for (const node of ['x1', 'c1', 'x2']) await write(node, 'broken')
      const others = [await pidOf('z2', 'clab-mixed-x2'), await pidOf('z3', 'clab-mixed-x3')]
      const back = await hosts.json<Outcome>('z3', 'lab', 'restore', 'mixed', 'x1', 'c1', '--name', 's1')
      expect(back.nodes.filter(({ ok }) => !ok)).toEqual([])
      await until('both are whole again', 30_000, async () => (await lab()).state === 'up')
      expect([await read('x1'), await read('c1'), await read('x2')]).toEqual(['good', 'good', 'broken'])
      expect([await pidOf('z2', 'clab-mixed-x2'), await pidOf('z3', 'clab-mixed-x3')]).toEqual(others)
      await allPing()
    })

    test('are listed, refused twice, and removed', async () => {
      const listed = await hosts.json<{ name: string; node: string; host: string }[]>('z3', 'lab', 'snapshots', 'mixed')
      expect(listed.map(({ name, node, host }) => `${name} ${node} ${host}`)).toEqual(
        ['c1 z1', 'c2 z2', 'c3 z3', 'x1 z1', 'x2 z2', 'x3 z3'].map((where) => `s1 ${where}`),
      )
      expect(await hosts.skein('z1', 'lab', 'snapshot', 'mixed', '--name', 's1')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('is there already'),
      })
      await hosts.json('z1', 'lab', 'snapshot-delete', 'mixed', 'c2', 'x2', '--name', 's1')
      expect(await hosts.json('z3', 'lab', 'snapshots', 'mixed')).toHaveLength(4)
    })
  })

  test('a host that was cut off from power comes back with its nodes of both kinds', async () => {
    await bed.kill('z2')
    await bed.boot('z2')
    await hosts.start('z2')
    await until('all is whole', 60_000, async () => (await lab()).state === 'up')
    await allPing()
  })

  test('an image that travels with the lab is on every host that needs it', async () => {
    const made = await up('z1', '/root/labs/travels.clab.yml')
    expect(made.state).toBe('up')
    const said = await hosts.skein(
      'z3',
      'lab',
      'exec',
      'travels',
      'a',
      '--',
      'sh',
      '-c',
      'cat /etc/hello.txt; hostname',
    )
    expect(said.stdout).toBe('hello\na\n')
    await until('a reaches b', 20_000, async () => {
      const ping = ['lab', 'exec', 'travels', 'a', '--', 'ping', '-c', '1', '-W', '2', '10.8.0.2']
      return (await hosts.skein('z3', ...ping)).code === 0
    })
    expect((await hosts.skein('z3', 'lab', 'exec', 'travels', 'b_1', '--', 'hostname')).stdout).toBe('b_1\n')
  })

  test('down leaves nothing of ours, and all of what is others’', async () => {
    for (const name of ['mixed', 'travels']) await hosts.json('z3', 'lab', 'down', name)
    for (const host of bed.hosts) {
      expect(await instances(host)).toEqual(host === 'z1' ? ['foreign'] : [])
      expect((await bed.run(host, ['docker', 'ps', '-aq'])).stdout).toBe('')
      const snapshots = ['docker', 'images', '-q', '--filter', 'label=skein.snapshot']
      await until('no snapshot is left', 20_000, async () => (await bed.run(host, snapshots)).stdout === '')
      const devices = ['sh', '-c', 'ls /sys/class/net | grep -E "^sk[gnv]" || true']
      await until('no device is left', 10_000, async () => (await bed.run(host, devices)).stdout === '')
    }
    expect(await pidOf('z1', 'foreign')).toBeGreaterThan(0)
  })
})
