import type { MatrixCell } from '#agent/port.ts'
import { LIMITS } from '../names.ts'
import { type Part, type Source, tally } from './part.ts'

const BITS_PER_BYTE = 8

/** What was measured. All hosts know it all; each shows the pairs whose source is on it, so that a mesh shows each pair once. */
export const showTests: Part = (source, { show }) => {
  const { iperf } = source
  const exercises = iperf.list()
  const isHere = endsHere(source)
  const all = iperf.matrix().cells.filter((cell) => cell.receivedBps !== undefined && isHere(cell.source))
  const cells = all.slice(0, LIMITS.pairs)
  const rows = (value: (cell: MatrixCell) => number | null | undefined) =>
    cells.flatMap((cell): (readonly [{ readonly source: string; readonly destination: string }, number])[] => {
      const found = value(cell)
      return found === null || found === undefined
        ? []
        : [[{ source: cell.source, destination: cell.destination }, found]]
    })
  show(
    'skein_exercises',
    tally(
      exercises.map(({ state }) => state),
      ['running'],
    ).map(([state, count]) => [{ state }, count]),
  )
  show(
    'skein_tests',
    STATES.map((state) => [{ state }, exercises.reduce((sum, { states }) => sum + states[state], 0)]),
  )
  show(
    'skein_test_received_bytes_per_second',
    rows(({ receivedBps }) => receivedBps && receivedBps / BITS_PER_BYTE),
  )
  show(
    'skein_test_baseline_ratio',
    rows(({ ratio }) => ratio),
  )
  show(
    'skein_test_measured_timestamp_seconds',
    rows(({ atMs }) => atMs && atMs / 1_000),
  )
  show('skein_test_pairs_left_out', [[{}, all.length - cells.length]])
}

const STATES = ['pending', 'accepted', 'running', 'succeeded', 'failed', 'timed_out', 'canceled'] as const

/** Whether an end, as people spell it, is on this host: itself, a node of a lab, or a machine that asks here for its tasks. */
const endsHere = ({ self, labViews, iperf }: Source): ((end: string) => boolean) => {
  const { name: own } = self()
  const nodes = labViews().flatMap(({ name, nodes: all }) =>
    all.filter(({ host }) => host === own).map((node) => `${name}/${node.name}`),
  )
  const machines = iperf.attached.list().filter(({ home }) => home === own)
  const here = new Set([own, ...nodes, ...machines.map(({ name }) => name)])
  return (end) => here.has(end.split(':')[0] ?? end)
}
