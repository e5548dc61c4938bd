import type { RecordDraft } from '../model/record.ts'
import { intentVersion } from '../record/version.ts'
import type { Effect } from './effect.ts'
import { statusKey } from './labs.ts'
import { answer, decided, type LeaderInput, type Refusal, voterChange } from './leader.ts'

/** What a leader does beyond the log: answers intents, publishes decisions, moves voters. Does nothing on other hosts. */
export class Leading {
  /** The proposal under way, by lab. */
  readonly #proposed = new Map<string, { readonly requestId: string; readonly intentVersion: string }>()
  /** Labs the pools could not serve, so they are not asked again for the same version. */
  readonly #exhausted = new Map<string, Refusal>()

  /** Everything due now. */
  run(input: LeaderInput): readonly Effect[] {
    const effects: Effect[] = decided(input).map((draft) => ({ type: 'publish', draft }))
    const change = voterChange(input)
    if (change !== undefined) effects.push(...input.replica.change(change, input.at.nowMs))
    return [...effects, ...this.#answerAll(input)]
  }

  /** Takes the outcomes of its own proposals out of `effects`. */
  settle(effects: readonly Effect[]): readonly Effect[] {
    return effects.filter((effect) => {
      if (effect.type !== 'outcome') return true
      const mine = [...this.#proposed].find(([, proposal]) => proposal.requestId === effect.requestId)
      if (mine === undefined) return true
      const [lab, { intentVersion }] = mine
      this.#proposed.delete(lab)
      if (!effect.result.ok && effect.result.code === 'POOL_EXHAUSTED')
        this.#exhausted.set(lab, { code: 'POOL_EXHAUSTED', message: effect.result.message, intentVersion })
      return false
    })
  }

  #answerAll(input: LeaderInput): readonly Effect[] {
    const refusals: Record<string, Refusal> = {}
    const effects: Effect[] = []
    for (const record of input.book.of('intent')) {
      const lab = record.key
      const exhausted = this.#exhausted.get(lab)
      if (exhausted?.intentVersion === intentVersion(record.version)) refusals[lab] = exhausted
      else if (!this.#isUnderWay(lab, input)) effects.push(...this.#answerOne(lab, input, refusals))
    }
    return [...effects, ...refusalStatus(refusals, input)]
  }

  #answerOne(lab: string, input: LeaderInput, refusals: Record<string, Refusal>): readonly Effect[] {
    const record = input.book.get('intent', lab)
    const command = record === undefined ? undefined : answer(record, input)
    if (command === undefined) return []
    if (!('type' in command)) {
      refusals[lab] = command
      return []
    }
    this.#proposed.set(lab, { requestId: command.requestId, intentVersion: command.intentVersion })
    return input.replica.propose([command], input.at.nowMs)
  }

  #isUnderWay(lab: string, input: LeaderInput): boolean {
    const proposal = this.#proposed.get(lab)
    if (proposal === undefined) return false
    if (input.replica.isWaiting(proposal.requestId)) return true
    this.#proposed.delete(lab)
    return false
  }
}

/** The status record with the leader's refusals, where they changed. */
const refusalStatus = (refusals: Readonly<Record<string, Refusal>>, input: LeaderInput): readonly Effect[] => {
  const key = statusKey(input.self, '')
  const held = input.book.get('status', key)?.body ?? {}
  if (JSON.stringify(held) === JSON.stringify(refusals)) return []
  const draft: RecordDraft = { kind: 'status', key, version: [], expiresAtMs: 0, body: refusals }
  return [{ type: 'publish', draft }]
}
