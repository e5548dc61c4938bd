import type { Engine } from '#core/engine/engine.ts'
import { MeshError } from '#core/model/errors.ts'
import type { HostId } from '#core/model/ids.ts'
import type { AttachedBody } from '#core/model/iperf.ts'
import type { Clock } from '#platform/clock.ts'
import type { Random } from '#platform/random.ts'
import type { Proposals } from '../consensus/proposals.ts'
import type {
  AttachedOutcome,
  AttachedPort,
  AttachedProof,
  AttachedView,
  ClaimedTask,
  TaskView,
} from '../port-iperf.ts'
import type { AttachedBook } from './attached-book.ts'
import {
  type AttachedCall,
  decodeClaimed,
  decodeForwarded,
  decodeTask,
  decodeView,
  type ForwardedCall,
} from './attached-calls.ts'
import type { AttachedHome } from './attached-home.ts'
import { hashKey, isSameHash, newKey } from './attached-keys.ts'

export interface AttachedOptions {
  readonly engine: Engine
  readonly clock: Clock
  readonly random: Random
  readonly proposals: Pick<Proposals, 'submit'>
  readonly book: AttachedBook
  readonly home: Pick<AttachedHome, 'carryOut'>
  request(peer: HostId, name: string, body: unknown, timeoutMs: number): Promise<unknown>
}

const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/i
/** It travels in a header. */
const KEY = /^[\x21-\x7e]{16,200}$/
const REQUEST_MS = 10_000

/** Machines that cannot run an agent, as any host answers for them: their home carries it out. */
export class Attached implements AttachedPort {
  readonly #options: AttachedOptions

  constructor(options: AttachedOptions) {
    this.#options = options
  }

  async create(ask: {
    readonly name: string
    readonly key?: string
  }): Promise<AttachedView & { readonly key: string }> {
    const { book, proposals, clock, random } = this.#options
    const { name, key = newKey(random) } = ask
    this.#check(name, key)
    refuseExisting(book.find(name))
    const { first } = (await proposals.submit({ type: 'number', name: 'iperf', count: 1 })) as { first: number }
    const body = await book.change(name, (held) => {
      refuseExisting(held)
      return {
        id: first,
        name,
        keySha256: hashKey(key),
        createdAtMs: clock.nowMs(),
        home: null,
        isOnline: false,
        heardAtMs: null,
      }
    })
    return { ...book.view(body), key }
  }

  list(): readonly AttachedView[] {
    const { book } = this.#options
    return book.all().map((body) => book.view(body))
  }

  get(id: number): AttachedView {
    const { book } = this.#options
    return book.view(book.byId(id))
  }

  async remove(id: number): Promise<void> {
    const { book } = this.#options
    await book.change(book.byId(id).name, (held) =>
      held?.id === id ? { ...held, isOnline: false, isRemoved: true } : held,
    )
  }

  async register(
    proof: AttachedProof,
    facts: { readonly address?: string; readonly iperfVersion?: string },
  ): Promise<AttachedView> {
    return decodeView(await this.#ask(proof, { call: 'register', ...facts }))
  }

  async heartbeat(proof: AttachedProof): Promise<AttachedView> {
    return decodeView(await this.#ask(proof, { call: 'heartbeat' }))
  }

  async claim(proof: AttachedProof): Promise<ClaimedTask | null> {
    return decodeClaimed(await this.#ask(proof, { call: 'claim' }))
  }

  async started(proof: AttachedProof, task: number): Promise<TaskView> {
    return decodeTask(await this.#ask(proof, { call: 'started', task }))
  }

  async result(proof: AttachedProof, task: number, outcome: AttachedOutcome): Promise<TaskView> {
    const { state, error, output } = outcome
    return decodeTask(await this.#ask(proof, { call: 'result', task, outcome: { state, error, output } }))
  }

  /** What another host was asked by a machine whose home is here, as it knows. */
  async answer(body: unknown): Promise<unknown> {
    const { name, keySha256, ask } = decodeForwarded(body)
    const machine = this.#known(name, keySha256)
    const { book, engine, home } = this.#options
    // Each may have heard later than the other where it speaks now.
    if (machine.home !== engine.self && book.isHomeThere(machine))
      throw new MeshError('UNREACHABLE', `${name} speaks with another host now; ask again`)
    return home.carryOut(machine, ask)
  }

  #ask({ name, key }: AttachedProof, ask: AttachedCall): Promise<unknown> {
    const { engine, book, home, request } = this.#options
    const keySha256 = hashKey(key)
    const machine = this.#known(name, keySha256)
    if (machine.home === null || machine.home === engine.self || !book.isHomeThere(machine))
      return home.carryOut(machine, ask)
    const forwarded: ForwardedCall = { name, keySha256, ask }
    return request(machine.home, 'iperf-attached', forwarded, REQUEST_MS)
  }

  #known(name: string, keySha256: string): AttachedBody {
    const machine = this.#options.book.find(name)
    if (machine === undefined) throw new MeshError('NOT_FOUND', `there is no attached machine named ${name}`, { name })
    if (!isSameHash(machine.keySha256, keySha256))
      throw new MeshError('ATTACHED_KEY_WRONG', `this is not the key of attached machine ${name}`, { name })
    return machine
  }

  #check(name: string, key: string): void {
    const isHost = this.#options.engine.roster?.hosts.some((host) => host.name === name && host.state === 'admitted')
    const problems = [
      ...(NAME.test(name)
        ? []
        : ['name must be 1 to 63 letters, digits, dots, dashes or underscores, and begin with a letter or digit']),
      ...(isHost === true ? [`a host of the mesh is named ${name}`] : []),
      ...(KEY.test(key) ? [] : ['key must be 16 to 200 printable characters without spaces']),
    ]
    if (problems.length > 0) throw new MeshError('BAD_INPUT', problems.join('; '), { problems })
  }
}

const refuseExisting = (held: AttachedBody | undefined): void => {
  if (held === undefined) return
  throw new MeshError('ATTACHED_EXISTS', `there is an attached machine named ${held.name} already`, { id: held.id })
}
