import { impairmentText } from '#core/impairment/text.ts'
import { isShaping, needsNetem, type Shape } from '#core/model/impairment.ts'
import type { Op, Shaper } from '#core/model/resource.ts'
import type { Command } from '#platform/exec.ts'
import { type BatchLine, batch, inNamespace } from '../batch.ts'
import type { Step } from '../driver.ts'
import { handleOf, KINDS, type Kind } from './parse.ts'

/** Steps for what shapes frames: one for all at the host's side, and one for each node that has something to be done inside. */
export const shaperSteps = (ops: readonly Op<Shaper>[]): readonly Step[] => {
  const [within, plain] = [ops.filter(touchesNode), ops.filter((op) => !touchesNode(op))]
  return [
    ...(plain.length === 0 ? [] : [{ ops: plain, commands: hostSide(plain) }]),
    ...within.map((op) => ({ ops: [op], commands: [...nodeSide(op), ...hostSide([op])] })),
  ]
}

/** Whether something is or was done inside the node. A namespace that ended took it along. */
const touchesNode = (op: Op<Shaper>): boolean =>
  (op.type !== 'create' && op.from.pid !== 0 && isShaping(op.from.from)) ||
  (op.type !== 'delete' && isShaping(op.to.from))

/** Devices of ours: whatever queues there is replaced. */
const hostSide = (ops: readonly Op<Shaper>[]): readonly Command[] => [
  ...batch(
    { tool: 'tc', tolerant: true },
    ops.flatMap((op) => (op.type === 'delete' ? removal(op.from.device, ALL_HANDLES) : [])),
  ),
  ...batch(
    { tool: 'tc' },
    ops.flatMap((op) => (op.type === 'delete' ? [] : [hostLine(op.to)])),
  ),
]

const hostLine = (to: Shaper): BatchLine => {
  const handle = handleOf(kindOf(to.towards), isShaping(to.from))
  return ['qdisc', 'replace', 'dev', to.device, 'root', 'handle', handle, ...shapeWords(to.towards, to.mtuBytes)]
}

/** The node's interface is its own: only what carries our handle is taken away, and nothing is put in the place of another. */
const nodeSide = (op: Op<Shaper>): readonly Command[] => {
  const { name, pid } = op.type === 'delete' ? op.from : op.to
  const gone = batch(
    { tool: 'tc', pid, tolerant: true },
    removal(
      name,
      KINDS.map((kind) => handleOf(kind, false)),
    ),
  )
  if (op.type === 'delete' || !isShaping(op.to.from)) return gone
  const { endpoint, from, mtuBytes } = op.to
  const words = ['root', 'handle', handleOf(kindOf(from), false), ...shapeWords(from, mtuBytes)]
  return [
    ...gone,
    {
      ...inNamespace(pid, 'tc', ['qdisc', 'add', 'dev', name, ...words]),
      otherwise: `${impairmentText(from)} cannot be set on ${endpoint}: the node has a queueing discipline of its own there, or the kernel lacks what it takes`,
    },
  ]
}

/** Whatever was made of it by hand: all that can be ours goes. */
const ALL_HANDLES = [true, false].flatMap((isWithin) => KINDS.map((kind) => handleOf(kind, isWithin)))

const removal = (device: string, handles: readonly string[]): readonly BatchLine[] =>
  handles.map((handle) => ['qdisc', 'del', 'dev', device, 'root', 'handle', handle])

const kindOf = (shape: Shape): Kind => {
  if (needsNetem(shape)) return 'netem'
  return shape.rateBps === undefined ? 'pfifo' : 'tbf'
}

/** What tc-tbf(8) and tc-netem(8) take. */
function shapeWords(shape: Shape, mtuBytes: number): BatchLine {
  const kind = kindOf(shape)
  if (kind === 'pfifo') return [kind, 'limit', '1000']
  return kind === 'tbf' ? tbfWords(shape.rateBps ?? 0, mtuBytes) : netemWords(shape)
}

/** The kernel refills a bucket at each tick, 100 to 1000 times a second: less than 10 ms of data would be less than the rate. */
const BURST_S = 0.01
/** Ethernet header with a VLAN tag, and a second frame behind the first. */
const FRAMES_IN_BUCKET = 2
const HEADER_BYTES = 18
/** What waits longer is dropped. */
const TBF_LATENCY = '100ms'

const tbfWords = (rateBps: number, mtuBytes: number): BatchLine => {
  const burst = Math.max(Math.ceil((rateBps / 8) * BURST_S), FRAMES_IN_BUCKET * (mtuBytes + HEADER_BYTES))
  return ['tbf', 'rate', `${rateBps}bit`, 'burst', String(burst), 'latency', TBF_LATENCY]
}

/** Frames that may wait: with a rate what passes during the delay and a little more, else what a fast link sends during it. */
const MIN_LIMIT = 100
const MAX_LIMIT = 10_000
const FRAME_BITS = 1500 * 8
const QUEUE_MS = 100

function netemWords({ delayMs, jitterMs, lossPercent, corruptPercent, rateBps }: Shape): BatchLine {
  const waitMs = (delayMs ?? 0) + (jitterMs ?? 0) + QUEUE_MS
  const frames = rateBps === undefined ? MAX_LIMIT : Math.ceil((rateBps * waitMs) / 1000 / FRAME_BITS)
  return [
    'netem',
    'limit',
    String(Math.min(MAX_LIMIT, Math.max(MIN_LIMIT, frames))),
    ...(delayMs === undefined ? [] : ['delay', micros(delayMs), ...(jitterMs === undefined ? [] : [micros(jitterMs)])]),
    ...(lossPercent === undefined ? [] : ['loss', `${lossPercent}%`]),
    ...(corruptPercent === undefined ? [] : ['corrupt', `${corruptPercent}%`]),
    ...(rateBps === undefined ? [] : ['rate', `${rateBps}bit`]),
  ]
}

const micros = (ms: number): string => `${Math.round(ms * 1000)}us`
