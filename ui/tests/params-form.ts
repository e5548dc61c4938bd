import { DEFAULT_PARAMS, type TestParams } from '#core/model/iperf.ts'

/** How it is measured, as the form has it: numbers as typed, the bitrate in Mbit/s, empty where nothing limits it. */
export interface ParamsForm {
  readonly what: 'tcp' | 'udp' | 'ping'
  readonly direction: 'forward' | 'reverse' | 'bidir'
  readonly way: 'overlay' | 'underlay'
  readonly timeS: string
  readonly parallel: string
  readonly samples: string
  readonly rateMbps: string
  readonly isBackground: boolean
}

/** The form that says these. */
export const formOf = (params: TestParams = DEFAULT_PARAMS): ParamsForm => ({
  what: params.tool === 'ping' ? 'ping' : params.protocol,
  direction: params.isBidir ? 'bidir' : params.isReverse ? 'reverse' : 'forward',
  way: params.way,
  timeS: String(params.timeS),
  parallel: String(params.parallel),
  samples: String(params.samples),
  rateMbps: params.bitrateBps === undefined ? '' : String(params.bitrateBps / 1e6),
  isBackground: params.class === 'background',
})

type Numbers = 'timeS' | 'parallel' | 'samples' | 'rateMbps'
type Mistakes = Readonly<Partial<Record<Numbers | 'isBackground', string>>>

const LIMITS: Readonly<Record<Numbers, readonly [least: number, most: number, what: string]>> = {
  timeS: [1, 3600, 'Seconds'],
  parallel: [1, 128, 'Streams'],
  samples: [1, 20, 'Samples'],
  rateMbps: [0.001, 1_000_000, 'Rate'],
}

/** What is to be asked for, or all mistakes at once, each by its field. */
export type ReadParams =
  | { readonly params: Partial<TestParams>; readonly mistakes: null }
  | { readonly params: null; readonly mistakes: Mistakes }

const BACKGROUND_MBPS = 1

/** Reads the form. What does not go together with the tool is left out: its fields are not shown then. */
export function readParams(form: ParamsForm): ReadParams {
  const mistakes: Partial<Record<Numbers | 'isBackground', string>> = {}
  const value = (name: Numbers, isWhole: boolean): number => {
    const [least, most, what] = LIMITS[name]
    const number = Number(form[name].trim().replace(',', '.') || 'none')
    if (number >= least && number <= most && (!isWhole || Number.isInteger(number))) return number
    mistakes[name] = `${what}: a ${isWhole ? 'whole ' : ''}number from ${least} to ${most}`
    return least
  }
  const isPing = form.what === 'ping'
  const timeS = value('timeS', true)
  const samples = value('samples', true)
  const parallel = isPing ? 1 : value('parallel', true)
  const rateMbps = isPing || form.rateMbps.trim() === '' ? undefined : value('rateMbps', false)
  const isLittle = isPing || (form.what === 'udp' && (rateMbps ?? BACKGROUND_MBPS) <= BACKGROUND_MBPS)
  if (form.isBackground && !isLittle) mistakes.isBackground = `Background: ping, or UDP up to ${BACKGROUND_MBPS} Mbit/s`
  if (Object.keys(mistakes).length > 0) return { params: null, mistakes }
  const params: Partial<TestParams> = {
    tool: isPing ? 'ping' : 'iperf3',
    protocol: form.what === 'udp' ? 'udp' : 'tcp',
    ...{ timeS, parallel, samples, way: form.way },
    isReverse: !isPing && form.direction === 'reverse',
    isBidir: !isPing && form.direction === 'bidir',
    class: form.isBackground ? 'background' : 'exclusive',
    ...(rateMbps === undefined ? {} : { bitrateBps: Math.round(rateMbps * 1e6) }),
  }
  return { params, mistakes: null }
}
