import { describe, expect, it } from 'vitest'
import { lxdImageSample } from '#testing/samples.ts'
import type { LabFile, LabNode } from '../model/lab.ts'
import type { Image } from '../model/resource.ts'
import { desired } from './desired.ts'
import { assign, onFirstHost } from './testdata/host.ts'
import { labNode, sampleLab } from './testdata/lab.ts'

const file = (path: string, digit: string): LabFile => ({ path, sha256: digit.repeat(64), sizeBytes: 1, mode: 0o644 })

interface Circumstances {
  readonly seen: readonly Image[]
  readonly images: Readonly<Record<string, string>>
}

const wantedOf = (
  node: LabNode,
  files: readonly LabFile[] = [],
  { seen, images }: Circumstances = { seen: [], images: {} },
) => {
  const intent = { ...sampleLab('one', [node], []), files, images }
  const all = desired(onFirstHost([{ intent, assignment: assign(intent, { [node.name]: 1 }) }], { seen }))
  const workload = all.find((resource) => resource.kind === 'workload')
  const image = all.find((resource) => resource.kind === 'image')
  if (workload?.kind !== 'workload' || image?.kind !== 'image') throw new Error('nothing is wanted')
  return { workload, image }
}

const lxd = (more: Partial<LabNode> = {}) => labNode('x', { kind: 'lxd', image: 'bb', ...more })

describe('an LXD node', () => {
  it('is a workload of LXD on an image of LXD', () => {
    const { workload, image } = wantedOf(lxd())
    expect(workload).toMatchObject({ provider: 'lxd', needs: ['lxd-image/bb'], spec: { image: 'bb' } })
    expect(image).toMatchObject({ provider: 'lxd', id: 'lxd-image/bb', name: 'bb' })
    expect(image).not.toHaveProperty('files')
  })

  it.each([
    ['comes by its content where the name is not here', undefined, 'a', ['lxd-image/sha256:', 'a']],
    ['and where the name stands for another', 'b', 'a', ['lxd-image/sha256:', 'a']],
    ['is meant by name where that stands for it', 'a', 'a', ['lxd-image/bb', '']],
  ])('whose lab runs one image %s', (_what, here, pin, [id = '', digit = '']) => {
    const digest = (digit: string): string => `sha256:${digit.repeat(64)}`
    const seen = here === undefined ? [] : [lxdImageSample('bb', digest(here))]
    const { image, workload } = wantedOf(lxd(), [], { seen, images: { 'LXD image bb': digest(pin), bb: digest('c') } })
    const expected = digit === '' ? undefined : digest(digit)
    expect(image).toMatchObject({ id: `${id}${digit.repeat(64)}`, name: 'bb' })
    expect([image.digest, workload.imageDigest]).toEqual([expected, expected])
    expect(workload.needs).toContain(image.id)
    expect(wantedOf(lxd({ pull: 'never' }), [], { seen: [], images: { 'LXD image bb': digest(pin) } }).image.id).toBe(
      'lxd-image/bb',
    )
  })

  it('of files is one of their content: other content makes it again, another name of the file does not', () => {
    const of = (path: string, digit: string) =>
      wantedOf(lxd({ image: `./${path}`, imageFiles: [path] }), [file(path, digit)])
    const { workload, image } = of('bb.tar', 'a')
    expect(image).toMatchObject({
      name: `sha256:${'a'.repeat(64)}`,
      files: [expect.stringMatching(/\/files\/bb\.tar$/)],
    })
    expect(workload.needs).toContain(image.id)
    expect(of('other.tar', 'a').workload.specHash).toBe(workload.specHash)
    expect(of('bb.tar', 'b').workload.specHash).not.toBe(workload.specHash)
  })

  it('of two files is named by both', () => {
    const files = [file('meta', 'a'), file('root', 'b')]
    const { image } = wantedOf(lxd({ imageFiles: ['meta', 'root'] }), files)
    expect(image.name).toBe(`sha256:${'a'.repeat(64)}+${'b'.repeat(64)}`)
  })

  it('is not mixed up with a container', () => {
    const { workload, image } = wantedOf(labNode('x', { image: 'bb' }))
    expect([workload.provider, image.id, image.provider]).toEqual(['docker', 'image/bb', undefined])
  })
})
