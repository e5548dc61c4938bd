import { showBps } from '#core/iperf/rate-text.ts'
import type { ResultRow } from '#core/iperf/rows.ts'

export type { ResultRow }

/** The rate of a row, a dash where there is none. */
export const rateOf = ({ receivedBps }: Pick<ResultRow, 'receivedBps'>): string =>
  receivedBps === null ? '–' : showBps(receivedBps)
