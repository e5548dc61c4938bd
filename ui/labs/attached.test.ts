import { expect, it } from 'vitest'
import { base64Of, readFiles } from './attached.ts'

it.each([0, 1, 2, 3, 0x8000, 0x8001, 100_000])('%i bytes are as they were', (length) => {
  const bytes = Uint8Array.from({ length }, (_, at) => (at * 31) % 256)
  expect(Uint8Array.from(atob(base64Of(bytes)), (char) => char.charCodeAt(0))).toEqual(bytes)
})

it('of what is dropped the YAML file is the topology, the others go along', async () => {
  const file = (name: string, text: string): File => Object.assign(new File([text], name), { webkitRelativePath: '' })
  const files = [file('r1.sh', '#!/bin/sh\n'), file('one.clab.yml', 'name: one'), file('more.yml', 'x')]
  const read = await readFiles(files, { wantsTopology: true })
  expect(read.topology).toEqual({ name: 'one.clab.yml', text: 'name: one' })
  expect(read.attached.map(({ path, mode, sizeBytes }) => [path, mode, sizeBytes])).toEqual([
    ['r1.sh', 0o755, 10],
    ['more.yml', 0o644, 1],
  ])
  expect((await readFiles(files, { wantsTopology: false })).attached).toHaveLength(3)
})
