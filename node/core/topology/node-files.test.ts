import { describe, expect, it, test } from 'vitest'
import type { LabFile, LabNode } from '../model/lab.ts'
import { readEnvFile, withEnvFiles } from './env-files.ts'
import { withFiles } from './intent.ts'
import { fileSource } from './lab-paths.ts'
import { readTopology } from './read.ts'

test.each([
  ['conf/x', { path: 'conf/x', from: 'conf/x', mayBeHosts: false }],
  ['./a/../conf/', { path: 'conf', from: 'conf', isFolder: true }],
  ['../x', { path: '.skein/up-1/x', from: '../x' }],
  ['a/../../../b/x', { path: '.skein/up-2/b/x', from: '../../b/x' }],
  ['.', { path: '.skein/lab', from: '.', isFolder: true }],
  ['~/x/y', { path: '.skein/home/x/y', from: '~/x/y' }],
  ['/etc/frr/x', { path: '.skein/abs/etc/frr/x', from: '/etc/frr/x', mayBeHosts: true }],
  ['/etc/../dev/net/tun', { type: 'host', path: '/etc/../dev/net/tun' }],
  ['/lib/modules', { type: 'host' }],
  ['/libx', { path: '.skein/abs/libx' }],
  ['/run/docker.sock', { type: 'host' }],
  ['/', { type: 'host' }],
])('%s is %j', (source, expected) => expect(fileSource(source)).toMatchObject(expected))

const lab = (node: string) => readTopology({ text: `name: lab\nnodes:\n  r1:\n    kind: linux\n    image: x\n${node}` })
const file = (path: string): LabFile => ({ path, sha256: '00', sizeBytes: 1, mode: 0o644 })
const filled = (node: string, ...files: readonly string[]): LabNode | undefined => {
  const { intent, problems } = lab(node)
  if (intent === undefined) throw new Error(JSON.stringify(problems))
  return withFiles(intent, files.map(file)).intent?.nodes[0]
}

describe('files of nodes', () => {
  it('are those of this machine where they came along, else those of each host', () => {
    const text = '    binds: ["/etc/frr:/f", "~/h:/h", "../u:/u"]\n'
    const away = ['.skein/home/h', '.skein/up-1/u']
    const sources = (...files: readonly string[]) =>
      filled(text, ...away, ...files)?.binds.map(({ source, travels }) => [source, travels])
    const rest = [
      ['.skein/home/h', true],
      ['.skein/up-1/u', true],
    ]
    expect(sources('.skein/abs/etc/frr/a')).toEqual([['.skein/abs/etc/frr/', true], ...rest])
    expect(sources()).toEqual([['/etc/frr', false], ...rest])
  })

  it('are startup configuration and licence too, in a file or in the text', () => {
    const both = '    startup-config: cfg/__clabNodeName__.cfg\n    license: k.lic\n'
    expect(filled(both, 'cfg/r1.cfg', 'k.lic')).toMatchObject({ startupConfig: 'cfg/r1.cfg', license: 'k.lic' })
    expect(lab(both).bindSources.map(({ path }) => path)).toEqual(['cfg/r1.cfg', 'k.lic'])
    const inline = lab('    startup-config: |\n      hostname __clabNodeName__\n      !\n')
    expect(inline.inlineFiles).toEqual([{ path: '.skein/inline/r1.cfg', text: 'hostname __clabNodeName__\n!\n' }])
    expect(inline.intent?.nodes[0]?.startupConfig).toBe('.skein/inline/r1.cfg')
  })

  it('may lie in the folder containerlab has for a lab', () => {
    const { bindSources } = lab(
      '    binds: ["__clabNodeDir__/a:/a", "__clabDir__/b:/b"]\n    exec: ["cat __clabNodeDir__/a"]\n',
    )
    expect(bindSources.map(({ from }) => from)).toEqual(['clab-lab/r1/a', 'clab-lab/b'])
  })

  it('hold environment, under what the node says itself', () => {
    const { intent, envFiles, bindSources } = lab('    env-files: [a.env, b.env]\n    env: {C: own}\n')
    if (intent === undefined) throw new Error('no intent')
    expect(bindSources.map(({ path }) => path)).toEqual(['a.env', 'b.env'])
    const texts: Record<string, string> = { 'a.env': 'A=1\nB=1\n', 'b.env': 'B=2\nC=2\n' }
    const read = withEnvFiles(intent, envFiles, (path) => texts[path])
    expect([read.problems, read.intent.nodes[0]?.env]).toEqual([[], { A: '1', B: '2', C: 'own' }])
    const bad = withEnvFiles(intent, envFiles, () => 'A=1\nno such line\n')
    expect(bad.problems[0]).toMatchObject({ severity: 'error', line: 6, message: /line 2 of `a.env` is not/ })
  })
})

test.each([
  ['A=b', [['A', 'b']]],
  ['export A = b c # d', [['A', 'b c']]],
  ["A='b # c'", [['A', 'b # c']]],
  ['A="b\\n\\"c\\"" # d', [['A', 'b\n"c"']]],
  [
    '# A=b\r\n\r\nB=#\r\nC=',
    [
      ['B', ''],
      ['C', ''],
    ],
  ],
])('%j holds %j', (text, variables) => {
  expect(readEnvFile(text)).toEqual({ variables, wrong: [] })
})
