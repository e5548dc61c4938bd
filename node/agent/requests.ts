import { z } from 'zod'
import type { Engine } from '#core/engine/engine.ts'
import { MeshError } from '#core/model/errors.ts'
import type { HostId } from '#core/model/ids.ts'
import { own } from '#core/model/own.ts'
import type { Clock } from '#platform/clock.ts'
import type { Store } from '#store/index.ts'
import { allocationsHere } from './consensus/allocations.ts'
import type { LogPosition } from './consensus/log-position.ts'
import { RestartAsk } from './host/restarts.ts'
import { SnapshotAsk, type SnapshotDone } from './host/snapshots.ts'
import type { ExecHow, ExecResult, Reconciled } from './port.ts'

export interface RequestsOptions {
  readonly engine: Engine
  readonly clock: Clock
  readonly store: Pick<Store, 'getBlob' | 'hasBlob'>
  /** Lab nodes on this host. */
  nodesHere(): readonly { readonly lab: string; readonly node: string }[]
  /** How far the log of this host goes; null where it has none. */
  logPosition(): LogPosition | null
  /** Events of this host. */
  events(body: unknown): unknown
  execHere(lab: string, node: string, argv: readonly string[], how?: ExecHow): Promise<ExecResult>
  /** Another host had a command run in a lab node here. */
  ran(from: HostId, where: { readonly lab: string; readonly node: string }): void
  reconcileHere(lab: string): Promise<Reconciled>
  snapshotsHere(lab: string): Promise<unknown>
  snapshotHere(ask: SnapshotAsk): Promise<readonly SnapshotDone[]>
  restartHere(lab: string, node: string): Promise<unknown>
  /** Which images are here, and which could be fetched. */
  imagesHere(body: unknown): Promise<unknown>
  /** What an image that is here is made of. */
  imageParts(body: unknown): Promise<unknown>
  /** With what a part of it is to be had by the overlay. */
  imageTicket(body: unknown, from: HostId): Promise<unknown>
  portsHere(body: unknown): Promise<unknown>
  /** A certificate for the API of another host. */
  apiCertificate(body: unknown, from: HostId): Promise<unknown>
  /** Measuring; by name of the request. */
  readonly iperf: Readonly<Record<string, (body: unknown, from: HostId) => Promise<unknown>>>
  /** How this host reaches others. */
  waysHere(): Promise<unknown>
  /** What would be run here for a lab. */
  rehearseHere(body: unknown): unknown
}

const Lab = z.object({ lab: z.string() })
const Heard = z.object({ host: z.string() })
const Blob = z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/) })
const Exec = z.object({ lab: z.string(), node: z.string(), argv: z.array(z.string()).min(1).max(1000) })
const ExecInput = Exec.extend({ stdinBase64: z.base64() })

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
    exec: async (body, from) => {
      const { lab, node, argv } = parse(Exec, body)
      options.ran(from, { lab, node })
      return options.execHere(lab, node, argv)
    },
    'exec-input': async (body, from) => {
      const { lab, node, argv, stdinBase64 } = parse(ExecInput, body)
      options.ran(from, { lab, node })
      return options.execHere(lab, node, argv, { stdin: Buffer.from(stdinBase64, 'base64') })
    },
    reconcile: async (body) => options.reconcileHere(parse(Lab, body).lab),
    images: async (body) => options.imagesHere(body),
    'image-parts': async (body) => options.imageParts(body),
    'image-ticket': async (body, from) => options.imageTicket(body, from),
    ports: async (body) => options.portsHere(body),
    'plan-commands': async (body) => options.rehearseHere(body),
    snapshots: async (body) => options.snapshotsHere(parse(Lab, body).lab),
    snapshot: async (body) => options.snapshotHere(parse(SnapshotAsk, body)),
    restart: async (body) => {
      const { lab, node } = parse(RestartAsk, body)
      return options.restartHere(lab, node)
    },
    'api-certificate': async (body, from) => options.apiCertificate(body, from),
    nodes: async () => options.nodesHere(),
    'log-position': async () => options.logPosition(),
    events: async (body) => options.events(body),
    ways: async () => options.waysHere(),
    allocations: async () => allocationsHere(options.engine),
    ...options.iperf,
  }
  return async (from, name, body) => {
    const handler = own(handlers, name)
    if (handler === undefined)
      throw new MeshError('BAD_INPUT', `this host does not know the request ${name}; its version may be older`)
    return handler(body, from)
  }
}

/** Null where it is lost here too; `unknown` where this host is no witness. Only what was heard directly is told: hearsay would keep a dead host alive. */
const heardAgoMs = ({ engine, clock }: RequestsOptions, host: HostId): number | null | 'unknown' => {
  if (host === engine.self) return 0
  const agoMs = engine.membership.testimony(host, clock.monotonicMs())
  return agoMs === undefined ? 'unknown' : agoMs
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
