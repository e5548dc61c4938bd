import * as z from 'zod'
import type { Shape } from '#core/model/impairment.ts'
import { decodeJson } from '../tool-output.ts'

/** A queueing discipline of ours, as it was read back. */
export interface Qdisc {
  readonly device: string
  readonly shape: Shape
  /** Its mark says that the node's own side has one as well. */
  readonly isWithin: boolean
}

/** Kinds of ours; `pfifo` does nothing, and carries the mark where only the node's side has something to do. */
export const KINDS = ['tbf', 'netem', 'pfifo'] as const
export type Kind = (typeof KINDS)[number]

/** `5ce0:` to `5cef:` are ours: the kind, and with 8 added: there is one inside as well. Another kind has another handle, so it can replace. */
export const handleOf = (kind: Kind, isWithin: boolean): string =>
  `${(0x5ce1 + KINDS.indexOf(kind) + (isWithin ? 8 : 0)).toString(16)}:`

const HANDLE = /^5ce([1-3]|[9ab]):$/

const Rows = z.array(
  z.looseObject({
    kind: z.string(),
    handle: z.string().optional(),
    dev: z.string().optional(),
    root: z.boolean().optional(),
    options: z.looseObject({}).optional(),
  }),
)

const Tbf = z.looseObject({ rate: z.number() })
const Part = (key: string) => z.looseObject({ [key]: z.number() }).optional()
const Netem = z.looseObject({
  delay: z.looseObject({ delay: z.number(), jitter: z.number().optional() }).optional(),
  'loss-random': Part('loss'),
  corrupt: Part('corrupt'),
  rate: Part('rate'),
})

/** Root qdiscs that carry our handle, from `tc -j qdisc show`. Throws TOOL_FAILED. */
export const parseQdiscs = (text: string): readonly Qdisc[] =>
  decodeJson('tc -j qdisc show', text, Rows).flatMap(({ kind, handle = '', dev, root, options }) => {
    const digit = HANDLE.exec(handle)?.[1]
    if (digit === undefined || dev === undefined || root !== true) return []
    return [{ device: dev, shape: shapeOf(kind, options), isWithin: Number.parseInt(digit, 16) > 8 }]
  })

/** Of options that cannot be read nothing is known, so they are set anew. */
function shapeOf(kind: string, options: unknown): Shape {
  if (kind === 'tbf') {
    const read = Tbf.safeParse(options)
    return read.success ? { rateBps: read.data.rate * 8 } : {}
  }
  const read = kind === 'netem' ? Netem.safeParse(options) : undefined
  return read?.success === true ? netemShape(read.data) : {}
}

/** Times in seconds, shares from 0 to 1, rates in bytes a second: iproute2's JSON of netem. */
function netemShape({ delay, 'loss-random': loss, corrupt, rate }: z.infer<typeof Netem>): Shape {
  return {
    ...positive('delayMs', (delay?.delay ?? 0) * 1000),
    ...positive('jitterMs', (delay?.jitter ?? 0) * 1000),
    ...positive('lossPercent', numberIn(loss, 'loss') * 100),
    ...positive('corruptPercent', numberIn(corrupt, 'corrupt') * 100),
    ...positive('rateBps', numberIn(rate, 'rate') * 8),
  }
}

const numberIn = (part: Readonly<Record<string, unknown>> | undefined, key: string): number => {
  const value = part?.[key]
  return typeof value === 'number' ? value : 0
}

const positive = (key: keyof Shape, value: number): Shape =>
  value > 0 ? { [key]: Math.round(value * 10_000) / 10_000 } : {}
