import type { MatrixCell } from '#agent/port.ts'
import { LIMITS } from '../names.ts'
import { type Part, type Source, tally } from './part.ts'

const BITS_PER_BYTE = 8

/** What was measured. All hosts know it all; each shows the pairs whose source is on it, so that a mesh shows each pair once, while both ends are there. */
export const showTests: Part = (source, { show }) => {
  const { iperf } = source
  const exercises = iperf.list()
  const { name: own } = source.self()
  const hostOf = hostsOfEnds(source)
  const all = iperf
    .matrix()
    .cells.filter((cell) => cell.receivedBps !== undefined && hostOf(cell.source) === own)
    .filter(({ destination }) => hostOf(destination) !== undefined)
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

/** The host that an end, as people spell it, is on: itself, that of a node of a lab, or where a machine asks for its tasks. Undefined for what is gone. */
const hostsOfEnds = ({ hosts, labViews, iperf }: Source): ((end: string) => string | null | undefined) => {
  const nodes = labViews().flatMap(({ name, nodes: all }) =>
    all.map((node) => [`${name}/${node.name}`, node.host ?? null] as const),
  )
  const machines = iperf.attached.list().map(({ name, home }) => [name, home] as const)
  const there = hosts().filter(({ state }) => state !== 'left')
  const names = there.map(({ name }) => [name, name] as const)
  const all = new Map<string, string | null>([...nodes, ...machines, ...names])
  return (end) => all.get(end.split(':')[0] ?? end)
}
