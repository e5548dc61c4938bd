import { isTerminal } from '#core/model/iperf.ts'
import type { Client } from './client.ts'
import { CommandFailed } from './failures.ts'
import type { CliIo } from './io.ts'
import type { ExerciseShape, LiveShape } from './iperf-shapes.ts'
import { liveText, progressText, testLine } from './iperf-text.ts'
import { waits } from './iperf-waits.ts'
import { plain } from './output.ts'

/** Between two looks; of a large exercise one more millisecond for each test, since all of them are told each time. */
const POLL_MS = 500
/** An agent that is started again answers within this. */
const ABSENCE_MS = 10_000

/** Returns to the start of the line and erases it, ECMA-48 §8.3.41. */
const ERASE = '\r\u001b[2K'

export interface Following {
  readonly client: Client
  readonly first: ExerciseShape
  readonly isJson: boolean
}

export interface Followed {
  readonly exercise: ExerciseShape
  /** Ctrl-C stopped it. */
  readonly isStopped: boolean
}

/**
 * Shows how an exercise goes on until it has ended. Ctrl-C stops it and waits for that; the second one ends the process, the exercise ends
 * by itself. Exit code 3 where the agent stays away.
 */
export async function follow(io: CliIo, { client, first, isJson }: Following): Promise<Followed> {
  const { id } = first
  const progress = createProgress(io, isJson)
  const caught = io.catchInterrupt()
  const never = new AbortController().signal
  let exercise = first
  let live: readonly LiveShape[] = []
  let isStopped = false
  try {
    for (;;) {
      progress.show(exercise, live)
      if (exercise.state === 'ended') return { exercise, isStopped }
      if (caught.signal.aborted && !isStopped) {
        isStopped = true
        caught.release()
        progress.say(`stopping exercise ${id}; what was measured is kept. Ctrl-C again leaves it to end by itself\n`)
        exercise = await patient(io, id, () => client.post<ExerciseShape>(`/v1/exercises/${id}/stop`, {}))
        continue
      }
      await io.sleep(POLL_MS + exercise.tests, isStopped ? never : caught.signal)
      exercise = await patient(io, id, () => client.get<ExerciseShape>(`/v1/exercises/${id}`))
      // Only a terminal has a line for it; a host that is older has no answer.
      if (io.isTty && !isJson) live = await client.get<readonly LiveShape[]>(`/v1/exercises/${id}/live`).catch(() => [])
      if (!isJson) progress.sayOnce(await patient(io, id, () => waits(client, exercise)))
    }
  } finally {
    caught.release()
    progress.end()
  }
}

/** Asks again while the agent is away, as long as one takes to start again. */
async function patient<T>(io: CliIo, id: number, ask: () => Promise<T>): Promise<T> {
  const sinceMs = io.nowMs()
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof CommandFailed) || error.exitCode !== 3) throw error
      if (io.nowMs() - sinceMs >= ABSENCE_MS) throw away(error, id)
      await io.sleep(POLL_MS, new AbortController().signal)
    }
  }
}

const away = ({ failure }: CommandFailed, id: number): CommandFailed =>
  new CommandFailed(
    {
      ...failure,
      message: `${failure.message}; exercise ${id} goes on between the hosts that are there`,
      hint: `Look from another host: \`skein iperf show ${id} --api https://HOST:8010\`.`,
    },
    3,
  )

interface Progress {
  show(exercise: ExerciseShape, live: readonly LiveShape[]): void
  /** A line that stays. */
  say(line: string): void
  /** Lines that stay, each but once. */
  sayOnce(lines: readonly string[]): void
  end(): void
}

/** Each test as it ends, on standard error; on a terminal below them one line that is written over. */
function createProgress(io: CliIo, isJson: boolean): Progress {
  const told = new Set<number>()
  const said = new Set<string>()
  let isOpen = false
  const write = (lines: string, status: string): void => {
    if (lines === '' && status === '') return
    io.err(`${isOpen ? ERASE : ''}${lines}${status}`)
    isOpen = status !== ''
  }
  return {
    show(exercise, live) {
      if (isJson) return
      const news = exercise.all.filter(({ id, state }) => isTerminal(state) && !told.has(id))
      for (const { id } of news) told.add(id)
      const lines = news.map((test) => `[${test.round + 1}/${exercise.rounds}] ${testLine(test)}\n`).join('')
      write(
        lines,
        io.isTty ? plain(`exercise ${exercise.id} ${exercise.state}: ${progressText(exercise)}${liveText(live)}`) : '',
      )
    },
    say: (line) => (isJson ? undefined : write(line, '')),
    sayOnce(lines) {
      const news = lines.filter((line) => !said.has(line))
      for (const line of news) said.add(line)
      write(news.join(''), '')
    },
    end() {
      if (isOpen) io.err(ERASE)
      isOpen = false
    },
  }
}
