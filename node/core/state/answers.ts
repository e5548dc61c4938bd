import { type Table, textTable } from '../allocation/table.ts'
import type { CommandResult } from './commands.ts'

/** Answers given, so that a request that comes again gets the one it had. Two generations: when the young one is full it becomes the old. */
export interface Answers {
  readonly young: Table<string, CommandResult>
  readonly old: Table<string, CommandResult>
  /** When the young generation began. */
  readonly youngSinceMs: number
}

/** A generation is kept this long at least: callers wait 10 s for an answer and send their request again until then. */
const GENERATION_MS = 15_000
/** A generation holds this many at least, so that a mesh with little to do remembers for long. */
const MIN_GENERATION = 1024
/** A generation holds this many at most, whatever its age: a snapshot carries two of them. */
const MAX_GENERATION = 16_384

/** No answers yet. */
export const noAnswers = (nowMs: number): Answers => ({ young: textTable(), old: textTable(), youngSinceMs: nowMs })

/** The answer that request had, where it is remembered. */
export const answerOf = (answers: Answers, id: string): CommandResult | undefined =>
  answers.young.get(id) ?? answers.old.get(id)

/** The answers with one more, the oldest perhaps forgotten. */
export function withAnswer(
  answers: Answers,
  id: string,
  { result, nowMs }: { result: CommandResult; nowMs: number },
): Answers {
  const next = isFull(answers, nowMs)
    ? { young: textTable<CommandResult>(), old: answers.young, youngSinceMs: nowMs }
    : answers
  const young = next.young.clone()
  young.set(id, result)
  return { ...next, young }
}

const isFull = ({ young, youngSinceMs }: Answers, nowMs: number): boolean =>
  young.size >= MAX_GENERATION || (young.size >= MIN_GENERATION && nowMs - youngSinceMs >= GENERATION_MS)
