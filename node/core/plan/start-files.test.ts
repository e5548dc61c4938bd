import { describe, expect, it } from 'vitest'
import { labNodeSample, labSample } from '#testing/lab-samples.ts'
import type { HostId } from '../model/ids.ts'
import type { Assignment, LabNode } from '../model/lab.ts'
import type { Software } from '../model/software.ts'
import type { Save } from '../saved/saved.ts'
import { fillText, startFiles } from './start-files.ts'

const PATH = '/mnt/flash/startup-config'
const software: Software = { kind: 'ceos', config: { path: PATH }, licensePath: '/license' }
const lab = {
  ...labSample({
    name: 'one',
    nodes: {},
    files: [
      { path: 'r1.cfg', sha256: 'startup', sizeBytes: 1, mode: 0o644 },
      { path: 'key', sha256: 'license', sizeBytes: 1, mode: 0o600 },
    ],
  }),
}
const mgmt = {
  ipv4Subnet: '172.20.20.0/24',
  ipv4Gw: '172.20.20.1',
  nodes: { r1: { ipv4: '172.20.20.5' } },
}
const assignment = { mgmt } as unknown as Assignment
const saves = (kind = 'ceos'): readonly Save[] => [
  { save: 1, atMs: 0, host: 'H' as HostId, revision: 1, nodes: { r1: { sha256: 'saved', sizeBytes: 1, kind } } },
]
const filesOf = (node: Partial<LabNode>, list: readonly Save[] = []) =>
  startFiles({ ...labNodeSample('r1'), software, startupConfig: 'r1.cfg', ...node }, { intent: lab, assignment }, list)

describe('what a node starts with', () => {
  it('is what its file says, with values for templates', () => {
    expect(filesOf({ env: { A: 'b' } })).toEqual([
      {
        path: PATH,
        sha256: 'startup',
        mode: 0o644,
        gid: 0,
        mayShrink: false,
        values: {
          ShortName: 'r1',
          Kind: 'ceos',
          MgmtIPv4Address: '172.20.20.5',
          MgmtIPv4PrefixLength: '24',
          MgmtIPv4Gateway: '172.20.20.1',
          'Env.A': 'b',
        },
      },
    ])
  })

  it('is what was saved of it, taken as it is, unless the file is enforced or it was another kind', () => {
    expect(filesOf({}, saves())).toEqual([{ path: PATH, sha256: 'saved', mode: 0o644, gid: 0, mayShrink: false }])
    const enforced: Software = { ...software, config: { path: PATH, isEnforced: true } }
    expect(filesOf({ software: enforced }, saves())).toMatchObject([{ sha256: 'startup' }])
    expect(filesOf({}, saves('srl'))).toMatchObject([{ sha256: 'startup' }])
  })

  it('is its license too, and nothing where nobody knows where it belongs', () => {
    expect(filesOf({ license: 'key' })).toMatchObject([{}, { path: '/license', sha256: 'license' }])
    expect(filesOf({ software: { get: ['x'] }, license: 'key' }, saves())).toEqual([])
    const { startupConfig: _, ...bare } = { ...labNodeSample('r1'), software, startupConfig: '' }
    expect(startFiles(bare, { intent: lab, assignment }, [])).toEqual([])
  })
})

describe('a template', () => {
  const values = { ShortName: 'r1', 'Env.A': 'x' }
  it('is filled in where there is a value', () => {
    expect(
      fillText('hostname {{ .ShortName }} {{.Env.A}} {{ .None }}\n{{ if .X }}', { values, mayShrink: false }),
    ).toBe('hostname r1 x {{ .None }}\n{{ if .X }}')
    expect(fillText('{{ .ShortName }}', { mayShrink: false })).toBe('{{ .ShortName }}')
  })
  it('of a kind loses the lines without one', () => {
    expect(
      fillText('hostname {{ .ShortName }}\nip {{ .None }}/{{ .ShortName }}\nend\n', { values, mayShrink: true }),
    ).toBe('hostname r1\nend\n')
  })
})
