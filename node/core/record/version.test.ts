import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareText, compareVersions, intentVersion, parseIntentVersion } from './version.ts'

const version = fc.array(fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom('a', 'b', '1')), { maxLength: 4 })

describe('versions', () => {
  it.each([
    [[1, 5, 'a'], [2, 1, 'a'], -1],
    [[2, 5, 'a'], [2, 10, 'a'], -1],
    [[2, 5, 'b'], [2, 5, 'a'], 1],
    [[2, 5, 'a'], [2, 5, 'a'], 0],
    [[9], ['1'], -1],
    [[1], [1, 0], -1],
    [[], [], 0],
  ] as const)('%j against %j is %i', (a, b, order) => expect(compareVersions(a, b)).toBe(order))

  it('have a total order', () => {
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(compareVersions(a, b) + compareVersions(b, a)).toBe(0)
        expect(compareVersions(a, b) === 0).toBe(JSON.stringify(a) === JSON.stringify(b))
        if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0)
          expect(compareVersions(a, c)).toBeLessThanOrEqual(0)
      }),
    )
  })

  it('of intents are read back from their text', () => {
    expect(intentVersion([3, 1_700_000_000_000, '12D3KooWabc'])).toBe('3.1700000000000.12D3KooWabc')
    expect(parseIntentVersion('3.1700000000000.12D3KooWabc')).toEqual([3, 1_700_000_000_000, '12D3KooWabc'])
    for (const text of ['', '1', '1.2', '1.2.', 'a.2.x', '1.2.x.y', '1.2.x y'])
      expect(parseIntentVersion(text)).toBeUndefined()
  })

  it('compare texts by code unit', () => {
    expect([compareText('B', 'a'), compareText('a', 'B'), compareText('a', 'a')]).toEqual([-1, 1, 0])
  })
})
