import { advance, decodeCursor, encodeCursor, type FeedCursor, isAfter } from '#core/feed/cursor.ts'
import type { Client } from './client.ts'
import type { Context } from './context.ts'
import { CommandFailed } from './failures.ts'
import type { EventShape } from './shapes.ts'

export interface FollowDeps {
  readonly client: Client
  /** Filters, and how much of the past. */
  readonly query: URLSearchParams
  onEvent(event: EventShape): void
}

/** Three times what the agent lets pass between two lines. */
const IDLE_MS = 15_000
const RETRY_MS = 500

/** How far a reader is: where the agent said it stood, and what was shown since. */
interface Reading {
  at: FeedCursor | undefined
}

/**
 * Hands out events until Ctrl-C, then ends with 130. An agent that goes away is asked again, for ever, from where it was: nothing is shown
 * twice or left out. Rejects where it cannot be reached at first, or refuses.
 */
export async function followEvents(context: Context, deps: FollowDeps): Promise<void> {
  const { io } = context
  const { signal, release } = io.catchInterrupt()
  const reading: Reading = { at: undefined }
  let isAway = false
  const onLine = (line: unknown): void => {
    if (isAway) io.err('the agent answers again; nothing was left out\n')
    isAway = false
    read(reading, line, deps.onEvent)
  }
  try {
    while (!signal.aborted) {
      const failure = await once(deps, { reading, signal, onLine })
      if (signal.aborted) break
      if (failure !== undefined && (reading.at === undefined || failure.exitCode !== 3)) throw failure
      if (!isAway) io.err('the agent does not answer; asking again until it does\n')
      isAway = true
      await io.sleep(RETRY_MS, signal)
    }
  } finally {
    release()
  }
  context.exitCode = 130
}

interface Try {
  readonly reading: Reading
  readonly signal: AbortSignal
  onLine(line: unknown): void
}

async function once(
  { client, query }: FollowDeps,
  { reading, signal, onLine }: Try,
): Promise<CommandFailed | undefined> {
  const params = new URLSearchParams(query)
  if (reading.at !== undefined) {
    params.set('since', encodeCursor(reading.at))
    params.delete('ageMs')
  }
  try {
    await client.lines(`/v1/events/follow?${params}`, onLine, { signal, idleMs: IDLE_MS })
    return undefined
  } catch (error) {
    if (signal.aborted) return undefined
    if (error instanceof CommandFailed) return error
    throw error
  }
}

function read(reading: Reading, line: unknown, onEvent: FollowDeps['onEvent']): void {
  const { event, cursor } = (line ?? {}) as { readonly event?: EventShape; readonly cursor?: string }
  if (cursor !== undefined) reading.at = decodeCursor(cursor) ?? reading.at
  if (event === undefined || (reading.at !== undefined && !isAfter(reading.at, event))) return
  if (reading.at !== undefined) reading.at = advance(reading.at, event)
  onEvent(event)
}
