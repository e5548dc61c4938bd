import { describe, expect, it } from 'vitest'
import { withFiles } from './intent.ts'
import { readTopology } from './read.ts'

const lab = (node: string) =>
  `name: l\ntopology:\n  nodes:\n    x: { kind: lxd, ${node} }\n    r1: { kind: linux, image: alpine:3 }\n  links:\n    - endpoints: ["x:eth1", "r1:eth1"]\n`
const read = (node: string) => readTopology({ text: lab(node) })
const file = (path: string) => ({ path, sha256: 'a'.repeat(64), sizeBytes: 1, mode: 0o644 })

describe('kind lxd', () => {
  it('is a node like others, by an alias or a fingerprint of LXD', () => {
    const { intent, problems } = read('image: debian/12, memory: 64mb, exec: ["ip addr"], host: h1, env: { A: b }')
    expect(problems).toEqual([])
    expect(intent?.nodes[0]).toMatchObject({
      kind: 'lxd',
      image: 'debian/12',
      host: 'h1',
      env: { A: 'b' },
      exec: [['ip', 'addr']],
    })
    expect(intent?.nodes[0]).not.toHaveProperty('imageFiles')
  })

  it.each([
    ['./images/bb.tar.gz', ['images/bb.tar.gz']],
    ['bb.tar.xz', ['bb.tar.xz']],
    [
      '../shared/meta.tar.xz+../shared/root.squashfs',
      ['.skein/up-1/shared/meta.tar.xz', '.skein/up-1/shared/root.squashfs'],
    ],
  ])('takes %s along with the lab', (image, paths) => {
    const { intent, problems, bindSources } = read(`image: "${image}"`)
    expect(problems).toEqual([])
    expect(bindSources.map(({ path }) => path)).toEqual(paths)
    if (intent === undefined) throw new Error('no intent')
    expect(intent.nodes[0]).toMatchObject({ imageFiles: paths })
    expect(withFiles(intent, paths.map(file)).intent?.files.map(({ path }) => path)).toEqual(paths)
    expect(withFiles(intent, []).problems).toHaveLength(paths.length)
  })

  it('says which keys have no effect, and what cannot be', () => {
    expect(read('image: bb, cmd: sleep 1, shm-size: 1g').problems).toMatchObject([
      {
        severity: 'warning',
        message: 'without effect on `x`: `cmd`, `shm-size`; an LXD instance runs what its image starts',
      },
    ])
    expect(read('image: bb, network-mode: host').problems).toContainEqual(
      expect.objectContaining({ severity: 'error', code: 'CONFLICT' }),
    )
    expect(read('image: /usr/share/x.tar').problems).toMatchObject([{ severity: 'error', code: 'BAD_VALUE', line: 4 }])
    expect(read('cpu: 1').problems).toMatchObject([{ severity: 'error', code: 'MISSING' }])
  })

  it('leaves other kinds the names of registries', () => {
    const { problems } = readTopology({
      text: 'name: l\ntopology:\n  nodes:\n    r1: { kind: linux, image: ./bb.tar }\n',
    })
    expect(problems).toMatchObject([
      { severity: 'error', message: '`image` cannot be `./bb.tar`; write it as in `alpine:3`' },
    ])
  })
})
