import { Cron } from 'croner'

/** Names, numbers, lists, ranges and steps: croner knows times of one day besides, which come once. */
const CRONTAB = /^(@[a-z]+|[\dA-Za-z*,/-]+(\s+[\dA-Za-z*,/-]+){4})$/

/** When something is to happen again and again, in UTC. */
export interface CronLine {
  /** The first time after `afterMs`, wall clock; undefined where there is none. */
  nextMs(afterMs: number): number | undefined
  /** The newest time before `beforeMs`. */
  lastMs(beforeMs: number): number | undefined
}

/** Reads a line of crontab(5): five fields, or a nickname such as `@daily`. A text says what is wrong with it. */
export const parseCron = (text: string): CronLine | string => {
  const line = text.trim()
  if (!CRONTAB.test(line))
    return `cron \`${line}\` is no line of crontab(5): minute hour day month weekday, as \`0 3 * * *\``
  try {
    const cron = new Cron(line, { timezone: 'UTC', mode: '5-part' })
    return {
      nextMs: (afterMs) => cron.nextRun(new Date(afterMs))?.getTime(),
      lastMs: (beforeMs) => cron.previousRuns(1, new Date(beforeMs))[0]?.getTime(),
    }
  } catch (error) {
    const said = error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error)
    return `cron \`${line}\` cannot be read: ${said}`
  }
}
