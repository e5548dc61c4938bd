import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { LabFile } from '../model/lab.ts'
import { withFiles } from './intent.ts'
import { readTopology } from './read.ts'

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')
const FRR01 = read('../../integration/testdata/frr01/frr01.clab.yml')
const warnings = (text: string): readonly string[] =>
  readTopology({ text }).problems.map(({ severity, line, path }) => `${severity} ${line} ${path.split('.').at(-1)}`)

describe('public lab files', () => {
  it('frr01 gives the intent on file, with no problem', async () => {
    const { intent, problems, bindSources } = readTopology({ text: FRR01 })
    expect(problems).toEqual([])
    expect(bindSources[0]).toMatchObject({ path: 'router1/daemons', from: 'router1/daemons', line: 16, column: 11 })
    expect(bindSources).toHaveLength(6)
    await expect(`${JSON.stringify(intent, null, 2)}\n`).toMatchFileSnapshot('testdata/frr01.intent.txt')
  })

  it('linux-nodes has every link of its file', () => {
    const text = read('testdata/linux-nodes/01-linux-nodes.clab.yml')
    expect(warnings(text)).toEqual([])
    const { intent } = readTopology({ text })
    expect(intent?.nodes[0]).toMatchObject({
      cmd: ['ash', '-c', 'echo $MYVAR > /tmp/var && sleep 9999'],
      env: { MYVAR: 'MYVAR is SET' },
      cpu: 1.5,
      memoryBytes: 1_073_741_824,
    })
    expect(intent?.nodes[1]?.ports).toEqual([{ hostPort: 56_180, containerPort: 80, protocol: 'tcp' }])
    expect(intent?.links.map(({ id, mtuBytes }) => [id, mtuBytes])).toEqual([
      ['l1:eth1--l2:some1', 2000],
      ['l1:eth2--l2:eth2', undefined],
      ['l1:eth3--l2:eth3', undefined],
      ['host:l2eth4--l2:eth4', undefined],
      ['l2:eth5', undefined],
      ['l2:somedummy', undefined],
    ])
  })

  it('stages and bgp-frr are read', () => {
    const stages = readTopology({ text: read('testdata/stages/stages.clab.yml') }).intent
    expect(stages?.nodes.map((node) => node.image)).toEqual(Array(4).fill('debian:bookworm-slim'))
    expect(stages?.links).toHaveLength(4)
    const bgp = readTopology({ text: read('testdata/bgp-frr/bgp-frr.clab.yml') })
    expect(bgp.intent?.links).toHaveLength(12)
    expect(bgp.bindSources.map((use) => use.path)).toEqual(
      ['spine1', 'spine2', 'leaf1', 'leaf2', 'leaf3'].map((name) => `config/${name}`),
    )
  })
})

describe('links and segments', () => {
  const lab = (links: string): string => `name: a
nodes:
  r1: {kind: linux, image: x}
  r2: {kind: linux, image: x}
  r3: {kind: linux, image: x, network-mode: none}
  br2: {kind: bridge}
  br1: {kind: ovs-bridge}
links:
${links}`

  it("reads the seeds' form, with two ends or more", () => {
    const { intent, problems } = readTopology({
      text: lab(
        '  - r2: {ifname: eth1, ipv4: 10.0.0.2/24}\n    r1: {ifname: eth1, ipv6: "fd00::1/64"}\n    r3: {ifname: eth0}\n    mtu: 1400\n',
      ),
    })
    expect(problems).toEqual([])
    const endpoints = [
      { node: 'r2', interface: 'eth1', ipv4: '10.0.0.2/24' },
      { node: 'r1', interface: 'eth1', ipv6: 'fd00::1/64' },
      { node: 'r3', interface: 'eth0' },
    ]
    const id = 'r1:eth1--r2:eth1--r3:eth0'
    expect(intent?.links).toEqual([{ id, segment: id, endpoints, mtuBytes: 1400 }])
    expect(intent?.segments).toEqual([{ id, endpoints, multiAccess: true, mtuBytes: 1400 }])
  })

  it('joins what meets in bridges, and keeps a cable between two nodes apart', () => {
    const ends = ['"r1:eth1", "br2:a"', '"r2:eth1", "br1:a"', '"br2:b", "br1:b"', '"r1:eth2", "r2:eth2"']
    const { intent, problems } = readTopology({ text: lab(ends.map((pair) => `  - endpoints: [${pair}]\n`).join('')) })
    expect(problems).toEqual([])
    expect(intent?.links.map((link) => link.segment)).toEqual(['br1', 'br1', 'br1', 'r1:eth2--r2:eth2'])
    expect(
      intent?.segments.map(({ id, multiAccess, endpoints }) => [id, multiAccess, endpoints.map((end) => end.node)]),
    ).toEqual([
      ['br1', true, ['r1', 'r2']],
      ['r1:eth2--r2:eth2', false, ['r1', 'r2']],
    ])
  })

  it('gives ends the addresses of their link, in order', () => {
    const { intent, problems } = readTopology({
      text: lab(
        '  - endpoints: ["r1:eth1", "r2:eth1"]\n    ipv4: [10.0.0.1/24, ""]\n    ipv6: [fd00::1/64, fd00::2/64]\n',
      ),
    })
    expect(problems).toEqual([])
    expect(intent?.links[0]?.endpoints).toMatchObject([
      { ipv4: '10.0.0.1/24', ipv6: 'fd00::1/64' },
      { ipv6: 'fd00::2/64' },
    ])
  })
})

describe('the file around the nodes', () => {
  const nodes = 'nodes: {r1: {kind: bridge}}\n'

  it('takes the name from outside where the file has none', () => {
    expect(readTopology({ text: nodes, fallbackName: 'lab-7' }).intent?.name).toBe('lab-7')
    expect(readTopology({ text: nodes, fallbackName: 'lab 7' }).problems[0]?.code).toBe('BAD_NAME')
    expect(readTopology({ text: `name: own\n${nodes}`, fallbackName: 'lab-7' }).intent?.name).toBe('own')
  })

  it.each([
    ['', 'clab'],
    ['prefix:\n', 'clab'],
    ['prefix: ""\n', ''],
    ['prefix: __lab-name\n', '__lab-name'],
    ['prefix: x\n', 'x'],
  ])('prefix %j is %j', (written, prefix) => {
    expect(readTopology({ text: `name: a\n${written}${nodes}` }).intent?.prefix).toBe(prefix)
  })

  it('warns of settings', () => {
    expect(warnings(`name: a\nsettings: {}\n${nodes}`)).toEqual(['warning 2 settings'])
  })

  it('turns unknown and old keys into warnings where asked to', () => {
    const text = 'name: a\nversion: 2\nnodes: {r1: {kind: bridge, publish: [], imgae: x}}\nlinks: []\n'
    const { problems, intent } = readTopology({ text, lenient: true })
    expect(intent).toBeDefined()
    expect(problems.map(({ severity, code }) => `${severity} ${code}`)).toEqual([
      'warning REPLACED_KEY',
      'warning REPLACED_KEY',
      'warning UNKNOWN_KEY',
    ])
    expect(readTopology({ text }).problems.every((problem) => problem.severity === 'error')).toBe(true)
  })

  it('an unused kind of a vendor is fine', () => {
    const text =
      'name: a\ntopology:\n  kinds: {nokia_srlinux: {image: x, type: ixr}, what: {}}\n  nodes: {r1: {kind: bridge}}\n'
    expect(warnings(text)).toEqual([])
  })
})

describe('files', () => {
  const file = (path: string): LabFile => ({ path, sha256: '00', sizeBytes: 1, mode: 0o644 })
  const text =
    'name: a\nnodes:\n  r1: {kind: linux, image: x, binds: ["conf:/etc/frr", "./d/../one.txt:/one", "/abs:/abs"]}\n'

  it('gives folders their slash and leaves out what no bind names', () => {
    const { intent, bindSources } = readTopology({ text })
    expect(bindSources.map(({ path, from, optional }) => [path, from, optional])).toEqual([
      ['conf', 'conf', false],
      ['one.txt', 'one.txt', false],
      ['.skein/abs/abs', '/abs', true],
    ])
    if (intent === undefined) throw new Error('no intent')
    const filled = withFiles(intent, ['conf/a', 'conf/b/c', 'one.txt', 'confuse', 'other/x'].map(file))
    expect(filled.problems).toEqual([])
    expect(filled.intent?.nodes[0]?.binds.map((bind) => bind.source)).toEqual(['conf/', 'one.txt', '/abs'])
    expect(filled.intent?.files.map((each) => each.path)).toEqual(['conf/a', 'conf/b/c', 'one.txt'])
  })

  it('names each bind whose file is missing', () => {
    const { intent } = readTopology({ text })
    if (intent === undefined) throw new Error('no intent')
    const filled = withFiles(intent, [file('confuse')])
    expect(filled.intent).toBeUndefined()
    expect(filled.problems.map((problem) => problem.message)).toEqual([
      expect.stringMatching(/`conf` that node `r1` binds to `\/etc\/frr` is not next to the lab file/),
      expect.stringMatching(/`one.txt`/),
    ])
  })
})
