import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { FOLDER, scenario } from './playing.fixture.ts'
import { play } from './scenario.ts'
import { makeSchedule } from './schedule.ts'

describe('scenarios', () => {
  const names = readdirSync(FOLDER)
    .filter((file) => file.endsWith('.txt'))
    .map((file) => file.slice(0, -4))
  // Change an expected transcript only if you understand the change.
  test.each(names)('%s', async (name) => {
    const { transcript, violation } = play(scenario(name))
    expect(violation).toBeNull()
    await expect(`${transcript.join('\n')}\n`).toMatchFileSnapshot(join(FOLDER, `${name}.out`))
  })

  test('a mistake is told with its line', () => {
    expect(() => play('hosts a b\nrun 5')).toThrow("line 2: '5' is no duration")
    expect(() => play('hosts a b\nfly a')).toThrow("line 2: 'fly' is no step")
    expect(() => play('hosts a b\ncrash z')).toThrow("line 2: there is no host 'z'")
    expect(() => play('drift fast')).toThrow("line 1: 'fast' is no share")
  })
})

test('the same seed gives the same run', () => {
  expect(play(makeSchedule(11))).toEqual(play(makeSchedule(11)))
  expect(makeSchedule(11)).not.toEqual(makeSchedule(12))
})
