import type { Exec } from '#platform/exec.ts'
import type { StartJob } from '#platform/job.ts'
import type { Iperf } from './iperf.ts'

/** Iperf over the tools of this host. */
export const createIperf = (_deps: { readonly exec: Exec; readonly startJob: StartJob }): Iperf => {
  throw new Error('not yet')
}
