import { describe, expect, test } from 'vitest'
import { scenario } from './playing.fixture.ts'
import { play } from './scenario.ts'

// Random crashes may miss the one place that matters: here every host loses power after each of its effects, once, and is back soon.

/** The scenario with a crash of one host after its `at`th effect; what else it says still happens. */
function withCrash(text: string, host: string, at: number): string {
  const lines = text.split('\n')
  const firstStep = lines.findIndex((line) => /^(skip|run|call)/.test(line))
  return [...lines.slice(0, firstStep), `crash ${host} after ${at} back 700ms`, ...lines.slice(firstStep)].join('\n')
}

describe('power lost after every single effect', () => {
  test.each([
    'election',
    'membership',
    'snapshot',
    'transfer',
    'allocation',
    'figure-8',
    'lost-connection',
    'recovery',
  ])('of %s', (name) => {
    const text = scenario(name)
    const failures: string[] = []
    let crashed = 0
    for (const [host, effects] of play(text).effects) {
      for (let at = 1; at <= effects; at++) {
        const { violation, transcript } = play(withCrash(text, host, at))
        if (transcript.some((line) => line.endsWith(` ${host} loses power`))) crashed++
        if (violation !== null) failures.push(`${host} after ${at}: ${violation}`)
      }
    }
    expect(failures).toEqual([])
    expect(crashed).toBeGreaterThan(30)
  })
})
