import { matrixOf } from '#core/iperf/matrix.ts'
import type { HostId } from '#core/model/ids.ts'
import type { ExerciseBody, TaskState } from '#core/model/iperf.ts'
import type { Store } from '#store/index.ts'
import type { AllocationView } from '../port.ts'
import type { ExerciseSummary, MatrixView, TaskView, TestReservation, TestView } from '../port-iperf.ts'
import type { Ledger } from './ledger.ts'
import { summaryOf, tasksOf, testView } from './views.ts'

export interface ResultsOptions {
  readonly self: HostId
  readonly ledger: Ledger
  readonly store: Pick<Store, 'getMeta' | 'putMeta'>
  request(peer: HostId, name: 'iperf-raw', body: unknown, timeoutMs: number): Promise<unknown>
  allocations(): Promise<readonly AllocationView[]>
}

/** A matrix of all exercises is made of so many tests, the newest, at most. */
const MATRIX_TESTS = 50_000
const RAW_TIMEOUT_MS = 15_000

const rawKey = (test: number): string => `iperf/raw/${test}`

/** What came of exercises. */
export class Results {
  readonly #options: ResultsOptions

  constructor(options: ResultsOptions) {
    this.#options = options
  }

  /** Newest first. */
  list(): readonly ExerciseSummary[] {
    const { ledger } = this.#options
    return ledger.exercises().map((body) => summaryOf(body, ledger.tests(body), ledger))
  }

  tasks(filter: { readonly exercise?: number; readonly state?: TaskState }): readonly TaskView[] {
    const { ledger } = this.#options
    const bodies = filter.exercise === undefined ? ledger.exercises() : [ledger.exercise(filter.exercise)]
    return bodies
      .flatMap((body) =>
        ledger.tests(body).flatMap((test) => {
          const { server, client } = tasksOf(body.id, test, ledger)
          return [server, client]
        }),
      )
      .filter(({ state }) => filter.state === undefined || state === filter.state)
  }

  matrix(exercise?: number): MatrixView {
    const { ledger } = this.#options
    const bodies = exercise === undefined ? ledger.exercises() : [ledger.exercise(exercise)]
    return matrixOf(this.#newest(bodies))
  }

  /** From the host that ran its client. */
  async raw(test: number): Promise<readonly unknown[]> {
    const { ledger, self, request } = this.#options
    const body = ledger.ofTest(test)
    const at = body.tests.find(({ id }) => id === test)?.from ?? -1
    const host = body.ends[at]?.host
    if (host === undefined || host === self) return this.rawHere(test)
    const answer = await request(host, 'iperf-raw', { test }, RAW_TIMEOUT_MS)
    return Array.isArray(answer) ? answer : []
  }

  async rawHere(test: number): Promise<readonly unknown[]> {
    const kept = await this.#options.store.getMeta(rawKey(test))
    return Array.isArray(kept) ? kept : []
  }

  async keepRaw(test: number, raw: readonly unknown[]): Promise<void> {
    await this.#options.store.putMeta(rawKey(test), raw)
  }

  async forgetRaw(tests: readonly number[]): Promise<void> {
    for (const test of tests) await this.#options.store.putMeta(rawKey(test), undefined)
  }

  async reservations(): Promise<readonly TestReservation[]> {
    return (await this.#options.allocations()).flatMap(({ pool, value, host, owner, sinceMs, untilMs }) => {
      const test = Number(/^test\/(\d+)$/.exec(owner)?.[1])
      if (!Number.isInteger(test) || untilMs === undefined || (pool !== 'nic' && pool !== 'port')) return []
      const what =
        pool === 'nic'
          ? ({ type: 'nic', of: String(value) } as const)
          : ({ type: 'port', of: host ?? '', port: Number(value) } as const)
      return [{ owner, test, ...what, sinceMs, untilMs }]
    })
  }

  *#newest(bodies: readonly ExerciseBody[]): Generator<TestView> {
    const { ledger } = this.#options
    let left = MATRIX_TESTS
    for (const body of bodies) {
      if (left <= 0) return
      left -= body.tests.length
      for (const test of ledger.tests(body)) yield testView(body.id, test, ledger)
    }
  }
}
