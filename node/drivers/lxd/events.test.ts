import { expect, test } from 'vitest'
import type { Resource } from '#core/model/resource.ts'
import { lifecycleSource } from './events.ts'

const seen = [{ kind: 'workload', provider: 'lxd', containerId: 'clab-l-r1' }] as unknown as readonly Resource[]

/** As LXD 5.0 tells it. */
const event = (action: string, source: string, context: object = {}): string =>
  JSON.stringify({
    type: 'lifecycle',
    timestamp: '2026-01-01T00:00:00Z',
    metadata: { action, source, context },
    location: 'none',
    project: 'default',
  })

test.each([
  ['a start of ours', event('instance-started', '/1.0/instances/clab-l-r1'), true],
  ['an end of ours', event('instance-shutdown', '/1.0/instances/clab-l-r1?project=default'), true],
  ['ours renamed', event('instance-renamed', '/1.0/instances/x', { old_name: 'clab-l-r1' }), true],
  ['one of others', event('instance-started', '/1.0/instances/web'), false],
  ['a command run in ours', event('instance-exec', '/1.0/instances/clab-l-r1'), false],
  ['an image', event('image-alias-created', '/1.0/images/aliases/bb'), true],
  [
    'another kind of event',
    event('instance-started', '/1.0/instances/clab-l-r1').replace('lifecycle', 'logging'),
    false,
  ],
  ['no event', 'null', false],
  ['no JSON', 'oops', false],
])('%s is told: %s', (_what, line, isTold) => {
  const source = lifecycleSource('/s')
  expect(source.type === 'stream' && source.tells(line, seen)).toBe(isTold)
})
