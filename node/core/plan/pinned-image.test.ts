import { expect, test } from 'vitest'
import type { Image, Resource } from '../model/resource.ts'
import { imageId } from '../model/resource-ids.ts'
import { desired } from './desired.ts'
import { assign, onFirstHost } from './testdata/host.ts'
import { labNode, sampleLab } from './testdata/lab.ts'

const A = `sha256:${'a'.repeat(64)}`
const B = `sha256:${'b'.repeat(64)}`
const seenAs = (name: string, digest: string): Image => ({ kind: 'image', id: imageId(name), needs: [], name, digest })

const wanted = (seen: readonly Resource[], pull?: 'always' | 'never') => {
  const bare = sampleLab('lab', [labNode('n', { image: 'x', ...(pull === undefined ? {} : { pull }) })], [])
  const intent = { ...bare, images: { x: A } }
  const all = desired(onFirstHost([{ intent, assignment: assign(intent, { n: 1 }) }], { seen }))
  const image = all.find((one) => one.kind === 'image')
  const workload = all.find((one) => one.kind === 'workload')
  return {
    image: image?.kind === 'image' ? [image.id, image.digest, image.mayFetch] : undefined,
    made: workload?.kind === 'workload' ? [workload.imageDigest, workload.spec.image] : undefined,
    hash: workload?.kind === 'workload' ? workload.specHash : undefined,
    needs: workload?.needs,
  }
}

test('a node runs the image of its lab: by name where the name stands for it, else by its digest', () => {
  const absent = wanted([])
  expect(absent).toMatchObject({ image: [imageId(A), A, undefined], made: [A, 'x'], needs: [imageId(A)] })
  const other = wanted([seenAs('x', B)])
  expect(other).toMatchObject({ image: [imageId(A), A, false], made: [A, 'x'] })
  const same = wanted([seenAs('x', A), seenAs(A, A)])
  expect(same).toMatchObject({ image: [imageId('x'), undefined, undefined], made: [undefined, 'x'] })
  expect(new Set([absent, other, same].map(({ hash }) => hash)).size).toBe(1)
})

test('a node that says where its image comes from has what the name stands for', () => {
  expect(wanted([seenAs('x', B)], 'never')).toMatchObject({ image: [imageId('x'), undefined, false] })
  expect(wanted([], 'always')).toMatchObject({ image: [imageId('x'), undefined, undefined] })
})
