import { describe, expect, test } from 'vitest'
import type { TestNow } from '#core/iperf/view.ts'
import { MeshError } from '#core/model/errors.ts'
import type { HostId } from '#core/model/ids.ts'
import { DEFAULT_PARAMS, taskId, type Verdict } from '#core/model/iperf.ts'
import { outcome, useVirtualTime } from '#testing/virtual-time.ts'
import { type Measuring, measureTest, type Outcome } from './measuring.ts'

const HOST = 'h' as HostId
const task = (role: 'client' | 'server') =>
  ({ id: taskId(1, role), test: 1, role, state: 'accepted', host: HOST }) as const
const testOf = (samples: number): TestNow => ({
  spec: { id: 1, from: 0, to: 1, round: 0 },
  from: { type: 'host', name: 'a', host: HOST },
  to: { type: 'host', name: 'b', host: HOST },
  params: { ...DEFAULT_PARAMS, samples },
  client: task('client'),
  server: task('server'),
})

interface Wish {
  readonly samples?: number
  /** What each run measures; an error is thrown. */
  readonly rates: readonly (number | MeshError)[]
  readonly verdicts?: readonly (Verdict | undefined)[]
  readonly signal?: AbortSignal
  serve?(): Promise<readonly { readonly address: string }[]>
}

const run = async ({ samples = 1, rates, verdicts = [], signal, serve }: Wish) => {
  let [at, judged] = [0, 0]
  const kept: (readonly unknown[])[] = []
  const measuring: Measuring = {
    exercise: 1,
    test: testOf(samples),
    port: 20_000,
    signal: signal ?? new AbortController().signal,
    serve: serve ?? (async () => [{ address: '192.0.2.1' }]),
    choose: async ([first]) => first?.address ?? '',
    measure: async ({ address, port }) => {
      const rate = rates[at++]
      if (typeof rate !== 'number') throw rate ?? new Error(`no more than ${rates.length} runs`)
      const flow = { receivedBps: rate, sentBps: rate }
      return { sample: { ...flow, isCpuBound: false, intervals: [] }, isPartial: false, raw: { address, port, rate } }
    },
    began: () => undefined,
    keep: async (raw) => void kept.push([...raw]),
    judged: () => {
      const verdict = verdicts[judged++]
      return verdict === undefined ? undefined : { bps: 100, ratio: 1, verdict }
    },
  }
  return { outcome: (await outcome(measureTest(measuring))) as Outcome, kept, runs: () => at }
}

describe('a test', () => {
  useVirtualTime()

  test('is the median of its samples, and what was printed of each is kept', async () => {
    const { outcome: came, kept } = await run({ samples: 3, rates: [300, 100, 200] })
    expect(came).toMatchObject({ result: { receivedBps: 200, samplesBps: [300, 100, 200], retests: 0 } })
    expect(kept.at(-1)).toHaveLength(3)
  })

  test('that looks bad is measured once more, and the second time counts', async () => {
    const again = await run({ rates: [50, 110], verdicts: ['bad', 'good'] })
    expect(again.outcome.result).toMatchObject({ receivedBps: 110, retests: 1, baseline: { verdict: 'good' } })
    expect((await run({ rates: [50, 40], verdicts: ['warn', 'bad'] })).outcome.result).toMatchObject({
      receivedBps: 40,
      baseline: { verdict: 'bad' },
    })
    expect((await run({ rates: [50], verdicts: ['good'] })).runs()).toBe(1)
  })

  test('whose second time fails keeps what the first one said, and says why', async () => {
    const error = new MeshError('TOOL_FAILED', 'refused')
    const { outcome: came } = await run({ rates: [50, error], verdicts: ['bad'] })
    expect(came).toMatchObject({ error, result: { receivedBps: 50, retests: 0 } })
    // It came out so once alone.
    expect(came.result).not.toHaveProperty('baseline')
  })

  test('that fails half way keeps what there is', async () => {
    const error = new MeshError('TOOL_FAILED', 'refused')
    expect((await run({ samples: 3, rates: [70, error] })).outcome).toMatchObject({
      error,
      result: { receivedBps: 70, isPartial: true },
    })
    expect((await run({ rates: [error] })).outcome).toEqual({ error })
  })

  test('asks for its server again while that host has not heard of it, not for ever', async () => {
    let asked = 0
    const early = new MeshError('NOT_FOUND', 'not heard', { isEarly: true })
    const late = await run({
      rates: [70],
      serve: async () => {
        asked += 1
        if (asked < 3) throw early
        return [{ address: '192.0.2.1' }]
      },
    })
    expect(late.outcome.result?.receivedBps).toBe(70)
    const never = await run({ rates: [], serve: () => Promise.reject(early) })
    expect(never.outcome).toEqual({ error: early })
    const gone = new MeshError('TEST_STATE', 'ended')
    expect((await run({ rates: [], serve: () => Promise.reject(gone) })).outcome).toEqual({ error: gone })
  })

  test('that was ended before it began has nothing', async () => {
    const { outcome: came, runs } = await run({ rates: [70], signal: AbortSignal.abort() })
    expect(came.result).toBeUndefined()
    expect(came.error).toBeDefined()
    expect(runs()).toBe(0)
  })
})
