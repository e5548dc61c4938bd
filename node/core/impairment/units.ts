/** What was read, or why it cannot be used, as the end of a sentence about it. */
export type Read<T> = { readonly value: T } | { readonly problem: string }

/** A minute: what is later than that was lost. */
export const MAX_DELAY_MS = 60_000
/** tc(8) takes 64 bits; slower than 1 kbit/s a frame of usual size takes longer than any protocol waits. */
const MIN_RATE_BPS = 1_000
const MAX_RATE_BPS = 1_000_000_000_000
/** A host looks at all it has at each turn of a flap. */
const MIN_FLAP_MS = 1_000
const MAX_FLAP_MS = 24 * 3_600_000

const MS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }
const BPS: Readonly<Record<string, number>> = {
  bit: 1,
  kbit: 1e3,
  mbit: 1e6,
  gbit: 1e9,
  bps: 1,
  kbps: 1e3,
  mbps: 1e6,
  gbps: 1e9,
}

/** `10ms`, `0.5s`, `250us`; milliseconds, to the microsecond. */
export function readDelayMs(text: string): Read<number> {
  const ms = amount(text, MS)
  if (ms === undefined) return { problem: 'is not a time; write it as in 10ms or 0.5s' }
  const value = Math.round(ms * 1000) / 1000
  return value > 0 && value <= MAX_DELAY_MS ? { value } : { problem: 'must be more than 0 and at most 60s' }
}

/** `1%` or `0.1`; percent. */
export function readPercent(text: string): Read<number> {
  const [, number] = /^(\d+(?:\.\d+)?)\s*%?$/.exec(text.trim()) ?? []
  if (number === undefined) return { problem: 'is not a share; write it as in 1% or 0.1%' }
  const value = Math.round(Number(number) * 10_000) / 10_000
  return value > 0 && value <= 100 ? { value } : { problem: 'must be more than 0% and at most 100%' }
}

/** `10mbit`, `512kbit`, `1gbit`, also `10mbps`: bits per second all of them. */
export function readRateBps(text: string): Read<number> {
  const bps = amount(text, BPS)
  if (bps === undefined) return { problem: 'is not a rate; write it as in 10mbit or 512kbit' }
  const value = Math.round(bps)
  const isInside = value >= MIN_RATE_BPS && value <= MAX_RATE_BPS
  return isInside ? { value } : { problem: 'must be from 1kbit to 1000gbit' }
}

/** `5s/10s`: down for 5 s, then up for 10 s, and so on. */
export function readFlap(text: string): Read<{ readonly downMs: number; readonly upMs: number }> {
  const [down, up, ...rest] = text.split('/').map((part) => amount(part, MS))
  if (down === undefined || up === undefined || rest.length > 0)
    return { problem: 'is not a schedule; write how long it is down and how long up, as in 5s/10s' }
  const isInside = [down, up].every((ms) => ms >= MIN_FLAP_MS && ms <= MAX_FLAP_MS)
  if (!isInside) return { problem: 'must have times from 1s to 24h' }
  return { value: { downMs: Math.round(down), upMs: Math.round(up) } }
}

function amount(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/.exec(text.trim().toLowerCase()) ?? []
  const times = unit === undefined || !Object.hasOwn(units, unit) ? undefined : units[unit]
  return times === undefined ? undefined : Number(number) * times
}
