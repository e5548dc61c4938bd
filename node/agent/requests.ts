import { z } from 'zod'
import type { Engine } from '#core/engine/engine.ts'
import { MeshError } from '#core/model/errors.ts'
import type { HostId } from '#core/model/ids.ts'
import { own } from '#core/model/own.ts'
import type { Clock } from '#platform/clock.ts'
import type { Store } from '#store/index.ts'
import { allocationsHere } from './allocations.ts'
import type { LogPosition } from './log-position.ts'
import type { ExecResult } from './port.ts'

export interface RequestsOptions {
  readonly engine: Engine
  readonly clock: Clock
  readonly store: Pick<Store, 'getBlob' | 'hasBlob'>
  /** Lab nodes on this host. */
  nodesHere(): readonly { readonly lab: string; readonly node: string }[]
  /** How far the log of this host goes; null where it has none. */
  logPosition(): LogPosition | null
  execHere(lab: string, node: string, argv: readonly string[]): Promise<ExecResult>
}

const Heard = z.object({ host: z.string() })
const Blob = z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/) })
const Exec = z.object({ lab: z.string(), node: z.string(), argv: z.array(z.string()).min(1).max(1000) })

/** What other admitted hosts may ask of this one. */
export const createRequests = (
  options: RequestsOptions,
): ((from: HostId, name: string, body: unknown) => Promise<unknown>) => {
  const handlers: Readonly<Record<string, (body: unknown, from: HostId) => Promise<unknown>>> = {
    heard: async (body) => heardAgoMs(options, parse(Heard, body).host as HostId),
    blob: async (body) => {
      const { sha256 } = parse(Blob, body)
      return (await options.store.hasBlob(sha256))
        ? Buffer.from(await options.store.getBlob(sha256)).toString('base64')
        : null
    },
    exec: async (body) => {
      const { lab, node, argv } = parse(Exec, body)
      return options.execHere(lab, node, argv)
    },
    nodes: async () => options.nodesHere(),
    'log-position': async () => options.logPosition(),
    allocations: async () => allocationsHere(options.engine),
  }
  return async (from, name, body) => {
    const handler = own(handlers, name)
    if (handler === undefined)
      throw new MeshError('BAD_INPUT', `this host does not know the request ${name}; its version may be older`)
    return handler(body, from)
  }
}

const heardAgoMs = ({ engine, clock }: RequestsOptions, host: HostId): number | null => {
  if (host === engine.self) return 0
  const belief = engine.membership.of(host)
  // Only what was heard directly is worth telling: hearsay of hearsay would keep a dead host alive.
  return belief?.connected === true && belief.directMs !== null
    ? Math.max(0, clock.monotonicMs() - belief.directMs)
    : null
}

const parse = <T>(schema: z.ZodType<T>, body: unknown): T => {
  const read = schema.safeParse(body)
  if (!read.success)
    throw new MeshError(
      'BAD_INPUT',
      `malformed request: ${read.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join('; ')}`,
    )
  return read.data
}
