import type { AccessBody } from '../model/access.ts'
import type { RecordDraft } from '../model/record.ts'
import { compareText, compareVersions } from '../record/version.ts'
import type { Access, State } from '../state/state.ts'
import type { Book } from './book.ts'

/** Who may use the API, as gossip tells it; undefined where nobody has told. */
export const accessOf = (book: Book): AccessBody | undefined =>
  book.get('access', 'mesh')?.body as AccessBody | undefined

/** Who may use the API, as the log has it. */
export const accessBody = ({ access, epoch }: Pick<State, 'access' | 'epoch'>): AccessBody => ({
  epoch,
  ...access.at,
  users: Object.values(access.users).sort((a, b) => compareText(a.name, b.name)),
  tokens: Object.values(access.tokens).sort((a, b) => compareText(a.id, b.id)),
  isCodeOpen: access.firstCode !== undefined,
})

/** The record with which a leader tells the mesh who may use the API; undefined where it has been told. */
export function accessDraft({ state, book }: { readonly state: State; readonly book: Book }): RecordDraft | undefined {
  const known = book.get('access', 'mesh')
  const body = accessBody(state)
  const version = versionOf(body)
  if (known !== undefined && compareVersions(version, known.version) <= 0) return undefined
  return { kind: 'access', key: 'mesh', version, expiresAtMs: 0, body }
}

const versionOf = ({ epoch, term, index }: Omit<AccessBody, 'users' | 'tokens' | 'isCodeOpen'>): readonly number[] => [
  epoch,
  term,
  index,
]

/** What a survivor goes on with: what gossip told, where its log ends before that. A code that may have been used is not good any more. */
export function newerAccess({ access, epoch }: Pick<State, 'access' | 'epoch'>, book: Book): Access {
  const told = accessOf(book)
  const ours = versionOf({ epoch, ...access.at })
  if (told === undefined || compareVersions(versionOf(told), ours) <= 0) return access
  return {
    users: Object.fromEntries(told.users.map((user) => [user.name, user])),
    tokens: Object.fromEntries(told.tokens.map((token) => [token.id, token])),
    at: { term: told.term, index: told.index },
  }
}
