const UNITS_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

const isUnit = (unit: string): unit is keyof typeof UNITS_MS => Object.hasOwn(UNITS_MS, unit)

/** Milliseconds of a text like `90s`, `5m`, `1.5h`, `2d`, `1h30m`; undefined where it is not one, or is zero. */
export function parseDurationMs(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ms|[smhd]))+$/.test(text)) return undefined
  let total = 0
  for (const [, amount = '', , unit = ''] of text.matchAll(/(\d+(\.\d+)?)(ms|[smhd])/g)) {
    if (isUnit(unit)) total += Number(amount) * UNITS_MS[unit]
  }
  return total > 0 && Number.isSafeInteger(Math.round(total)) ? Math.round(total) : undefined
}

/** An age for people, in its largest unit: `3s`, `2m`, `5h`, `12d`; `-` for none. */
export function ageText(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return '-'
  if (ms < 60_000) return `${Math.max(0, Math.floor(ms / 1000))}s`
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)}m`
  if (ms < 86_400_000) return `${Math.floor(ms / 3_600_000)}h`
  return `${Math.floor(ms / 86_400_000)}d`
}
