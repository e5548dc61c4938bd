import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { HostId, NodeName } from '../model/ids.ts'
import type { LabFile, LabIntent, LabNode } from '../model/lab.ts'
import { type DesiredInput, desired, type WantedLab } from './desired.ts'
import { labChanges } from './lab-changes.ts'
import { Placeholders } from './placeholders.ts'
import { tentative } from './tentative.ts'
import { assign, onFirstHost } from './testdata/host.ts'
import { labNode, sampleLab } from './testdata/lab.ts'

const AT = { r1: 1, r2: 1, r3: 2 }
const CABLES = [
  ['r1:eth1', 'r2:eth1'],
  ['r2:eth2', 'r3:eth1'],
]
const lab = (change: (nodes: readonly LabNode[]) => readonly LabNode[] = (same) => same, cables = CABLES): LabIntent =>
  sampleLab('lab', change(['r1', 'r2', 'r3'].map((name) => labNode(name))), cables)
const before: WantedLab = { intent: lab(), assignment: assign(lab(), AT) }

const on = (host: HostId, wanted: WantedLab | undefined, more: Partial<DesiredInput> = {}) =>
  desired(onFirstHost(wanted === undefined ? [] : [wanted], { self: host, ...more }))

/** From the sample to `intent`, with its nodes on hosts `at`; what was decided stays. */
const changes = (intent: LabIntent, at: Readonly<Record<string, number>> = AT, from: WantedLab | null = before) => {
  const hosts = Object.fromEntries(
    intent.nodes.flatMap(({ name }) => (at[name] === undefined ? [] : [[name, `H${at[name]}` as HostId]])),
  ) as Record<NodeName, HostId>
  const placeholders = new Placeholders()
  const nameOf = (host: HostId): string => host.toLowerCase()
  const assignment = tentative({
    intent,
    hosts,
    held: from?.assignment,
    placeholders,
    underlay: () => undefined,
    nameOf,
  })
  return labChanges({ before: from ?? undefined, after: { intent, assignment }, desiredOn: on, nameOf })
}
const told = (found: ReturnType<typeof changes>): readonly string[] =>
  [...found.nodes, ...found.links.map(({ id, ...rest }) => ({ name: id, ...rest }))]
    .filter(({ change }) => change !== 'keep')
    .map(({ name, change, why }) => `${name} ${change}: ${why}`)
const edited = (name: string, more: Partial<LabNode>) =>
  lab((nodes) => nodes.map((node) => (node.name === name ? { ...node, ...more } : node)))

describe('the changes of a lab', () => {
  it('that is new are all of it, and none where it is the same', () => {
    expect(told(changes(lab(), AT, null))).toEqual([
      'r1 create: new',
      'r2 create: new',
      'r3 create: new',
      'r1:eth1--r2:eth1 create: new',
      'r2:eth2--r3:eth1 create: new',
    ])
    expect(told(changes(lab()))).toEqual([])
  })

  it.each<[string, Partial<LabNode>, string]>([
    ['its image', { image: 'frr:11' }, 'image frr:10 → frr:11'],
    ['a variable, whose value is not told', { env: { PASSWORD: 'x' } }, 'env.PASSWORD added'],
    ['its command', { cmd: ['sleep', '1'] }, 'cmd added'],
    ['a sysctl', { sysctls: { 'net.ipv4.ip_forward': '0' } }, 'sysctls.net.ipv4.ip_forward added'],
    ['a label', { labels: { a: 'b' } }, 'labels.a added'],
  ])('a node is made again for %s, and its link ends with it', (_, more, why) => {
    expect(told(changes(edited('r1', more)))).toEqual([
      `r1 recreate: ${why}`,
      'r1:eth1--r2:eth1 change: node r1 is made again',
    ])
  })

  it.each<[string, Partial<LabNode>, string]>([
    ['its exec', { exec: [['true']] }, 'exec [] → [["true"]]; exec runs when the node starts next'],
    ['its start-up delay', { startupDelayMs: 5 }, 'startupDelayMs 0 → 5'],
    ['a pin to where it is', { host: 'h1' as LabNode['host'] & string }, 'host added'],
  ])('a node stays for %s, and that is told', (_, more, why) => {
    const found = changes(edited('r1', more))
    expect(told(found)).toEqual([])
    expect(found.nodes[0]).toMatchObject({ change: 'keep', why })
  })

  it('other content of a file makes those again that bind it, and only them', () => {
    const file = (sha256: string, mode = 0o644): LabFile => ({ path: 'r1/frr.conf', sha256, sizeBytes: 1, mode })
    const bind = { source: 'r1/', target: '/etc/frr', travels: true }
    const bound = edited('r1', { binds: [bind] })
    const from = { intent: { ...bound, files: [file('aa')] }, assignment: before.assignment }
    expect(changes({ ...bound, files: [file('aa')] }, AT, from).files).toEqual([
      { path: 'r1/frr.conf', change: 'keep', why: '' },
    ])
    const found = changes({ ...bound, files: [file('bb', 0o600)] }, AT, from)
    expect(told(found)).toEqual([
      'r1 recreate: file r1/frr.conf has other content, mode 644 → 600',
      'r1:eth1--r2:eth1 change: node r1 is made again',
    ])
    expect(changes(bound, AT, from).files).toEqual([{ path: 'r1/frr.conf', change: 'remove', why: 'no longer bound' }])
  })

  it('an MTU changes its link, and nothing else', () => {
    const intent = lab()
    const [link, other] = intent.links
    const [segment] = intent.segments
    if (!link || !other || !segment) throw new Error('no link')
    const next = {
      ...intent,
      links: [{ ...link, mtuBytes: 1300 }, other],
      segments: [{ ...segment, mtuBytes: 1300 }, ...intent.segments.slice(1)],
    }
    expect(told(changes(next))).toEqual([
      expect.stringMatching(/^r1:eth1--r2:eth1 change: MTU is \d+, 1300 is wanted$/),
    ])
  })

  it('a node that moves takes its links along', () => {
    const found = changes(lab(), { ...AT, r1: 2 })
    expect(found.nodes[0]).toMatchObject({ change: 'move', why: 'from h1 to h2' })
    expect(found.links.map(({ change }) => change)).toEqual(['change', 'keep'])
  })

  it('random edits touch what they name, and what hangs on it', () => {
    const name = fc.constantFrom('r1', 'r2', 'r3')
    const edit = fc.oneof(
      fc.record({ type: fc.constant('env' as const), name, value: fc.string() }),
      fc.record({ type: fc.constant('exec' as const), name }),
      fc.record({ type: fc.constant('drop' as const), name }),
      fc.record({ type: fc.constant('add' as const), name: fc.constantFrom('x1', 'x2') }),
      fc.record({ type: fc.constant('cut' as const), link: fc.constantFrom(0, 1) }),
      fc.record({ type: fc.constant('plug' as const), from: name, to: name }),
    )
    fc.assert(
      fc.property(fc.uniqueArray(edit, { maxLength: 4, selector: (one) => JSON.stringify(one) }), (edits) => {
        let nodes = [...lab().nodes]
        let cables = CABLES
        const touched = new Set<string>()
        for (const one of edits) {
          if (one.type === 'env' || one.type === 'exec') {
            if (one.type === 'env') touched.add(one.name)
            const more = one.type === 'env' ? { env: { X: one.value } } : { exec: [['true']] }
            nodes = nodes.map((node) => (node.name === one.name ? { ...node, ...more } : node))
          } else if (one.type === 'drop') {
            touched.add(one.name)
            nodes = nodes.filter((node) => node.name !== one.name)
            cables = cables.filter((ends) => !ends.some((end) => end.startsWith(`${one.name}:`)))
          } else if (one.type === 'add') {
            touched.add(one.name)
            nodes.push(labNode(one.name))
          } else if (one.type === 'cut') cables = cables.filter((ends) => ends !== CABLES[one.link])
          else if (one.from !== one.to && [one.from, one.to].every((end) => nodes.some((node) => node.name === end)))
            cables = [...cables, [`${one.from}:eth8`, `${one.to}:eth9`]]
        }
        const unique = [...new Map(nodes.map((node) => [node.name, node])).values()]
        const found = changes(sampleLab('lab', unique, cables), { ...AT, x1: 1, x2: 2 })
        expect(new Set(found.nodes.filter(({ change }) => change !== 'keep').map((node) => node.name))).toEqual(touched)
        for (const link of found.links.filter(({ change }) => change === 'change'))
          expect([...touched].some((node) => link.id.includes(`${node}:`))).toBe(true)
      }),
    )
  })
})
