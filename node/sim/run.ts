import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { play } from './scenario.ts'
import { makeSchedule } from './schedule.ts'

// `npm run sim -- --runs N --seed S` plays N seeded schedules and prints each that breaks an invariant, as a scenario that can be played again:
// `npm run sim -- --play FILE`.

const USAGE = 'usage: npm run sim -- [--runs N] [--seed S] | --play FILE'
const TAIL_LINES = 60

/** Plays one scenario of a file and prints its transcript. Returns how many invariants broke. */
function playFile(file: string): number {
  const { transcript, violation } = play(readFileSync(file, 'utf8'))
  console.log(transcript.join('\n'))
  return violation === null ? 0 : 1
}

/** Plays `runs` schedules from the seed `first` on. Returns how many broke an invariant. */
function playSchedules(runs: number, first: number): number {
  let failed = 0
  for (let seed = first; seed < first + runs; seed++) {
    const scenario = makeSchedule(seed)
    const { transcript, violation } = play(scenario)
    if (violation === null) continue
    failed++
    console.log(`seed ${seed}: ${violation}\n\n${scenario}\n${transcript.slice(-TAIL_LINES).join('\n')}\n`)
  }
  console.log(`${runs} schedules, seeds ${first}–${first + runs - 1}: ${failed} with a violation`)
  return failed
}

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    play: { type: 'string' },
  },
})
const runs = Number(values.runs)
const seed = Number(values.seed)
if (!Number.isSafeInteger(runs) || !Number.isSafeInteger(seed) || runs < 1) {
  console.error(USAGE)
  process.exit(2)
}
process.exitCode = (values.play === undefined ? playSchedules(runs, seed) : playFile(values.play)) === 0 ? 0 : 1
