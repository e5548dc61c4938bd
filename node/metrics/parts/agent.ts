import { readProcessFacts } from '#platform/process-facts.ts'
import type { Part } from './part.ts'

/** Told by a code of its own; the feed counts it. */
const EVENT_NOT_TOLD = 'EVENT_NOT_TOLD'

/** What runs here, what it takes of the machine, and what it met. */
export const showAgent: Part = ({ self, counters }, { show }) => {
  const { version, role, meshId } = self()
  const codes = counters()
  const facts = readProcessFacts()
  show('skein_agent_info', [[{ version, role, mesh: meshId }, 1]])
  show('skein_agent_start_time_seconds', [[{}, facts.startedS]])
  show('skein_agent_cpu_seconds_total', [
    [{ mode: 'user' }, facts.userS],
    [{ mode: 'system' }, facts.systemS],
  ])
  show('skein_agent_resident_memory_bytes', [[{}, facts.residentBytes]])
  show('skein_agent_heap_used_bytes', [[{}, facts.heapUsedBytes]])
  show('skein_agent_open_files', facts.openFiles === undefined ? [] : [[{}, facts.openFiles]])
  show(
    'skein_agent_codes_total',
    Object.entries(codes).map(([code, count]) => [{ code }, count]),
  )
  show('skein_events_dropped_total', [[{}, codes[EVENT_NOT_TOLD] ?? 0]])
}
