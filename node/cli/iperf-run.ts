import type { Command } from 'commander'
import { missed, parseExpect } from '#core/iperf/expect.ts'
import type { ExerciseAsk } from '#core/model/iperf.ts'
import type { Client } from './client.ts'
import { type Context, isJson, show } from './context.ts'
import { badUsage, CommandFailed } from './failures.ts'
import { type Followed, follow } from './iperf-follow.ts'
import { exerciseText } from './iperf-matrix-text.ts'
import type { ExerciseShape, PlanShape, ScheduleRow } from './iperf-shapes.ts'
import { countText, planText, secondsText, stateText } from './iperf-text.ts'
import { plain } from './output.ts'

/** What takes longer is not begun without asking. */
const ASK_ABOVE_S = 120

/** How a command that measures goes about it. */
export interface RunOptions {
  readonly name?: string
  readonly schedule?: string
  readonly scheduleName?: string
  readonly expect?: string
  /** False with `--no-wait`. */
  readonly wait: boolean
  readonly yes?: true
}

interface Running {
  readonly client: Client
  readonly ask: ExerciseAsk
  readonly options: RunOptions
}

/**
 * Plans, asks where it takes long, measures and shows what came of it; or makes a schedule of it. Rejects with exit code 1 where a test did
 * not succeed or `--expect` is missed, 130 after Ctrl-C.
 */
export async function measure(context: Context, command: Command, { client, ask, options }: Running): Promise<void> {
  const expectation = expectationOf(options, ask)
  if (options.scheduleName !== undefined && options.schedule === undefined)
    throw badUsage('--schedule-name is of a schedule, and there is none', "Add --schedule '0 3 * * *', or use --name.")
  const plan = await client.post<PlanShape>('/v1/exercises/plan', ask)
  if (!isJson(command)) context.io.err(planText(plan))
  if (options.schedule !== undefined) return schedule(context, command, { client, ask, options })
  if (!isJson(command) && options.yes !== true) await confirm(context, plan)
  const first = await client.post<ExerciseShape>('/v1/exercises', { ...ask, start: true })
  const { id } = first
  if (!options.wait) {
    const text = () => `exercise ${id} has begun; look with \`skein iperf show ${id}\`\n`
    return show(context, command, { value: first, text })
  }
  const followed = await follow(context.io, { client, first, isJson: isJson(command) })
  await show(context, command, { value: followed.exercise, text: exerciseText })
  const missing = expectation === undefined ? [] : missedBy(followed.exercise, expectation)
  const failure = failureOf(followed, missing, options.expect ?? '')
  if (failure !== undefined) throw failure
}

type Expectation = Extract<ReturnType<typeof parseExpect>, { type: 'expect' }>

/** Bad usage where it is none, or nobody waits for what it is about. */
function expectationOf({ expect, wait, schedule }: RunOptions, { params }: ExerciseAsk): Expectation | undefined {
  if (expect === undefined) return undefined
  const read = parseExpect(expect)
  if (read.type === 'problem') throw badUsage(read.message, "Write it as --expect '>500M'.")
  if (!wait || schedule !== undefined)
    throw badUsage('--expect needs the results, and nothing waits for them', 'Leave out --no-wait and --schedule.')
  if (params?.tool === 'ping') throw badUsage('--expect is about rates, and --ping measures none', 'Leave one out.')
  return read
}

async function confirm({ io }: Context, { estimatedS }: PlanShape): Promise<void> {
  if (estimatedS <= ASK_ABOVE_S || !io.canAsk) return
  const answer = await io.ask(`Measure for about ${secondsText(estimatedS)}? [y/N] `)
  if (/^y(es)?$/i.test(answer.trim())) return
  throw badUsage('nothing was measured', 'Answer y, or give --yes.')
}

/** What each test that missed it missed, in either direction; of tests that did not succeed that is told anyway. */
const missedBy = ({ all }: ExerciseShape, expectation: Expectation): readonly (readonly string[])[] =>
  all
    .filter(({ state }) => state === 'succeeded')
    .map(({ source, destination, result }) => {
      const there = { source, destination, receivedBps: result?.receivedBps ?? null }
      const back = result?.back && { source: destination, destination: source, receivedBps: result.back.receivedBps }
      return missed(expectation, back === undefined ? [there] : [there, back]).map(({ text }) => text)
    })
    .filter((lines) => lines.length > 0)

/** Of an exercise that ended: that it was stopped, that tests did not succeed, that an expectation was missed. */
function failureOf({ exercise, isStopped }: Followed, missing: readonly (readonly string[])[], expect: string) {
  const { id, all } = exercise
  const bad = all.filter(({ state }) => state !== 'succeeded')
  if (isStopped) {
    const message = `interrupted: exercise ${id} was stopped`
    const hint = `What was measured so far is kept: \`skein iperf results ${id}\`.`
    return new CommandFailed({ error: 'INTERRUPTED', message, hint, details: {} }, 130)
  }
  if (bad.length === 0 && missing.length === 0) return undefined
  const told = bad.map(
    ({ source, destination, state, error }) =>
      `${source} → ${destination}: ${stateText(state)}${error === undefined ? '' : `: ${error}`}`,
  )
  const parts = [
    ...(bad.length === 0 ? [] : [`${bad.length} of ${countText(all.length, 'test')} did not succeed`]),
    ...(missing.length === 0 ? [] : [`${missing.length} of ${countText(all.length, 'test')} missed ${expect}`]),
  ]
  const error = bad.length === 0 ? 'EXPECT_MISSED' : 'TEST_FAILED'
  const hint = `Look with \`skein iperf tasks --exercise ${id}\` and \`skein iperf results ${id}\`.`
  return new CommandFailed(
    { error, message: parts.join('; '), hint, details: { faults: [...told, ...missing.flat()] } },
    1,
  )
}

async function schedule(context: Context, command: Command, { client, ask, options }: Running): Promise<void> {
  const { schedule: cron = '', scheduleName, name } = options
  const called = scheduleName ?? nameFor(name ?? whatOf(ask))
  const value = await setSchedule(client, called, { cron, ask })
  await show(context, command, { value, text: (row) => scheduledText(row, context.io.wallMs()) })
}

/** `mesh`, or the ends of the first pair. */
const whatOf = ({ shape, pairs = [] }: ExerciseAsk): string =>
  shape === 'mesh' ? 'mesh' : (pairs[0] ?? ['pairs']).join('-')

/** With dashes for what a name cannot hold. */
const nameFor = (text: string): string =>
  text
    .replace(/[^A-Za-z0-9]+/g, '-')
    .slice(0, 60)
    .replace(/^-|-$/g, '')

/** Makes a schedule, or changes the one of that name. */
export const setSchedule = (
  client: Client,
  name: string,
  { cron, ask: { name: _exercise, ...ask } }: { readonly cron: string; readonly ask: ExerciseAsk },
): Promise<ScheduleRow> => client.put<ScheduleRow>(`/v1/iperf/schedules/${encodeURIComponent(name)}`, { cron, ...ask })

/** What was made, and when it begins. */
export function scheduledText({ name, cron, nextMs }: ScheduleRow, nowMs: number): string {
  const next =
    nextMs === null ? 'it never begins' : `it begins next in ${secondsText(Math.max(0, nextMs - nowMs) / 1000)}`
  return plain(`schedule ${name}: ${cron} (UTC); ${next}\n`)
}
