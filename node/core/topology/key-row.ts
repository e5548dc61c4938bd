/** What one key of lab files comes to: as in containerlab, with a difference worth knowing, or nothing. */
export interface KeyRow {
  readonly key: string
  readonly state: 'same' | 'differs' | 'unsupported'
  /** What it means here, and over several hosts; of an unsupported one: why. */
  readonly says: string
}

type MakeRow = (key: string, says: string) => KeyRow

/** A key that does what containerlab does with it. */
export const same: MakeRow = (key, says) => ({ key, state: 'same', says })

/** A key with an effect that is not quite containerlab's. */
export const differs: MakeRow = (key, says) => ({ key, state: 'differs', says })

/** A right key of a containerlab file that has no effect here; using it is a warning. */
export const unsupported: MakeRow = (key, says) => ({ key, state: 'unsupported', says })

/** The keys one place of a lab file may hold, and what is said about the others. */
export interface KeySet {
  /** As in "unknown key in …". */
  readonly place: string
  /** What each key comes to, in the order of the docs. */
  readonly rows: readonly KeyRow[]
  readonly supported: readonly string[]
  /** Right in a containerlab file, without effect here. */
  readonly notYet: readonly string[]
  /** Old or foreign words, and what to write in their place. */
  readonly replaced: Readonly<Record<string, string>>
}

/** `mgmt-ipv4` for `mgmt_ipv4`: containerlab used underscores once, and fingers still do. */
const underscored = (keys: readonly string[]): Record<string, string> =>
  Object.fromEntries(keys.filter((key) => key.includes('-')).map((key) => [key.replaceAll('-', '_'), key]))

/** A set of keys from its rows, and words people write in place of them. */
export const keySet = (place: string, rows: readonly KeyRow[], replaced: KeySet['replaced'] = {}): KeySet => ({
  place,
  rows,
  supported: rows.filter(({ state }) => state !== 'unsupported').map(({ key }) => key),
  notYet: rows.filter(({ state }) => state === 'unsupported').map(({ key }) => key),
  replaced: { ...underscored(rows.map(({ key }) => key)), ...replaced },
})
