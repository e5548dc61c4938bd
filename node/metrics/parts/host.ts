import type { CapacityView } from '#agent/port.ts'
import { MIB_BYTES } from '#core/model/units.ts'
import type { Part } from './part.ts'

/** How far this host is what it is to be, and what it has for lab nodes. */
export const showHost: Part = ({ self, hosts, telemetry }, { show }) => {
  const { wanted, seen, troubles } = telemetry().host
  const { id: own } = self()
  const capacity = hosts().find(({ id }) => id === own)?.capacity
  show('skein_reconcile_resources', [
    [{ state: 'wanted' }, wanted],
    [{ state: 'seen' }, seen],
  ])
  show(
    'skein_reconcile_troubles',
    Object.entries(troubles).map(([doing, count]) => [{ doing }, count]),
  )
  show('skein_host_cpus', capacity === undefined ? [] : amounts(capacity.cpus, 1))
  show('skein_host_memory_bytes', capacity === undefined ? [] : amounts(capacity.memoryMiB, MIB_BYTES))
}

const PARTS = ['total', 'limit', 'promised', 'free'] as const

const amounts = (amount: CapacityView['cpus'], unit: number) =>
  PARTS.flatMap((part): (readonly [{ readonly part: string }, number])[] => {
    const value = amount[part]
    return value === null ? [] : [[{ part }, value * unit]]
  })
