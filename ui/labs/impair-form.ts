import type { ImpairLink, LinkView } from '#agent/port.ts'

/** The fields as they are typed; empty takes away. Rates in Mbit/s, flaps in seconds. */
export interface ImpairForm {
  readonly delayMs: string
  readonly jitterMs: string
  readonly lossPercent: string
  readonly corruptPercent: string
  readonly rateMbps: string
  readonly flapDownS: string
  readonly flapUpS: string
}

export const EMPTY_FORM: ImpairForm = {
  delayMs: '',
  jitterMs: '',
  lossPercent: '',
  corruptPercent: '',
  rateMbps: '',
  flapDownS: '',
  flapUpS: '',
}

type Values = NonNullable<LinkView['impairments']>[string]

const shown = (value: number | undefined, divisor = 1): string => (value === undefined ? '' : String(value / divisor))

/** What is done to a link now, as the form shows it: that of its first impaired end. */
export function formOf({ impairments = {} }: Pick<LinkView, 'impairments'>): ImpairForm {
  const now: Values = Object.values(impairments)[0] ?? {}
  return {
    delayMs: shown(now.delayMs),
    jitterMs: shown(now.jitterMs),
    lossPercent: shown(now.lossPercent),
    corruptPercent: shown(now.corruptPercent),
    rateMbps: shown(now.rateBps, 1_000_000),
    flapDownS: shown(now.flap?.downMs, 1_000),
    flapUpS: shown(now.flap?.upMs, 1_000),
  }
}

const LIMITS: Readonly<Record<keyof ImpairForm, readonly [least: number, most: number, what: string]>> = {
  delayMs: [0, 60_000, 'Delay'],
  jitterMs: [0, 60_000, 'Jitter'],
  lossPercent: [0, 100, 'Loss'],
  corruptPercent: [0, 100, 'Corruption'],
  rateMbps: [0.001, 1_000_000, 'Rate'],
  flapDownS: [1, 86_400, 'Flap, down'],
  flapUpS: [1, 86_400, 'Flap, up'],
}

/** What is to be asked for, or all mistakes at once, each by its field. */
export type ReadForm =
  | { readonly ask: ImpairLink; readonly mistakes: null }
  | { readonly ask: null; readonly mistakes: Readonly<Partial<Record<keyof ImpairForm, string>>> }

/** Reads the form; what is empty or 0 is taken away. */
export function readForm(form: ImpairForm): ReadForm {
  const mistakes: Partial<Record<keyof ImpairForm, string>> = {}
  const value = (name: keyof ImpairForm): number | null => {
    const [least, most, what] = LIMITS[name]
    const typed = form[name].trim().replace(',', '.')
    const number = typed === '' ? 0 : Number(typed)
    if (number === 0) return null
    if (Number.isFinite(number) && number >= least && number <= most) return number
    mistakes[name] = `${what} is a number from ${least} to ${most}`
    return null
  }
  const [delayMs, jitterMs] = [value('delayMs'), value('jitterMs')]
  const [lossPercent, corruptPercent, rate] = [value('lossPercent'), value('corruptPercent'), value('rateMbps')]
  const [down, up] = [value('flapDownS'), value('flapUpS')]
  if (jitterMs !== null && delayMs === null && mistakes.delayMs === undefined)
    mistakes.jitterMs = 'Jitter is around a delay: give a delay too'
  if ((down === null) !== (up === null) && mistakes.flapDownS === undefined && mistakes.flapUpS === undefined)
    mistakes[down === null ? 'flapDownS' : 'flapUpS'] = 'A flap has both times'
  if (Object.keys(mistakes).length > 0) return { ask: null, mistakes }
  const rateBps = rate === null ? null : Math.round(rate * 1_000_000)
  const flap = down === null || up === null ? null : { downMs: Math.round(down * 1_000), upMs: Math.round(up * 1_000) }
  return { ask: { delayMs, jitterMs, lossPercent, corruptPercent, rateBps, flap }, mistakes: null }
}
