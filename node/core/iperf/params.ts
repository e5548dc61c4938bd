import { DEFAULT_PARAMS, type TestParams } from '../model/iperf.ts'
import { showBps } from './rate-text.ts'

/** What iperf3 aims at with UDP where nothing is said: iperf3(1), `-b`. */
const UDP_DEFAULT_BPS = 1_000_000
/** What may overlap with other tests. */
const BACKGROUND_BPS = 1_000_000

const RANGES = {
  timeS: [1, 3600],
  parallel: [1, 128],
  samples: [1, 20],
  bitrateBps: [1000, 1_000_000_000_000],
} as const
const NAMES: Readonly<Record<keyof typeof RANGES, string>> = {
  timeS: 'time',
  parallel: 'parallel',
  samples: 'samples',
  bitrateBps: 'bitrate',
}

/** Bits a second that all senders of a test aim at together; undefined where nothing limits them. */
export function aimedBps({ tool, protocol, bitrateBps, parallel, isBidir }: TestParams): number | undefined {
  const each = bitrateBps ?? (protocol === 'udp' ? UDP_DEFAULT_BPS : undefined)
  return tool === 'ping' || each === undefined ? undefined : each * parallel * (isBidir ? 2 : 1)
}

/** The usual parameters with those told, and all that is wrong with them. */
export function paramsOf(told: Partial<TestParams> | undefined): {
  readonly params: TestParams
  readonly problems: readonly string[]
} {
  const params: TestParams = { ...DEFAULT_PARAMS, ...told }
  return { params, problems: [...outOfRange(params), ...conflicts(params)] }
}

function outOfRange(params: TestParams): readonly string[] {
  return (['timeS', 'parallel', 'samples', 'bitrateBps'] as const).flatMap((key) => {
    const [value, [least, most]] = [params[key], RANGES[key]]
    if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return []
    const range = key === 'bitrateBps' ? `${showBps(least)} to ${showBps(most)}` : `${least} to ${most}`
    return [`${NAMES[key]} ${value} is not a whole number from ${range}`]
  })
}

function conflicts(params: TestParams): readonly string[] {
  const { isBidir, isReverse, tool, protocol, parallel, bitrateBps } = params
  const isMore = protocol === 'udp' || isBidir || isReverse || parallel !== 1 || bitrateBps !== undefined
  const aimed = aimedBps(params)
  const isHeavy = tool !== 'ping' && (protocol !== 'udp' || (aimed ?? 0) > BACKGROUND_BPS)
  return [
    ...(isBidir && isReverse ? ['bidir and reverse exclude each other: bidir measures both directions'] : []),
    ...(tool === 'ping' && isMore ? ['ping has no protocol, direction, parallel streams or bitrate of its own'] : []),
    ...(params.class === 'background' && isHeavy
      ? [`a test in the background is ping, or UDP of ${showBps(BACKGROUND_BPS)} at most, all streams together`]
      : []),
  ]
}
