import { createServer } from 'node:net'

/** What a run of callers came to; values are the numbers they got. */
export interface Load {
  readonly latenciesMs: readonly number[]
  readonly values: readonly number[]
  readonly elapsedMs: number
}

/** One request of a caller, on the wall clock of this machine. */
export interface Op {
  readonly startMs: number
  readonly endMs: number
}

/** Three members that give out unique numbers to callers. */
export interface Giver {
  readonly name: string
  /** `callers` at each member, each asking for one number after the other. */
  load(callers: readonly number[], ms: number): Promise<Load>
}

export interface Cluster extends Giver {
  /** Ends the leader's process by SIGKILL and answers how long until the next success of a caller at another member, ms. */
  failover(): Promise<number>
  stop(): Promise<void>
}

/** Runs `callers` at once for `ms`, each one request after the other. */
export const runCallers = async (callers: number, ms: number, ask: () => Promise<number>): Promise<Load> => {
  const latenciesMs: number[] = []
  const values: number[] = []
  const beginMs = performance.now()
  const caller = async (): Promise<void> => {
    for (let startMs = performance.now(); startMs - beginMs < ms; startMs = performance.now()) {
      values.push(await ask())
      latenciesMs.push(performance.now() - startMs)
    }
  }
  await Promise.all(Array.from({ length: callers }, caller))
  return { latenciesMs, values, elapsedMs: performance.now() - beginMs }
}

/** Loads that ran at once. */
export const together = (loads: readonly Load[]): Load => ({
  latenciesMs: loads.flatMap(({ latenciesMs }) => latenciesMs),
  values: loads.flatMap(({ values }) => values),
  elapsedMs: Math.max(...loads.map(({ elapsedMs }) => elapsedMs)),
})

/** Loads that ran one after the other. */
export const inTurn = (loads: readonly Load[]): Load => ({
  ...together(loads),
  elapsedMs: loads.reduce((sum, { elapsedMs }) => sum + elapsedMs, 0),
})

/** Time from `killedMs` to the next success. An answer that was on its way already when the leader died is none. */
export const nextSuccess = (ops: readonly Op[], killedMs: number): number => {
  const next = ops.find(({ startMs, endMs }) => endMs > killedMs && (startMs >= killedMs || endMs - killedMs > 20))
  if (next === undefined) throw new Error('no success after the leader was killed')
  return next.endMs - killedMs
}

/** Wall clock with fractions of a millisecond. */
export const wallMs = (): number => performance.timeOrigin + performance.now()

/** Polls until the answer is not undefined and not false; rejects after the limit. */
export const until = async <T>(
  what: string,
  limitMs: number,
  ask: () => Promise<T | undefined | false>,
): Promise<T> => {
  for (const endMs = performance.now() + limitMs; performance.now() < endMs; ) {
    const answer = await ask().catch(() => undefined)
    if (answer !== undefined && answer !== false) return answer
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`${what}: not within ${limitMs / 1000} s`)
}

/** A TCP port that is free now. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
