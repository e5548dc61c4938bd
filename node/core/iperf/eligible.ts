import type { HostId } from '../model/ids.ts'
import { isTerminal, nicOf } from '../model/iperf.ts'
import type { TestNow } from './view.ts'

/**
 * Tests of a started exercise that this host may begin, lowest round first: pending, their client is here, and all of lower rounds that share a NIC
 * with them have ended. Those in the background wait for nobody, and nobody for them.
 */
export function eligible(tests: readonly TestNow[], self: HostId): readonly TestNow[] {
  const open = new Map<string, number>()
  for (const test of tests) {
    if (isTerminal(test.client.state) || test.params.class === 'background') continue
    for (const nic of nicsOf(test)) open.set(nic, Math.min(test.spec.round, open.get(nic) ?? test.spec.round))
  }
  const isFree = (test: TestNow): boolean =>
    test.params.class === 'background' || nicsOf(test).every((nic) => (open.get(nic) ?? 0) >= test.spec.round)
  return tests
    .filter((test) => test.client.host === self && test.client.state === 'pending' && isFree(test))
    .toSorted((a, b) => a.spec.round - b.spec.round || a.spec.id - b.spec.id)
}

const nicsOf = ({ from, to }: TestNow): readonly string[] => [nicOf(from), nicOf(to)]
