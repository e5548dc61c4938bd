import { expect, test } from 'vitest'
import { readVersion } from '#platform/host-facts.ts'
import manifest from '../package.json' with { type: 'json' }

test('version.json is the one source: package.json says the same', () => {
  expect(manifest.version).toBe(readVersion().version)
})
