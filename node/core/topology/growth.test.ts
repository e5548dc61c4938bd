// biome-ignore-all lint/suspicious/noTemplateCurlyInString: lab files hold `${VAR}`
import { describe, expect, it } from 'vitest'
import type { NodeName } from '../model/ids.ts'
import type { LabIntent, LabNode } from '../model/lab.ts'
import { checkPartners, type Partner } from './check-partners.ts'
import { withEnvFiles } from './env-files.ts'
import type { WrittenLink } from './links.ts'
import { readTopology } from './read.ts'
import { Report } from './report.ts'
import { joinSegments } from './segments.ts'
import { substitute } from './source.ts'
import { specialEnds } from './special-ends.ts'
import type { Reader } from './tree.ts'
import { type CheckedLink, checkLinks, interfacesOf } from './validate.ts'

const START = { line: 1, column: 1, path: '' }
const reader = (): Reader => ({ report: new Report(), lenient: false })
const named = (name: string, kind: LabNode['kind'] = 'linux'): LabNode => ({
  ...{ name: name as NodeName, kind, image: 'a', exec: [], binds: [], env: {}, labels: {}, sysctls: {}, ports: [] },
  startupDelayMs: 0,
})
const end = (node: string, name: string) => ({ node, nodeAt: START, interface: name, interfaceAt: START })
const range = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i)

/** Counts how often somebody goes through all of it. */
class CountingMap<K, V> extends Map<K, V> {
  walks = 0
  override keys(): MapIterator<K> {
    this.walks += 1
    return super.keys()
  }
}

const nodesOf = (count: number): CountingMap<string, LabNode | undefined> =>
  new CountingMap(range(count).map((i) => [`r${i}`, named(`r${i}`)]))

/** So large that what goes by the square does not end in the time a test has, and a line takes seconds. */
const HUGE = { chain: 200_000, defaults: 200_000, blanks: 2_000_000 }
/** Of which most is for a machine with other work. */
const END_MS = 120_000

describe('a large lab', () => {
  it('each link does not go through all nodes', () => {
    const nodes = nodesOf(500)
    const written = range(499).map(
      (i): WrittenLink => ({
        at: START,
        ends: [end(`r${i}`, 'eth1'), end(`r${i + 1}`, 'eth2')],
      }),
    )
    const { links } = checkLinks(written, { nodes, anchors: new Map() }, reader())
    expect(links.length).toBe(499)
    expect(nodes.walks).toBe(0)
  })

  it('each node does not go through all links', () => {
    let reads = 0
    const links = range(100).map(
      (i): CheckedLink => ({
        get endpoints() {
          reads += 1
          return [
            { node: `r${i}` as NodeName, interface: 'eth1' },
            { node: `r${i + 1}` as NodeName, interface: 'eth2' },
          ]
        },
      }),
    )
    expect(interfacesOf(links).get('r1' as NodeName)).toEqual(['eth2', 'eth1'])
    expect(reads).toBe(100)
  })

  it('each node that names another does not go through all nodes', () => {
    const nodes = nodesOf(500)
    const of = { type: 'text', text: 'r0', at: START } as const
    const partners = range(500).map(
      (i): Partner => ({
        name: `r${i + 1}`,
        fields: { stages: new Map([['create', { waitFor: [{ node: of, stage: 'healthy' }], exec: [] }]]) },
      }),
    )
    const into = reader()
    checkPartners(partners, nodes, into)
    expect(into.report.problems()).toEqual([])
    expect(nodes.walks).toBe(0)
  })

  it('each tunnel of one number does not try the names of all before it', () => {
    let asked = 0
    const names = new Set(['vxlan-7-3'])
    const known = {
      tunnels: new Map<number, number>(),
      isTaken: (name: string): boolean => {
        asked += 1
        return names.has(name)
      },
    }
    const tunnel = { vni: 7, remote: '192.0.2.1', udpPort: 4789 }
    const given = range(100).map(() => {
      const [anchor] = specialEnds({ at: START, ends: [end('r0', 'eth1')], tunnel }, known).anchors
      names.add(anchor?.name ?? '')
      return anchor?.name
    })
    expect(given.slice(0, 4)).toEqual(['vxlan-7', 'vxlan-7-2', 'vxlan-7-4', 'vxlan-7-5'])
    expect(asked).toBe(101)
  })

  it(
    'a chain of bridges is not gone along for each link',
    () => {
      const name = (i: number) => `b${100_000 + i}` as NodeName
      const chain = (count: number) => {
        const nodes = range(count).map((i) => named(name(i), 'bridge'))
        const links = range(count - 1).map((j): CheckedLink => {
          const i = count - 2 - j
          return { endpoints: [0, 1].map((step) => ({ node: name(i + step), interface: `p${step}` })) }
        })
        return () => joinSegments(links, nodes)
      }
      expect(chain(100)().segments.map(({ id }) => id)).toEqual(['b100000'])
      expect(chain(HUGE.chain)().segments).toHaveLength(1)
    },
    END_MS,
  )
})

describe('ranges of ports', () => {
  it('end where all nodes publish too many', () => {
    const node = (i: number): string => `    r${i}: {kind: linux, image: a, ports: ["1-60000:1-60000"]}\n`
    const text = (count: number): string => `name: one\ntopology:\n  nodes:\n${range(count).map(node).join('')}`
    expect(readTopology({ text: text(3) }).intent?.nodes.map(({ ports }) => ports.length)).toEqual([
      60_000, 60_000, 60_000,
    ])
    const { problems, intent } = readTopology({ text: text(4) })
    expect(intent).toBeUndefined()
    expect(problems).toMatchObject([{ code: 'TOO_LARGE', line: 7 }])
  }, 60_000)
})

describe('defaults of variables that end nowhere', () => {
  it(
    'are not looked through once each',
    () => {
      const text = '${A:-'.repeat(HUGE.defaults)
      expect(substitute(text, {})?.text === text).toBe(true)
    },
    END_MS,
  )

  it.each([
    ['${A:-${B:-x}${A:-$}$$', '${B:-x$$'],
    ['${A:-\n}${A:-y}', '${A:-\n}y'],
    ['${A:-a${A:=b}', 'a${A:=b'],
  ])('%j becomes %j', (text, result) => expect(substitute(text, {})?.text).toBe(result))
})

describe('a file with environment of all nodes', () => {
  const path = 'all.env'
  const lab = (count: number): LabIntent => ({
    ...{ name: 'one' as LabIntent['name'], prefix: 'clab', links: [], segments: [], files: [] },
    nodes: range(count).map((i) => named(`r${i}`)),
  })
  const usesOf = ({ nodes }: LabIntent) =>
    nodes.map(({ name }) => ({ path, from: path, optional: false, line: 3, column: 5, node: name }))

  it('is taken apart once', () => {
    let asked = 0
    const intent = lab(200)
    const { problems, intent: filled } = withEnvFiles(intent, usesOf(intent), () => {
      asked += 1
      return 'A=b\n'
    })
    expect(problems).toEqual([])
    expect(filled.nodes.every(({ env }) => env.A === 'b')).toBe(true)
    expect(asked).toBe(1)
  })

  it('is refused where that makes too much, and with no more mistakes than a person reads', () => {
    const intent = lab(200)
    const large = withEnvFiles(intent, usesOf(intent), () => `A=${'x'.repeat(100_000)}`)
    expect(large.problems).toMatchObject([{ code: 'TOO_LARGE', line: 3 }])
    expect(withEnvFiles(intent, usesOf(intent), () => 'x\n'.repeat(100)).problems.length).toBe(200)
  })

  it(
    'may have lines of many blanks',
    () => {
      const blanks = ' '.repeat(1_000)
      const read = (text: string) => withEnvFiles(lab(1), usesOf(lab(1)), () => text).intent.nodes[0]?.env
      expect(read(`A=${blanks}b${blanks}c${blanks}# d`)).toEqual({ A: `b${blanks}c` })
      const long = `b${' '.repeat(HUGE.blanks)}c`
      expect(read(`A=${long}`)?.A === long).toBe(true)
    },
    END_MS,
  )
})
