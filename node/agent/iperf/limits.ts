import { testLimitMs } from '#core/iperf/estimate.ts'
import type { TestNow } from '#core/iperf/view.ts'

/** What an attached machine may take, beside, for each run: it asks for its tasks now and then. */
export const CLAIM_REST_MS = 35_000

/** Who is down for less may only restart. */
export const DOWN_MS = 15_000

/** After this a test is over, whatever it does. */
export const limitOf = ({ params, from, to }: Pick<TestNow, 'params' | 'from' | 'to'>): number => {
  const attached = [from, to].filter(({ type }) => type === 'attached').length
  return testLimitMs(params) + 2 * params.samples * attached * CLAIM_REST_MS
}
