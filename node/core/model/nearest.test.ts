import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { didYouMean, editDistance, nearest } from './nearest.ts'

describe('the nearest word', () => {
  it.each([
    ['imgae', 'image'],
    ['Image', 'image'],
    ['bind', 'binds'],
    ['network_mode', 'network-mode'],
    ['xyz', undefined],
    ['x'.repeat(1000), undefined],
  ])('%s is near %s', (word, near) => {
    expect(nearest(word, ['kind', 'image', 'binds', 'network-mode'])).toBe(near)
  })

  it('becomes a question, or nothing', () => {
    expect(didYouMean('sokcet', ['socket', 'overlay'])).toBe(' Did you mean `socket`?')
    expect(didYouMean('banana', ['socket', 'overlay'])).toBe('')
  })
})

describe('the edit distance', () => {
  it.each([
    ['', 'abc', 3],
    ['abc', 'abc', 0],
    ['ab', 'ba', 1],
    ['kitten', 'sitting', 3],
  ])('of %j and %j is %i', (a, b, distance) => expect(editDistance(a, b)).toBe(distance))

  it('is the same both ways, and 0 only for equal words', () => {
    const check = (a: string, b: string): void => {
      expect(editDistance(a, b)).toBe(editDistance(b, a))
      expect(editDistance(a, b) === 0).toBe(a === b)
    }
    fc.assert(fc.property(fc.string(), fc.string(), check))
  })
})
