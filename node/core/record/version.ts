/** Orders two versions of one record: element by element, numbers before strings, a shorter one before its continuation. */
export function compareVersions(a: readonly (number | string)[], b: readonly (number | string)[]): -1 | 0 | 1 {
  for (let at = 0; at < Math.max(a.length, b.length); at += 1) {
    const order = compareElements(a[at], b[at])
    if (order !== 0) return order
  }
  return 0
}

function compareElements(a: number | string | undefined, b: number | string | undefined): -1 | 0 | 1 {
  if (a === b) return 0
  if (a === undefined) return -1
  if (b === undefined) return 1
  if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1
  return a < b ? -1 : 1
}

/** Orders two texts by UTF-16 code unit, the same everywhere: never by the machine's language. */
export function compareText(a: string, b: string): -1 | 0 | 1 {
  if (a === b) return 0
  return a < b ? -1 : 1
}

/** `<generation>.<hybrid clock in ms>.<author>`, from the version of an `intent` record. */
export const intentVersion = (version: readonly (number | string)[]): string => version.join('.')

/** The version an {@link intentVersion} text was made from; undefined where the text is not one. */
export function parseIntentVersion(text: string): readonly [number, number, string] | undefined {
  const parts = /^(\d{1,15})\.(\d{1,15})\.([A-Za-z0-9_-]{1,80})$/.exec(text)
  if (!parts) return undefined
  const [, generation = '', clock = '', author = ''] = parts
  return [Number(generation), Number(clock), author]
}
