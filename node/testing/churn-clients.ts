import { setTimeout as pause } from 'node:timers/promises'
import { MeshError } from '#core/model/errors.ts'
import type { Random } from '../sim/random.ts'
import type { Answer, Call, Operation } from './linearizable.ts'
import type { Testbed } from './testbed.ts'

const SOCKET = '/run/skein/skein.sock'
/** Longer than the agent itself waits for a majority. */
const CALL_MS = 20_000
/** Between two calls of one client, so that many clients leave the machine time for what they test. */
const PAUSE_MS = [50, 300] as const
/** How often a call is about an owner that all clients use, so that some calls of one owner overlap. */
const SHARED = 0.15
/** All move on to another after so many calls of any kind: calls without an answer stay open, and each doubles what the checker tries. */
const SHARED_FOR = 60
/** Calls, each to any host, until one that must be answered is given up. */
const MAX_TRIES = 50
/** Owners a client holds numbers for at most. */
const MAX_HELD = 6

export interface ClientOptions {
  readonly name: string
  readonly bed: Testbed
  readonly random: Random
  /** Each operation is put here when it is over. */
  readonly history: Operation[]
  /** Between two calls, at least and at most. */
  readonly pauseMs?: readonly [number, number]
}

/** One caller of the API, from outside the hosts; it goes from host to host. */
export interface Client {
  /** Reserves and frees until told to stop; resolves after its last call. Rejects with an answer that nothing explains. */
  run(isOver: () => boolean): Promise<void>
  /** Frees what these owners have; resolves when each call was answered. */
  freeAll(owners: readonly string[]): Promise<void>
}

export const createClient = ({ name, bed, random, history, pauseMs = PAUSE_MS }: ClientOptions): Client => {
  const held: string[] = []
  let count = 0
  /** Records what came of a call; undefined where it never reached an agent, or nobody knows whether it was carried out. */
  const call = async (host: string, op: Call): Promise<Answer | undefined> => {
    const isThere = await bed.pid(host).then(
      () => true,
      () => false,
    )
    if (!isThere) return undefined
    const invokedMs = performance.now()
    const outcome = await ask(bed, host, op)
    if (outcome.type === 'not-sent') return undefined
    const result = outcome.type === 'answered' ? outcome.answer : null
    history.push({ client: name, op, invokedMs, returnedMs: result === null ? null : performance.now(), result })
    return result ?? undefined
  }
  const next = (): Call => {
    const free = held.length > 0 && random.chance(held.length / MAX_HELD)
    if (free) return { type: 'free', owner: held.splice(random.whole(0, held.length - 1), 1)[0] ?? '' }
    if (random.chance(SHARED)) {
      const owner = `shared/${Math.floor(history.length / SHARED_FOR)}`
      return random.chance(0.5) ? { type: 'free', owner } : { type: 'reserve', owner, pool: 'vni', count: 2 }
    }
    count += 1
    const owner = `${name}/${count}`
    held.push(owner)
    const pool = random.chance(0.7) ? 'vni' : `port/${random.pick(bed.hosts)}`
    return { type: 'reserve', owner, pool, count: random.whole(1, 3) }
  }
  return {
    run: async (isOver) => {
      while (!isOver()) {
        const op = next()
        // What was not answered is asked again, often on another host: a lost answer must not become a second number.
        for (let tries = 0; tries < 3 && !isOver(); tries += 1) {
          if ((await call(random.pick(bed.hosts), op)) !== undefined) break
          await pause(random.between(...pauseMs))
        }
        await pause(random.between(...pauseMs))
      }
    },
    freeAll: async (owners) => {
      for (const owner of owners) {
        let answer: Answer | undefined
        for (let tries = 0; tries < MAX_TRIES && answer === undefined; tries += 1)
          answer = await call(random.pick(bed.hosts), { type: 'free', owner })
        if (answer === undefined) throw new Error(`${owner} could not be freed`)
      }
    },
  }
}

type Outcome =
  | { readonly type: 'answered'; readonly answer: Answer }
  /** It may have been carried out, may yet be, or never will. */
  | { readonly type: 'unknown' }
  | { readonly type: 'not-sent' }

/** Refusals after which the log may still carry the call out. */
const UNSURE: ReadonlySet<string> = new Set(['NO_QUORUM', 'TIMEOUT', 'UNREACHABLE', 'NOT_LEADER', 'INTERNAL'])

const ask = async (bed: Testbed, host: string, op: Call): Promise<Outcome> => {
  let reply: { readonly code: number; readonly stdout: string }
  try {
    reply = await bed.exec(host).run({ socket: SOCKET, ...requestOf(op), okStatus: ANY_STATUS, timeoutMs: CALL_MS })
  } catch (error) {
    return error instanceof MeshError && error.code === 'TOOL_MISSING' ? { type: 'not-sent' } : { type: 'unknown' }
  }
  const body = JSON.parse(reply.stdout === '' ? '{}' : reply.stdout) as Record<string, unknown>
  if (reply.code < 300) return { type: 'answered', answer: answerOf(body) }
  if (body.error === 'POOL_EXHAUSTED') return { type: 'answered', answer: { type: 'refused', code: body.error } }
  if (typeof body.error === 'string' && UNSURE.has(body.error)) return { type: 'unknown' }
  throw new Error(`${host} answered ${reply.code} to ${JSON.stringify(op)}: ${reply.stdout}`)
}

const ANY_STATUS = Array.from({ length: 500 }, (_, at) => 100 + at)

const requestOf = (op: Call) => {
  if (op.type === 'free') return { method: 'DELETE', path: `/v1/allocations/${encodeURIComponent(op.owner)}` } as const
  if (op.type === 'list') return { method: 'GET', path: '/v1/allocations' } as const
  const [pool = '', host] = (op.pool ?? 'vni').split('/')
  const body = { pool, owner: op.owner, count: op.count ?? 1, ...(host === undefined ? {} : { host }) }
  return { method: 'POST', path: '/v1/allocations', body } as const
}

const answerOf = (body: Record<string, unknown>): Answer => {
  if (Array.isArray(body.values)) return { type: 'numbers', values: body.values as number[] }
  if (typeof body.freed === 'number') return { type: 'freed', count: body.freed }
  throw new Error(`no such answer was agreed on: ${JSON.stringify(body)}`)
}
