import { expect, test } from 'vitest'
import type { Image, Op } from '#core/model/resource.ts'
import { imageId, lxdImageId } from '#core/model/resource-ids.ts'
import { createDockerImageDriver } from '#drivers/docker/driver.ts'
import { createLxdImageDriver } from '#drivers/lxd/driver.ts'
import { comingText } from './coming.ts'

const digest = `sha256:${'a'.repeat(64)}`
const create = (to: Image): Op<Image> => ({ type: 'create', to, reason: 'missing' })
const docker = { kind: 'image', id: imageId(digest), needs: [], name: 'frr:9', digest } as const
const lxd = { kind: 'image', provider: 'lxd', id: lxdImageId(digest), needs: [], name: 'deb', digest } as const
const options = { socket: '/s', isInstalled: () => true }

test.each([
  ['docker', docker, 'image frr:9', '/images/load?quiet=1'],
  ['LXD', lxd, 'LXD image deb', '/1.0/images'],
])('what another host gives is not pulled: %s', (_what, image, called, path) => {
  const driver = image === docker ? createDockerImageDriver(options) : createLxdImageDriver(options)
  const [step] = driver.steps([create(image)])
  const text = (givers: Readonly<Record<string, readonly string[]>>) =>
    comingText(step?.ops ?? [], step?.commands ?? [], { givers, self: 'h1' })
  expect(text({ [digest]: ['h1', 'h2', 'h3'] })).toEqual([
    { request: `the parts of ${called} (sha256:aaaaaaaaaaaa) from h2 or h3` },
    { request: `POST ${path} on /s` },
  ])
  expect(text({ [digest]: ['h1'] })).toBeUndefined()
  expect(text({})).toBeUndefined()
})
