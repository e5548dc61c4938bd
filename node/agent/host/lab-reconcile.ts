import { z } from 'zod'
import type { Engine } from '#core/engine/engine.ts'
import { statusOf } from '#core/engine/labs.ts'
import { MeshError } from '#core/model/errors.ts'
import type { HostId } from '#core/model/ids.ts'
import { MGMT_LAB } from '#core/model/mgmt.ts'
import { labOf, type Resource, subject } from '#core/model/resource.ts'
import { describe } from '#core/plan/cause.ts'
import { nameAt, nameOf } from '../consensus/quorum.ts'
import type { HostReconciled, LabReconciled, Reconciled } from '../port.ts'
import { message } from './look.ts'
import type { Reconciler } from './reconciler.ts'

export interface LabReconcileOptions {
  readonly engine: Engine
  readonly reconciler: Pick<Reconciler, 'hurry'>
  request(host: HostId, body: unknown, timeoutMs: number): Promise<unknown>
}

/** An image may be fetched meanwhile; what is not done by then is told as under way. */
const LIMIT_MS = 20_000
const REQUEST_MS = LIMIT_MS + 5_000

const Found = z.object({
  done: z.array(
    z.object({
      op: z.string(),
      what: z.string(),
      reason: z.string(),
      ok: z.boolean(),
      message: z.string().nullable(),
      ms: z.number(),
    }),
  ),
  wrong: z.array(z.object({ what: z.string(), reason: z.string(), error: z.string().nullable() })),
})

/** Looks at all hosts of a lab now, whatever failed there before. */
export class LabReconcile {
  readonly #options: LabReconcileOptions

  constructor(options: LabReconcileOptions) {
    this.#options = options
  }

  /** NOT_FOUND where no lab of that name is wanted, running or going. */
  async everywhere(lab: string): Promise<LabReconciled> {
    const { engine } = this.#options
    const hosts = hostsOf(lab, engine)
    if (hosts.length === 0 && engine.book.get('intent', lab)?.body == null)
      throw new MeshError('NOT_FOUND', `there is no lab named ${lab}`)
    const found = hosts.map((host) => this.#on(host, lab))
    return { lab, hosts: (await Promise.all(found)).toSorted((a, b) => (a.host < b.host ? -1 : 1)) }
  }

  /** The same on this host alone. */
  async here(lab: string): Promise<Reconciled> {
    const isMeant = (resource: Resource): boolean => [undefined, MGMT_LAB, lab].includes(labOf(resource))
    const { done, pass } = await this.#options.reconciler.hurry(isMeant, LIMIT_MS)
    const peerName = (address: string): string => nameAt(this.#options.engine, address)
    const known = new Map([...pass.seen, ...pass.wanted].map((resource) => [resource.id, resource]))
    return {
      done: done.map(({ op, ...rest }) => {
        const what = describe(subject(op), { peerName })
        return { op: op.type, what, reason: op.reason, ok: rest.ok, message: rest.message, ms: rest.ms }
      }),
      wrong: [...pass.troubles].flatMap(([id, { reason, doing }]) => {
        const resource = known.get(id)
        if (resource === undefined || !isMeant(resource)) return []
        const what = describe(resource, { peerName })
        return [{ what, reason, error: 'error' in doing ? doing.error : null }]
      }),
    }
  }

  async #on(host: HostId, lab: string): Promise<HostReconciled> {
    const { engine, request } = this.#options
    const name = nameOf(engine, host)
    try {
      const found = host === engine.self ? await this.here(lab) : Found.parse(await request(host, { lab }, REQUEST_MS))
      return { host: name, ...found }
    } catch (error) {
      return { host: name, done: [], wrong: [], unreachable: message(error).replaceAll(host, name) }
    }
  }
}

/** Every host that has a part of a lab, or still has something of it. */
const hostsOf = (lab: string, engine: Engine): readonly HostId[] => {
  const assigned = new Set(Object.values(engine.active.get(lab)?.assignment.hosts ?? {}))
  return (engine.roster?.hosts ?? [])
    .filter(({ id, state }) => state === 'admitted' && (assigned.has(id) || statusOf(engine.book, id, lab) !== null))
    .map(({ id }) => id)
}
