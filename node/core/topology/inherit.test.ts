import { describe, expect, it } from 'vitest'
import type { LabNode } from '../model/lab.ts'
import { readTopology } from './read.ts'

/** Node `n` of a lab whose sections hold these flow maps. */
function nodeOf(sections: Partial<Record<'defaults' | 'kind' | 'group' | 'node', string>>): LabNode | undefined {
  const { defaults = '', kind = '', group = '', node = '' } = sections
  const text = `name: lab
topology:
  defaults: {${defaults}}
  kinds: {linux: {${kind}}, unused_kind: {image: other}}
  groups: {g: {${group}}}
  nodes:
    n: {kind: linux, image: base, group: g, ${node}}
    m: {kind: linux, image: other, stages: {}}
`
  const { intent, problems } = readTopology({ text: node.includes('image') ? text.replace('image: base, ', '') : text })
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([])
  return intent?.nodes[0]
}

const each = (key: string, values: readonly string[]) => {
  const [defaults, kind, group, node] = values.map((value) => (value === '' ? '' : `${key}: ${value}`))
  return { defaults: defaults ?? '', kind: kind ?? '', group: group ?? '', node: node ?? '' }
}

describe('inheritance', () => {
  // Values in the order defaults, kind, group, node.
  it.each([
    ['user', ['a', 'b', 'c', 'd'], { user: 'd' }],
    ['user', ['a', 'b', 'c', ''], { user: 'c' }],
    ['user', ['a', 'b', '', ''], { user: 'b' }],
    ['user', ['a', '', '', ''], { user: 'a' }],
    ['user', ['a', '', '', '""'], { user: 'a' }],
    ['cpu', ['1', '2', '', '0.5'], { cpu: 0.5 }],
    ['memory', ['1G', '', '256MiB', ''], { memoryBytes: 268_435_456 }],
    ['cmd', ['one two', '', 'three', ''], { cmd: ['three'] }],
    ['entrypoint', ['one two', '', '', ''], { entrypoint: ['one', 'two'] }],
    ['startup-delay', ['5', '', '', '0'], { startupDelayMs: 0 }],
    ['network-mode', ['none', '', '', ''], { networkMode: 'none' }],
    ['host', ['', 'a', '', 'b'], { host: 'b' }],
    [
      'ports',
      ['["1:1"]', '', '["2:2", "3:3/udp"]', ''],
      {
        ports: [
          { hostPort: 2, containerPort: 2, protocol: 'tcp' },
          { hostPort: 3, containerPort: 3, protocol: 'udp' },
        ],
      },
    ],
    ['ports', ['["1:1"]', '', '', '[]'], { ports: [{ hostPort: 1, containerPort: 1, protocol: 'tcp' }] }],
    ['env', ['{A: 1, B: 1}', '{B: 2, C: 2}', '{C: 3, D: 3}', '{D: 4}'], { env: { A: '1', B: '2', C: '3', D: '4' } }],
    ['labels', ['{a: 1}', '', '', '{a: 2, b: 2}'], { labels: { a: '2', b: '2' } }],
    ['sysctls', ['{net.a: 1}', '{net.b: 1}', '', '{net.a: 0}'], { sysctls: { 'net.a': '0', 'net.b': '1' } }],
    ['tmpfs', ['{/a: size=1m}', '{/b: ""}', '', '{/a: size=2m}'], { tmpfs: { '/a': 'size=2m', '/b': '' } }],
    [
      'cap-add',
      ['[NET_ADMIN]', '[cap_sys_time]', '[NET_ADMIN]', '[ALL]'],
      { capAdd: ['NET_ADMIN', 'SYS_TIME', 'ALL'] },
    ],
    [
      'devices',
      ['[/dev/a]', '', '["/dev/b:/dev/c:r"]', '[/dev/a]'],
      {
        devices: [
          { source: '/dev/a', target: '/dev/a', permissions: 'rwm' },
          { source: '/dev/b', target: '/dev/c', permissions: 'r' },
        ],
      },
    ],
    ['security-opts', ['[a=1]', '[b=2]', '', '[a=1, c=3]'], { securityOpts: ['a=1', 'b=2', 'c=3'] }],
    [
      'volumes',
      ['["a:/x", "b:/y"]', '', '["/y"]', '["c:/x:ro"]'],
      { volumes: [{ name: 'c', target: '/x', readOnly: true }, { target: '/y' }] },
    ],
    ['privileged', ['true', '', '', 'false'], { privileged: false }],
    ['image-pull-policy', ['Always', 'Never', '', ''], { pull: 'never' }],
    ['restart-policy', ['no', '', 'on-failure', ''], { restart: 'on-failure' }],
    ['hostname', ['a', 'b', '', ''], { hostname: 'b' }],
    ['type', ['a', '', 'b', ''], { type: 'b' }],
    [
      'dns',
      ['{servers: [9.9.9.9], search: [a]}', '', '', '{servers: [1.1.1.1]}'],
      { dns: { servers: ['1.1.1.1'], search: [], options: [] } },
    ],
    ['healthcheck', ['{test: [CMD, a]}', '{test: [NONE]}', '', ''], { healthcheck: { test: ['NONE'] } }],
    [
      'stages',
      [
        '',
        '{create: {exec: [{command: a b, target: host}]}}',
        '{create: {wait-for: [{node: m, stage: healthy}]}}',
        '{create: {wait-for: [{node: m, stage: healthy}, {node: m, stage: create}], exec: [{command: c, phase: on-exit}]}, healthy: {exec: [{command: d}]}}',
      ],
      {
        stages: {
          create: {
            waitFor: [
              { node: 'm', stage: 'healthy' },
              { node: 'm', stage: 'create' },
            ],
            exec: [
              { argv: ['a', 'b'], phase: 'on-enter', target: 'host' },
              { argv: ['c'], phase: 'on-exit', target: 'container' },
            ],
          },
          healthy: { waitFor: [], exec: [{ argv: ['d'], phase: 'on-enter', target: 'container' }] },
        },
      },
    ],
    ['exec', ['[a, b]', '[b, c]', '[d]', '[a, e x]'], { exec: [['a'], ['b'], ['c'], ['d'], ['e', 'x']] }],
    [
      'binds',
      ['["/a:/x", "/b:/y"]', '', '["/c:/y/:ro"]', '["d/./e:/z"]'],
      {
        binds: [
          { source: '/a', target: '/x', travels: false },
          { source: '/c', target: '/y', options: 'ro', travels: false },
          { source: 'd/e', target: '/z', travels: true },
        ],
      },
    ],
  ])('%s of %j', (key, values, expected) => {
    expect(nodeOf(each(key, values))).toMatchObject(expected)
  })

  it('takes the image from the group before the kind', () => {
    const text = `name: a
topology:
  defaults: {image: d}
  kinds: {linux: {image: k}}
  groups: {g: {image: g, kind: linux}}
  nodes: {n1: {group: g}, n2: {kind: linux, group: only-a-label}, n3: {kind: linux, image: n}}
`
    const { intent, problems } = readTopology({ text })
    expect(problems).toEqual([])
    expect(intent?.nodes.map((node) => node.image)).toEqual(['g', 'k', 'n'])
  })

  it('keeps env and label values as they were written', () => {
    const env = '{A: yes, B: 2231:22, C: 1.50, D: 0x10, E: ~, F: "null", G: 08, __proto__: p}'
    expect(nodeOf({ node: `env: ${env}` })?.env).toEqual(
      Object.fromEntries([
        ...Object.entries({ A: 'yes', B: '2231:22', C: '1.50', D: '0x10', E: '', F: 'null', G: '08' }),
        ['__proto__', 'p'],
      ]),
    )
  })

  it('pins by host, by label, or by both where they agree', () => {
    expect(nodeOf({ node: 'labels: {skein/host: b}' })?.host).toBe('b')
    expect(nodeOf({ node: 'host: b, labels: {skein/host: b}' })?.host).toBe('b')
  })

  it('follows anchors and merge keys', () => {
    const text = `name: a
nodes:
  n1: &base {kind: linux, image: x, env: {A: 1}}
  n2: {<<: *base, image: y}
  n3: {<<: [{user: u}, *base]}
`
    const { intent, problems } = readTopology({ text })
    expect(problems).toEqual([])
    expect(intent?.nodes.map(({ image, env, user }) => [image, env, user])).toEqual([
      ['x', { A: '1' }, undefined],
      ['y', { A: '1' }, undefined],
      ['x', { A: '1' }, 'u'],
    ])
  })

  it('replaces magic words in binds, env and exec', () => {
    const word = '__clabNodeName__.__clabLabName__'
    const node = nodeOf({ node: `binds: ["${word}/x:/x"], env: {A: ${word}}, exec: ["echo ${word}"]` })
    expect(node).toMatchObject({
      binds: [{ source: 'n.clab-lab/x' }],
      env: { A: 'n.clab-lab' },
      exec: [['echo', 'n.clab-lab']],
    })
  })
})
