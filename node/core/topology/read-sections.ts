import type { Dns, Healthcheck } from '../model/node-parts.ts'
import { supportedEntries } from './check-keys.ts'
import { isIpv4, isIpv6 } from './cidr.ts'
import { DNS_KEYS, HEALTHCHECK_KEYS } from './node-keys.ts'
import { readForms, readTexts } from './read-lists.ts'
import { quote } from './report.ts'
import { asMap, type Reader, type Tree } from './tree.ts'
import { readCount } from './values.ts'

/** What is under `dns`. */
export function readDns(tree: Tree, reader: Reader): Dns | undefined {
  const map = asMap(tree, reader, '`dns`')
  if (map === undefined) return undefined
  const entries = new Map(supportedEntries(map, DNS_KEYS, reader).map(({ key, value }) => [key, value]))
  const texts = (key: string): readonly string[] => {
    const value = entries.get(key)
    return value === undefined ? [] : (readTexts(value, reader, `\`${key}\` of \`dns\``) ?? []).map(({ text }) => text)
  }
  const servers = entries.get('servers')
  const rule = { what: '`servers` of `dns`', example: '9.9.9.9', read: address }
  return {
    servers: servers === undefined ? [] : (readForms(servers, reader, rule) ?? []),
    search: texts('search'),
    options: texts('options'),
  }
}

const address = (text: string): string | undefined => (isIpv4(text) || isIpv6(text) ? text : undefined)

/** A day: longer than anything waits for. */
const MAX_SECONDS = 86_400

/** What is under `healthcheck`. */
export function readHealthcheck(tree: Tree, reader: Reader): Healthcheck | undefined {
  const map = asMap(tree, reader, '`healthcheck`')
  if (map === undefined) return undefined
  const entries = new Map(supportedEntries(map, HEALTHCHECK_KEYS, reader).map(({ key, value }) => [key, value]))
  const count = (key: string, unit: string): number | undefined => {
    const value = entries.get(key)
    const rule = { what: `\`${key}\` of \`healthcheck\``, unit, min: 0, max: MAX_SECONDS }
    return value === undefined ? undefined : readCount(value, reader, rule)
  }
  const ms = (key: string): number | undefined => {
    const seconds = count(key, 'seconds')
    return seconds === undefined || seconds === 0 ? undefined : seconds * 1000
  }
  const [intervalMs, timeoutMs, startPeriodMs, retries] = [
    ms('interval'),
    ms('timeout'),
    ms('start-period'),
    count('retries', 'failures'),
  ]
  const test = readTest(entries.get('test'), reader)
  if (test === undefined) {
    if (!entries.has('test')) reader.report.error('MISSING', map.at, '`healthcheck` has no `test`')
    return undefined
  }
  return {
    test,
    ...(intervalMs === undefined ? {} : { intervalMs }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(startPeriodMs === undefined ? {} : { startPeriodMs }),
    ...(retries === undefined || retries === 0 ? {} : { retries }),
  }
}

/** Words as they are, none dropped: the same word may stand twice in a command. */
function readTest(tree: Tree | undefined, reader: Reader): readonly string[] | undefined {
  if (tree === undefined) return undefined
  const words = tree.type === 'list' ? tree.items.flatMap((item) => (item.type === 'text' ? [item.text] : [])) : []
  const [first = '', ...rest] = words
  const isWhole = tree.type === 'list' && words.length === tree.items.length
  const isGood = first === 'NONE' ? rest.length === 0 : ['CMD', 'CMD-SHELL'].includes(first) && rest.length > 0
  if (isWhole && isGood) return words
  const found = first === '' ? '' : `, not with ${quote(first)}`
  const message = `\`test\` of \`healthcheck\` is a list that starts with \`CMD-SHELL\`, \`CMD\` or \`NONE\`${found}; write it as in \`[CMD-SHELL, "ip link show eth1"]\``
  reader.report.error('BAD_VALUE', tree.at, message)
  return undefined
}
