import * as z from 'zod'

/** Nothing that is measured comes near it, in any unit iperf3 prints. */
const MOST = 1e15

/** cJSON prints what is not a number as null; -1 is what iperf3 writes where the kernel does not tell. */
const Amount = z.number().max(MOST).nullish()
/** The kernel counts in 32 bits; what is more, or a part of one, no other host would read in a record. */
const Count = z.int().max(0xffff_ffff).nullish()

const Sum = z.looseObject({
  start: Amount,
  seconds: Amount,
  bytes: Amount,
  bits_per_second: Amount,
  retransmits: Count,
  jitter_ms: Amount,
  lost_packets: Amount,
  packets: Amount,
  lost_percent: Amount,
  omitted: z.boolean().nullish(),
})

const Sender = z.looseObject({ sender: z.boolean().nullish(), min_rtt: Amount, mean_rtt: Amount, max_rtt: Amount })

const End = z.looseObject({
  streams: z.array(z.looseObject({ sender: Sender.nullish() })).nullish(),
  sum: Sum.nullish(),
  sum_sent: Sum.nullish(),
  sum_received: Sum.nullish(),
  sum_bidir_reverse: Sum.nullish(),
  sum_sent_bidir_reverse: Sum.nullish(),
  sum_received_bidir_reverse: Sum.nullish(),
  cpu_utilization_percent: z.looseObject({ host_total: Amount, remote_total: Amount }).nullish(),
})

const Start = z.looseObject({
  version: z.string().nullish(),
  connected: z.array(z.unknown()).nullish(),
  test_start: z.looseObject({ protocol: z.string().nullish() }).nullish(),
})

/** What `iperf3 -J` prints, as far as it is read; every part may be absent. */
export const Report = z.looseObject({
  start: Start.nullish(),
  intervals: z.array(z.looseObject({ sum: Sum.nullish() })).nullish(),
  end: End.nullish(),
  error: z.string().nullish(),
})

export type Sum = z.infer<typeof Sum>
export type Report = z.infer<typeof Report>
