import type { Effect } from '#core/engine/effect.ts'
import type { Engine } from '#core/engine/engine.ts'
import { EMPTY } from '#core/engine/replica.ts'
import type { HostId } from '#core/model/ids.ts'
import type { RecordDraft, VerifiedRecord } from '#core/model/record.ts'
import type { CommandResult } from '#core/state/commands.ts'
import type { Identity } from '#identity/index.ts'
import { signRecord } from '#identity/sign.ts'
import type { Mesh } from '#mesh/mesh.ts'
import type { Clock } from '#platform/clock.ts'
import type { Logger } from '#platform/log.ts'
import type { Store } from '#store/index.ts'
import type { Loop } from './loop.ts'

export interface EffectsOptions {
  readonly engine: Engine
  readonly identity: Pick<Identity, 'keys' | 'epoch'>
  /** Durable counter of this start. */
  readonly boot: number
  readonly clock: Clock
  readonly store: Store
  readonly mesh: Pick<Mesh, 'publish' | 'sendRaft' | 'request' | 'rosterChanged'>
  readonly loop: Pick<Loop, 'dispatch'>
  readonly log: Logger
  reconcile(): void
  /** Every effect, before it is carried out. */
  saw(effect: Effect): void
  count(code: string): void
  /** The log's word on a request. */
  settle(requestId: string, result: CommandResult): void
}

const ASK_TIMEOUT_MS = 2_000

/** What a copy of a log is called: sorted by name is sorted by time. */
export const copyName = (wallMs: number, epoch: number): string =>
  `${new Date(wallMs).toISOString().replaceAll(/[:.]/g, '-')}-epoch-${epoch}`

/** Carries out one effect of the engine; `persist` is the loop's own. Rejects where the store cannot keep what it must. */
export const createEffects = (
  options: EffectsOptions,
): ((effect: Exclude<Effect, { type: 'persist' }>) => Promise<void> | void) => {
  const { engine, store, mesh, log } = options
  let sequence = 0

  const publish = (draft: RecordDraft): void => {
    const { keys, epoch } = options.identity
    const record = signRecord(draft, keys, [epoch, options.boot, ++sequence]) as VerifiedRecord
    options.loop.dispatch({ type: 'record', record, own: true })
    if (record.kind === 'heartbeat' || record.kind === 'events') mesh.publish(record)
  }
  const keep = async (record: VerifiedRecord): Promise<void> => {
    await store.putRecord(record)
    // Own records are told only once they are kept.
    if (record.author === engine.self) mesh.publish(record)
  }
  const dropLog = async (epoch: number): Promise<void> => {
    const copy = await store.copyRaft(copyName(options.clock.nowMs(), epoch)).catch((error: unknown) => {
      // What it held is of an epoch that is over; the host goes on without a copy.
      log.warn({ err: error, epoch }, 'the old log could not be copied')
    })
    await store.persistRaft({ snapshot: EMPTY.snapshot, truncateFrom: 1, hard: EMPTY.hard })
    log.warn({ epoch, copy }, 'the log of the old epoch was dropped')
    options.loop.dispatch({ type: 'log-dropped' })
  }
  const ask = async (peer: HostId, about: HostId): Promise<void> => {
    try {
      const heardAgoMs = await mesh.request(peer, 'heard', { host: about }, ASK_TIMEOUT_MS)
      if (heardAgoMs === null || typeof heardAgoMs === 'number')
        options.loop.dispatch({ type: 'answer', about, from: peer, heardAgoMs })
    } catch {
      options.count('ASK_FAILED')
    }
  }

  let wire: { readonly epoch: number; readonly message: unknown } = { epoch: 0, message: undefined }
  /** The same message to several peers is the same on the wire, so that it is written once. */
  const onWire = ({ epoch, message }: Extract<Effect, { type: 'send' }>): unknown => {
    if (wire.message !== message || wire.epoch !== epoch) wire = { epoch, message }
    return wire
  }
  return (effect) => {
    options.saw(effect)
    switch (effect.type) {
      case 'send':
        return mesh.sendRaft(effect.to, onWire(effect))
      case 'drop-log':
        return dropLog(effect.epoch)
      case 'keep':
        return keep(effect.record)
      case 'forget':
        return store.deleteRecord(effect.kind, effect.key)
      case 'publish':
        return publish(effect.draft)
      case 'activate':
        return store.putMeta(`active/${effect.lab}`, effect.active)
      case 'deactivate':
        return store.putMeta(`active/${effect.lab}`, null)
      case 'roster':
        return mesh.rosterChanged()
      case 'reconcile':
        return options.reconcile()
      case 'ask':
        for (const peer of effect.peers) void ask(peer, effect.about)
        return
      case 'outcome':
        return options.settle(effect.requestId, effect.result)
      case 'notice':
        log[effect.level]({ code: effect.code, ...effect.fields }, 'notice')
        return options.count(effect.code)
    }
  }
}
