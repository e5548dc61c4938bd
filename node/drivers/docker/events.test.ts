import { expect, test } from 'vitest'
import { containerSource, imageSource } from './events.ts'

/** Printed by docker 20.10 for a container with our label. */
const STARTED =
  '{"status":"start","id":"0e7a","from":"bb:1","Type":"container","Action":"start","Actor":{"ID":"0e7a","Attributes":{"image":"bb:1","name":"c1","skein":"workload"}},"scope":"local","time":1795229796,"timeNano":1795229796434000000}'

test('asks the engine for containers with our mark only, and for images without', () => {
  const asked = [containerSource('/s'), imageSource('/s')].map(({ command }) =>
    'path' in command ? JSON.parse(new URLSearchParams(command.path.split('?')[1]).get('filters') ?? '') : undefined,
  )
  expect(asked[0]).toMatchObject({ type: ['container'], label: ['skein=workload'] })
  expect(asked[0].event).toEqual(expect.arrayContaining(['die', 'start', 'destroy', 'pause']))
  expect(asked[1]).toMatchObject({ type: ['image'], event: expect.arrayContaining(['load', 'tag']) })
  expect(asked[1]).not.toHaveProperty('label')
})

test.each([
  ['a start', STARTED, true],
  ['an end', STARTED.replaceAll('"start"', '"die"'), true],
  ['a command run in it', STARTED.replaceAll('"start"', '"exec_start: sh"'), false],
  ['no event', 'null', false],
  ['no JSON', 'oops', false],
])('%s: %s is told: %s', (_what, line, isTold) => {
  const source = containerSource('/s')
  expect(source.type === 'stream' && source.tells(line, [])).toBe(isTold)
})
