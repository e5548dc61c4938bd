const UNITS = ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s', 'Tbit/s'] as const
const FACTORS: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 }
const RATE = /^(\d+(?:\.\d+)?|\.\d+)\s*([kmgt]?)(?:bit\/s|bps|bit)?$/i

/** A rate for people, three digits: `940 Mbit/s`, `1.25 Gbit/s`, `0 bit/s`. */
export function showBps(bps: number): string {
  if (!Number.isFinite(bps) || bps <= 0) return '0 bit/s'
  const rounded = bps < 1000 ? Math.round(bps) : Number(bps.toPrecision(3))
  const unit = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, rounded)) / 3 + 1e-9))
  return `${Number((rounded / 1000 ** unit).toFixed(2))} ${UNITS[unit]}`
}

/** Bits a second of `500M`, `1.5G`, `10k`, `940 Mbit/s`, `1000000`; SI. Undefined for what is no rate. */
export function parseBps(text: string): number | undefined {
  const [, number, unit] = RATE.exec(text.trim()) ?? []
  const factor = FACTORS[(unit ?? '').toLowerCase()]
  return number === undefined || factor === undefined ? undefined : Math.round(Number(number) * factor)
}
