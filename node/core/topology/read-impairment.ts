import { type Read, readDelayMs, readFlap, readPercent, readRateBps } from '../impairment/units.ts'
import { type Impairment, isWhole } from '../model/impairment.ts'
import { supportedEntries } from './check-keys.ts'
import { IMPAIRMENT_KEYS } from './keys.ts'
import { quote } from './report.ts'
import { asMap, asText, type Entry, type Reader, type Tree } from './tree.ts'

/** What a link or an end of one says it is to suffer from. */
export interface WrittenImpairment {
  readonly impairment?: Impairment
}

/**
 * Reads `impairment` of a link or an end; where that is not written, `impairment` of its `vars`, which containerlab lets pass. What is
 * wrong is reported and left out.
 */
export function readImpairment(entries: ReadonlyMap<string, Tree>, reader: Reader): WrittenImpairment {
  const vars = entries.get('vars')
  const within = vars?.type === 'map' ? vars.entries.get('impairment')?.value : undefined
  const tree = entries.get('impairment') ?? within
  const map = tree === undefined ? undefined : asMap(tree, reader, '`impairment`')
  if (map === undefined) return {}
  const parts = supportedEntries(map, IMPAIRMENT_KEYS, reader).map((entry) => readPart(entry, reader))
  const impairment: Impairment = Object.assign({}, ...parts)
  if (impairment.jitterMs !== undefined && impairment.delayMs === undefined) {
    reader.report.error('MISSING', map.at, '`jitter` needs a `delay` to be around')
    return {}
  }
  return isWhole(impairment) ? {} : { impairment }
}

const READERS: Readonly<Record<string, (text: string) => Impairment | { readonly problem: string }>> = {
  delay: (text) => part('delayMs', readDelayMs(text)),
  jitter: (text) => part('jitterMs', readDelayMs(text)),
  loss: (text) => part('lossPercent', readPercent(text)),
  corrupt: (text) => part('corruptPercent', readPercent(text)),
  rate: (text) => part('rateBps', readRateBps(text)),
  flap: (text) => part('flap', readFlap(text)),
  down: (text) =>
    /^(true|yes|on)$/i.test(text)
      ? { down: true }
      : /^(false|no|off)$/i.test(text)
        ? {}
        : { problem: 'is neither true nor false' },
}

const part = (key: keyof Impairment, read: Read<unknown>): Impairment | { readonly problem: string } =>
  'problem' in read ? read : { [key]: read.value }

function readPart({ key, value }: Entry, reader: Reader): Impairment {
  const text = asText(value, reader, `\`${key}\``)
  if (text === undefined || text.text === '') return {}
  const read = READERS[key]?.(text.text) ?? {}
  if (!('problem' in read)) return read
  reader.report.error('BAD_VALUE', text.at, `\`${key}\` ${quote(text.text)} ${read.problem}`)
  return {}
}
