import type { AccessBody } from '../model/access.ts'
import type { HostId } from '../model/ids.ts'
import { own } from '../model/own.ts'
import type { RecordDraft, VerifiedRecord } from '../model/record.ts'
import { canonical } from '../record/canonical.ts'
import type { State } from '../state/state.ts'
import { accessBody, accessDraft } from './access.ts'
import type { LeaderInput } from './leader.ts'

/** A leader nobody follows has stepped down by then (its election timeout): only one that leads indeed outbids what others told. */
const SURE_MS = 5_000

/** Tells the mesh who may use the API, as the log has it, while this host leads. */
export class AccessTelling {
  /** Since when, in which term, another record stands above what this host would tell. */
  #against: { readonly term: number; readonly sinceMs: number } | undefined
  /** What was compared last: the same objects say the same. */
  #compared: { readonly known: VerifiedRecord; readonly access: State['access']; readonly isSame: boolean } | undefined

  /**
   * The record to tell; undefined where the mesh has it. One that says something else than the log, or that those who join do not believe
   * because its author was removed, is outbid, whatever its version says: no decision of this log is in it.
   */
  draft(input: Pick<LeaderInput, 'self' | 'state' | 'book' | 'replica' | 'at'>): RecordDraft | undefined {
    const { self, state, book, at } = input
    const known = book.get('access', 'mesh')
    const news = accessDraft({ state, book })
    if (news !== undefined || known === undefined || this.#isGood(known, state, self)) {
      this.#against = undefined
      return news
    }
    const { term } = input.replica.standing
    if (this.#against?.term !== term) this.#against = { term, sinceMs: at.nowMs }
    const isSure = known.author === self || at.nowMs - this.#against.sinceMs >= SURE_MS
    return isSure ? outbidding(state, known) : undefined
  }

  #isGood(known: VerifiedRecord, state: State, self: HostId): boolean {
    return mayStand(state, known, self) && this.#isSame(known, state)
  }

  #isSame(known: VerifiedRecord, state: State): boolean {
    const { access } = state
    if (this.#compared?.known !== known || this.#compared.access !== access)
      this.#compared = { known, access, isSame: contents(known.body as AccessBody) === contents(accessBody(state)) }
    return this.#compared.isSame
  }
}

/** Whether hosts that join believe a record: not where its author was removed. Of a leader that was removed itself nobody believes a better one. */
export const mayStand = ({ roster }: State, { author }: Pick<VerifiedRecord, 'author'>, self: HostId): boolean =>
  own(roster, author)?.state === 'admitted' || own(roster, self)?.state !== 'admitted'

const contents = ({ users, tokens, isCodeOpen }: AccessBody): string => canonical([users, tokens, isCodeOpen])

/** What the log has, in the next version after that of `known`; undefined where no number is higher. */
function outbidding(state: State, known: VerifiedRecord): RecordDraft | undefined {
  const { epoch, term, index } = known.body as AccessBody
  const numbers = [epoch, term, index]
  const raised = numbers.findLastIndex((number) => number < Number.MAX_SAFE_INTEGER)
  if (raised < 0) return undefined
  const version = numbers.map((number, at) => (at < raised ? number : at === raised ? number + 1 : 0))
  const [newEpoch = epoch, newTerm = term, newIndex = index] = version
  const body: AccessBody = { ...accessBody(state), epoch: newEpoch, term: newTerm, index: newIndex }
  return { kind: 'access', key: 'mesh', version, expiresAtMs: 0, body }
}
