/** How long something is ago, in the fewest letters that are right: `0.4 s`, `12 s`, `3 min`, `5 h`, `2 d`; `never` for null. */
export function ageText(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return 'never'
  if (ms < 950) return `${(Math.max(0, ms) / 1000).toFixed(1)} s`
  if (ms < 90_000) return `${Math.round(ms / 1000)} s`
  if (ms < 90 * 60_000) return `${Math.round(ms / 60_000)} min`
  if (ms < 36 * 3_600_000) return `${Math.round(ms / 3_600_000)} h`
  return `${Math.round(ms / 86_400_000)} d`
}

/** Wall clock of a day in the reader's zone, to the second: `14:03:07`. */
export const clockText = (atMs: number): string => new Date(atMs).toLocaleTimeString('en-GB', { hour12: false })

/** Date and clock in the reader's zone: `2026-11-21 14:03`. */
export function dateText(at: number | string): string {
  const date = new Date(at)
  if (Number.isNaN(date.getTime())) return 'unknown'
  const two = (value: number): string => String(value).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`
}

/** Milliseconds of a path: two digits of what matters. */
export const msText = (ms: number): string => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`

/** MiB as people say it: `512 MiB`, `7.8 GiB`. */
export const mibText = (mib: number): string =>
  mib < 1024 ? `${Math.round(mib)} MiB` : `${(mib / 1024).toFixed(1)} GiB`

/** `1 host`, `2 hosts`. */
export const count = (many: number, one: string): string => `${many} ${one}${many === 1 ? '' : 's'}`
