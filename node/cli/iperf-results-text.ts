import { showBps } from '#core/iperf/rate-text.ts'
import type { ResultRow } from '#core/iperf/rows.ts'
import { msText, stateText } from './iperf-text.ts'
import { table } from './output.ts'

/** Rows of results as people read them. */
export const resultsText = (rows: readonly ResultRow[]): string =>
  table(
    [
      ...['test', 'exercise', 'source', 'destination', 'state', 'received', 'retr', 'jitter', 'loss'],
      ...['rtt idle', 'rtt loaded', 'started', 'error'],
    ],
    rows.map((row) => [
      row.id,
      row.exercise,
      row.source,
      row.destination,
      stateText(row.state),
      row.receivedBps === null ? undefined : showBps(row.receivedBps),
      row.retransmits,
      msText(row.jitterMs),
      row.lossRatio === undefined ? undefined : `${Number((row.lossRatio * 100).toPrecision(2))} %`,
      msText(row.idleMs),
      msText(row.loadedMs),
      row.startedAt,
      row.error,
    ]),
  )
