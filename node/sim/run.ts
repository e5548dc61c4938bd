import { parseArgs } from 'node:util'
import { play } from './scenario.ts'
import { makeSchedule } from './schedule.ts'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    show: { type: 'boolean', default: false },
  },
})
const runs = Number(values.runs)
const first = Number(values.seed)
if (!Number.isSafeInteger(runs) || !Number.isSafeInteger(first) || runs < 1) {
  console.error('usage: npm run sim -- [--runs N] [--seed S] [--show]')
  process.exit(2)
}

let failed = 0
for (let seed = first; seed < first + runs; seed++) {
  const scenario = makeSchedule(seed)
  const { transcript, violation } = play(scenario)
  if (values.show && runs === 1) console.log(transcript.join('\n'))
  if (violation === null) continue
  failed++
  console.log(`seed ${seed}: ${violation}\n\n${scenario}\n${transcript.slice(-40).join('\n')}\n`)
}
console.log(`${runs} schedules, seeds ${first}–${first + runs - 1}: ${failed} with a violation`)
process.exitCode = failed === 0 ? 0 : 1
