import { z } from 'zod'
import { MeshError } from '#core/model/errors.ts'
import type { Interval } from '#core/model/iperf.ts'
import type { EndAddress } from './runner.ts'

const id = z.int().min(1)

/** The client's host asks the server's for a server that listens; without `port` for its addresses alone. */
export const ServeRequest = z.object({ exercise: id, test: id, port: z.int().min(1).max(65_535).exactOptional() })
export type ServeRequest = { readonly exercise: number; readonly test: number; readonly port?: number }

/** It needs it no more, as its task ended so. */
export const ServedRequest = z.object({
  exercise: id,
  test: id,
  state: z.enum(['succeeded', 'failed', 'timed_out', 'canceled']),
  error: z.string().max(4_000).exactOptional(),
})
export type ServedRequest = z.infer<typeof ServedRequest>

/** What goes through now is asked of the hosts of servers. */
export const LiveRequest = z.object({ exercise: id })

/** Intervals of the sample under way, of one test. */
export interface LiveHere {
  readonly test: number
  readonly intervals: readonly Interval[]
}

const amount = z.number().min(0)
const Live: z.ZodType<readonly LiveHere[]> = z.array(
  z.object({ test: id, intervals: z.array(z.object({ atS: amount, bps: amount })).max(1_000) }),
)

/** What the host of a server answered; nothing where it makes no sense. */
export const liveOf = (answer: unknown): readonly LiveHere[] => Live.safeParse(answer).data ?? []

/** What iperf3 printed is asked of the host that ran the client. */
export const RawRequest = z.object({ test: id })

const Addresses: z.ZodType<readonly EndAddress[]> = z.array(
  z.object({ interface: z.string().exactOptional(), address: z.string() }),
)

/** What a server's host answered. UNREACHABLE where it makes no sense. */
export function addressesOf(answer: unknown): readonly EndAddress[] {
  const read = Addresses.safeParse(answer)
  if (read.success) return read.data
  throw new MeshError('UNREACHABLE', 'the host of the server answered something that is no list of addresses')
}

/** The body of a request. BAD_INPUT. */
export function parsed<T>(schema: z.ZodType<T>, body: unknown): T {
  const read = schema.safeParse(body)
  if (read.success) return read.data
  const issues = read.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`)
  throw new MeshError('BAD_INPUT', `malformed request: ${issues.join('; ')}`)
}
