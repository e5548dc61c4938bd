import { parseBps, showBps } from './rate-text.ts'

/** What somebody demands of every rate. */
export interface Expect {
  readonly type: 'expect'
  readonly op: '>' | '>=' | '<' | '<='
  readonly bps: number
}

/** One pair that does not do what is demanded; `byBps`: how far it is from it, all of it where there is no rate. */
export interface Missed {
  readonly source: string
  readonly destination: string
  readonly receivedBps: number | null
  readonly byBps: number
  /** For people. */
  readonly text: string
}

const OPS: Readonly<Record<string, Expect['op']>> = { '>': '>', '>=': '>=', '<': '<', '<=': '<=' }

/** Reads `>500M`, `>=1.5G`, `<10k`: bits a second, SI. */
export function parseExpect(text: string): Expect | { readonly type: 'problem'; readonly message: string } {
  const [, sign = '', rate = ''] = /^\s*([<>]=?)(.*)$/s.exec(text) ?? []
  const [op, bps] = [OPS[sign], parseBps(rate)]
  if (op !== undefined && bps !== undefined) return { type: 'expect', op, bps }
  return { type: 'problem', message: `\`${text}\` is no demand; write for example \`>500M\`, \`>=1.5G\` or \`<10k\`` }
}

/** The rows that do not do what is demanded; one without a rate never does. */
export const missed = (
  expect: Expect,
  rows: readonly Pick<Missed, 'source' | 'destination' | 'receivedBps'>[],
): readonly Missed[] =>
  rows
    .filter(({ receivedBps }) => receivedBps === null || !isMet(expect, receivedBps))
    .map(({ source, destination, receivedBps }) => ({
      source,
      destination,
      receivedBps,
      byBps: receivedBps === null ? expect.bps : Math.abs(receivedBps - expect.bps),
      text: `${source} → ${destination}: ${tell(expect, receivedBps)}`,
    }))

const isMet = ({ op, bps }: Expect, received: number): boolean =>
  op === '>' ? received > bps : op === '>=' ? received >= bps : op === '<' ? received < bps : received <= bps

function tell({ op, bps }: Expect, received: number | null): string {
  const wanted = showBps(bps)
  if (received === null) return `no result, expected ${op} ${wanted}`
  if (received === bps) return `${showBps(received)}, not ${op === '>' ? 'above' : 'below'} ${wanted}`
  const by = Math.abs(received - bps)
  const share = bps === 0 ? '' : ` (${percent(by / bps)} %)`
  return `${showBps(received)}, ${showBps(by)}${share} ${received < bps ? 'below' : 'above'} ${wanted}`
}

const percent = (ratio: number): number | string => {
  const whole = Math.round(ratio * 100)
  return whole === 0 ? 'less than 1' : whole
}
