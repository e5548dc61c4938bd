import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { play } from './scenario.ts'
import { makeSchedule } from './schedule.ts'
import type { Parts } from './setup.ts'

/** Where the text scenarios and their transcripts are. */
export const FOLDER = join(import.meta.dirname, 'scenarios')

/** A text scenario by name. */
export const scenario = (name: string): string => readFileSync(join(FOLDER, `${name}.txt`), 'utf8')

/** The first of the schedules from a seed on (1 unless told) that breaks an invariant, as text; null where none does. */
export function firstViolation(seeds: number, parts?: Parts, first = 1): string | null {
  for (let seed = first; seed < first + seeds; seed++) {
    const text = makeSchedule(seed)
    const { transcript, violation } = play(text, parts)
    if (violation !== null) return [`seed ${seed}: ${violation}`, text, ...transcript.slice(-40)].join('\n')
  }
  return null
}
