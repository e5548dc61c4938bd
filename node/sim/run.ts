import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import type { Batch, Failure } from './batch.ts'
import { Counts, KINDS, type Kind } from './counts.ts'
import { play } from './scenario.ts'

// `npm run sim -- --runs N --seed S --jobs J` plays N seeded schedules in J threads and prints each that breaks an invariant, as a
// scenario that can be played again: `npm run sim -- --play FILE`.

const USAGE = 'usage: npm run sim -- [--runs N] [--seed S] [--jobs J] | --play FILE'

/** Plays one scenario of a file and prints its transcript. Returns how many invariants broke. */
function playFile(file: string): number {
  const { transcript, violation } = play(readFileSync(file, 'utf8'))
  console.log(transcript.join('\n'))
  return violation === null ? 0 : 1
}

type Told =
  | { readonly type: 'failure'; readonly failure: Failure }
  | { readonly type: 'done'; readonly counts: Record<Kind, number> }

function playInThread(batch: Batch, onFailure: (failure: Failure) => void): Promise<Record<Kind, number>> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./run-worker.ts', import.meta.url), { workerData: batch })
    worker.on('error', reject)
    worker.on('message', (told: Told) => {
      if (told.type === 'failure') onFailure(told.failure)
      else resolve(told.counts)
    })
  })
}

function printFailure({ seed, violation, scenario, tail }: Failure): void {
  console.log(`seed ${seed}: ${violation}\n\n${scenario}\n${tail.join('\n')}\n`)
}

/** Plays `runs` schedules from the seed `first` on. Returns how many broke an invariant. */
async function playSchedules(runs: number, first: number, jobs: number): Promise<number> {
  let failed = 0
  const startMs = performance.now()
  const batches = Array.from({ length: jobs }, (_, i): Batch => {
    return { first: first + i, runs: Math.floor((runs - i + jobs - 1) / jobs), step: jobs }
  })
  const all = await Promise.all(
    batches.map((batch) =>
      playInThread(batch, (failure) => {
        failed++
        printFailure(failure)
      }),
    ),
  )
  const counts = new Counts()
  for (const one of all) counts.addAll(one)
  for (const kind of KINDS) console.log(`${String(counts.of(kind)).padStart(12)}  ${kind}`)
  const seconds = Math.round((performance.now() - startMs) / 1000)
  console.log(`${runs} schedules, seeds ${first}–${first + runs - 1}, ${seconds} s: ${failed} with a violation`)
  return failed
}

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '1' },
    play: { type: 'string' },
  },
})
const [runs, seed, jobs] = [values.runs, values.seed, values.jobs].map(Number)
const isCount = (value: number | undefined): value is number => Number.isSafeInteger(value) && Number(value) >= 1
if (!isCount(runs) || !isCount(seed) || !isCount(jobs)) {
  console.error(USAGE)
  process.exit(2)
}
const failed = values.play === undefined ? await playSchedules(runs, seed, jobs) : playFile(values.play)
process.exitCode = failed === 0 ? 0 : 1
