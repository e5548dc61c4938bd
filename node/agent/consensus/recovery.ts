import { MeshError } from '#core/model/errors.ts'
import type { Identity } from '#identity/index.ts'
import type { Clock } from '#platform/clock.ts'
import type { Store } from '#store/index.ts'
import { copyName } from '../effects.ts'
import type { Loop } from '../loop.ts'
import type { RecoverAsk, RecoveredView } from '../port.ts'
import {
  type Asking,
  askPositions,
  comparePositions,
  coreHosts,
  type LogPosition,
  positionHere,
  type Told,
} from './log-position.ts'
import { type Evidence, whyNotRecover } from './may-recover.ts'
import { nameOf, votersOf } from './quorum.ts'

export interface RecoveryOptions extends Asking {
  readonly identity: Pick<Identity, 'name' | 'role'>
  readonly clock: Clock
  readonly store: Pick<Store, 'copyRaft'>
  readonly loop: Pick<Loop, 'dispatch' | 'idle'>
}

/** How long the new leader, which has nobody to ask, may take to be one. */
const LEAD_MS = 10_000
const LOOK_MS = 50

/** Begins a new epoch on this host, after the majority of the voters was lost. A person decides that; this makes sure of what can be. */
export class Recovery {
  readonly #options: RecoveryOptions
  #isRunning = false

  constructor(options: RecoveryOptions) {
    this.#options = options
  }

  /** How far the log of this host goes; null where it has none. */
  position(): LogPosition | null {
    return positionHere(this.#options.engine, this.#isRunning)
  }

  /** What a decision would stand on now. */
  async evidence(): Promise<Evidence> {
    return evidenceOf(this.#options, this.position(), await askPositions(this.#options))
  }

  /** Rejects with BAD_INPUT where the wrong host was confirmed, else with what {@link whyNotRecover} says. */
  async recover({ confirm, force }: RecoverAsk): Promise<RecoveredView> {
    const { identity } = this.#options
    if (confirm !== identity.name)
      throw new MeshError(
        'BAD_INPUT',
        `this host is ${identity.name}; that name confirms, not ${JSON.stringify(confirm)}`,
      )
    if (this.#isRunning) throw new MeshError('RECOVERY_UNDER_WAY', `a recovery is under way on ${identity.name}`)
    this.#isRunning = true
    try {
      const evidence = await this.evidence()
      const obstacle = whyNotRecover(evidence)
      if (obstacle !== undefined && !(force && obstacle.force))
        throw new MeshError(obstacle.code, obstacle.message, { force: obstacle.force })
      return await this.#begin(evidence)
    } finally {
      this.#isRunning = false
    }
  }

  async #begin(evidence: Evidence): Promise<RecoveredView> {
    const { engine, store, clock, loop, identity } = this.#options
    const { position } = evidence
    if (position === null) throw new MeshError('LOG_BEHIND', `${identity.name} has no log to go on with`)
    const copy = await store.copyRaft(copyName(clock.nowMs(), position.epoch))
    // Nothing may have come between the question and the answer: a leader that was only slow, or its entries.
    const now = positionHere(engine, true)
    if (engine.leader.host !== null || now === null || comparePositions(now, position) !== 0)
      throw new MeshError('QUORUM_STANDS', `${identity.name} was heard by a leader just now`)
    loop.dispatch({ type: 'recover' })
    await loop.idle()
    await this.#leads()
    return {
      host: identity.name,
      epoch: engine.epoch,
      formerEpoch: position.epoch,
      undecidedEntries: position.index - position.committed,
      copy,
    }
  }

  async #leads(): Promise<void> {
    const { engine, clock, identity } = this.#options
    const endMs = clock.monotonicMs() + LEAD_MS
    while (engine.replica?.isLeader !== true) {
      if (clock.monotonicMs() > endMs)
        throw new MeshError('TIMEOUT', `epoch ${engine.epoch} has begun, but ${identity.name} does not lead yet`)
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    }
  }
}

const evidenceOf = (
  { engine, identity }: RecoveryOptions,
  position: LogPosition | null,
  told: ReadonlyMap<string, Told>,
): Evidence => {
  const voters = votersOf(engine)
  const { host } = engine.leader
  const others = [...new Set([...coreHosts(engine), ...voters])].filter((id) => id !== engine.self)
  return {
    self: { name: identity.name, role: identity.role, votes: voters.includes(engine.self) },
    position,
    leader: host === null ? null : nameOf(engine, host),
    others: others.map((id) => {
      const answer = told.get(id)
      const state = engine.membership.of(id)?.state ?? 'down'
      return {
        name: nameOf(engine, id),
        votes: voters.includes(id),
        state,
        ...(answer === undefined ? {} : { told: answer }),
      }
    }),
  }
}
