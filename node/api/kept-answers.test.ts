import { beforeEach, describe, expect, test } from 'vitest'
import { type Found, KEPT_MS, KeptAnswers, MAX_KEYS } from './kept-answers.ts'

let nowMs: number
let answers: KeptAnswers
beforeEach(() => {
  nowMs = 1_000
  answers = new KeptAnswers({ monotonicMs: () => nowMs })
})

const kept = (text: string) => ({ status: 200, type: 'application/json', text })
const begin = (owner: string, key: string, print = 'p'): Found => answers.begin(owner, key, print)
const done = (owner: string, key: string, text = 'x'): void => {
  const found = begin(owner, key)
  if (found.type !== 'new') throw new Error('it was there')
  found.settle(kept(text))
}

describe('kept answers', () => {
  test('are given to the same request, also while it is under way', async () => {
    const first = begin('a', 'k')
    const second = begin('a', 'k')
    if (first.type !== 'new' || second.type !== 'same') throw new Error('wrong')
    first.settle(kept('hello'))
    expect(await second.answer).toEqual(kept('hello'))
    expect(begin('a', 'k', 'other')).toEqual({ type: 'other' })
    expect(begin('b', 'k', 'other').type).toBe('new')
  })

  test('of what may be tried again are not kept', async () => {
    const first = begin('a', 'k')
    const second = begin('a', 'k')
    if (first.type !== 'new' || second.type !== 'same') throw new Error('wrong')
    first.settle(undefined)
    expect(await second.answer).toBeUndefined()
    expect(begin('a', 'k').type).toBe('new')
  })

  test('are forgotten after a day', () => {
    done('a', 'k')
    nowMs += KEPT_MS - 1
    expect(begin('a', 'k').type).toBe('same')
    nowMs += 1
    expect(begin('a', 'k').type).toBe('new')
  })

  test('of one actor push out no others', () => {
    done('b', 'k')
    for (let key = 0; key <= MAX_KEYS.actor; key += 1) done('a', `${key}`)
    expect(begin('a', '0').type).toBe('new')
    expect(begin('a', '2').type).toBe('same')
    expect(begin('b', 'k').type).toBe('same')
  })

  test('take no more memory than they may', () => {
    for (let key = 0; key < 20; key += 1) done('a', `${key}`, 'x'.repeat(1024 * 1024))
    expect(begin('a', '11').type).toBe('new')
    expect(begin('a', '19').type).toBe('same')
  })
})
