import { didYouMean } from '../model/nearest.ts'
import type { KeySet } from './keys.ts'
import { quote } from './report.ts'
import type { Entry, MapTree, Reader } from './tree.ts'

/** The entries of `map` whose keys have an effect; every other key is reported: not yet, replaced, or unknown. */
export function supportedEntries(map: MapTree, keys: KeySet, reader: Reader): readonly Entry[] {
  const entries = [...map.entries.values()]
  return entries.filter((entry) => {
    const row = keys.rows.find(({ key }) => key === entry.key)
    if (row !== undefined && row.state !== 'same') reader.report.use(keys.place, row, entry.keyAt)
    if (keys.supported.includes(entry.key)) return true
    if (keys.notYet.includes(entry.key)) {
      const message = `${quote(entry.key)} is not supported${row === undefined ? '' : `: ${row.says}`}; it is left out`
      reader.report.warn('NOT_SUPPORTED_YET', entry.keyAt, message)
    } else reportStranger(entry, keys, reader)
    return false
  })
}

/** Reports a key that has no business in this place: an error, or a warning where strangers are forgiven. */
function reportStranger(entry: Entry, keys: KeySet, reader: Reader): void {
  const { key } = entry
  const successor = Object.hasOwn(keys.replaced, key) ? keys.replaced[key] : undefined
  if (successor !== undefined) {
    forgivable(reader, { code: 'REPLACED_KEY', entry }, () => `${quote(key)} is written \`${successor}\` here.`)
    return
  }
  const known = [...keys.supported, ...keys.notYet]
  forgivable(reader, { code: 'UNKNOWN_KEY', entry }, () => {
    const hint = didYouMean(key, known)
    const all = hint === '' ? ` Known are: ${keys.supported.join(', ')}.` : hint
    return `unknown key ${quote(key)} in ${keys.place}.${all}`
  })
}

/** An error about a key, which `--lenient` turns into a warning that says the key is ignored. */
export function forgivable(
  reader: Reader,
  what: { code: 'UNKNOWN_KEY' | 'REPLACED_KEY'; entry: Entry },
  message: () => string,
): void {
  if (reader.lenient) reader.report.warn(what.code, what.entry.keyAt, () => `${message()} It is ignored.`)
  else reader.report.error(what.code, what.entry.keyAt, message)
}
