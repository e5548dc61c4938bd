import type { TestNow } from '#core/iperf/view.ts'
import { MeshError } from '#core/model/errors.ts'
import type { HostId } from '#core/model/ids.ts'
import { TEST_GRACE_MS } from '#core/model/iperf.ts'
import type { LiveTest } from '../port-iperf.ts'
import { chooseAddress } from './address.ts'
import { ClientSide } from './client-side.ts'
import type { IperfDeps } from './deps.ts'
import { Holds } from './holds.ts'
import type { Ledger } from './ledger.ts'
import { CLAIM_REST_MS } from './limits.ts'
import { liveTests } from './live.ts'
import { LocalRunner } from './local-runner.ts'
import { addressesOf, type LiveHere, type ServedRequest, type ServeRequest } from './requests.ts'
import type { Results } from './results.ts'
import type { EndAddress, Runner } from './runner.ts'
import { ServerSide } from './server-side.ts'
import { Settling } from './settling.ts'
import { Sweep } from './sweep.ts'

export interface TestSideOptions extends IperfDeps {
  readonly ledger: Ledger
  readonly results: Results
  /** Carries out the ends that are attached to this host. */
  readonly attached: Runner
}

/** All that this host does for tests, as client, as server, and to bring each to its end. */
export interface TestSide {
  serve(from: HostId, ask: ServeRequest): Promise<readonly EndAddress[]>
  served(from: HostId, ask: ServedRequest): Promise<void>
  /** What goes through now, as the hosts of the servers count it; nothing of those that do not answer. */
  live(exercise: number): Promise<readonly LiveTest[]>
  liveHere(exercise: number): readonly LiveHere[]
  look(): void
  start(): Promise<void>
  stop(): Promise<void>
}

const SWEEP_MS = 10_000
const SERVED_TIMEOUT_MS = 5_000

/** Puts it together; nothing runs before `start`. */
export function createTestSide(options: TestSideOptions): TestSide {
  const { engine, clock, log, ledger, results, iperf, tell } = options
  const { self } = engine
  const local = new LocalRunner({
    engine,
    pidOf: options.pidOf,
    ...(iperf === undefined ? {} : { driver: iperf.driver }),
  })
  const runnerOf = (end: TestNow['to']): Runner => (end.type === 'attached' ? options.attached : local)
  const holds = new Holds(options)
  const servers = new ServerSide({ self, clock, ledger, runnerOf })
  const clients: ClientSide = new ClientSide({
    ...{ self, clock, log, ledger, holds, runnerOf, tell },
    serve: async (test, { exercise, port }) => {
      const ask: ServeRequest = { exercise, test: test.spec.id, ...(port === undefined ? {} : { port }) }
      if (test.to.host === self) return servers.serve(self, ask)
      const waitMs = TEST_GRACE_MS + (test.to.type === 'attached' ? CLAIM_REST_MS : 0)
      const asked = options.request(test.to.host, 'iperf-serve', ask, waitMs)
      return addressesOf(await asked.catch((error: unknown) => Promise.reject(named(error, test.to.host, ledger))))
    },
    served: async (test, ask) => {
      if (test.to.host === self) await servers.served(self, ask)
      else if (!ledger.isDown(test.to.host)) await options.request(test.to.host, 'iperf-served', ask, SERVED_TIMEOUT_MS)
    },
    choose: ({ from, to }, addresses) => {
      const pid = from.type === 'node' ? options.pidOf(from.lab, from.node) : undefined
      const source = pid === undefined || iperf === undefined ? {} : { source: { driver: iperf.driver, pid } }
      return chooseAddress({ engine, from, to, addresses, ...source })
    },
    keepRaw: (test, raw) => results.keepRaw(test, raw),
  })
  const settling = new Settling({
    ...{ engine, clock, ledger, holds, tell },
    drives: (test) => clients.drives(test),
    forget: (tests) => void results.forgetRaw(tests).catch(options.onFatal),
  })
  const sweep = iperf && new Sweep({ self, log, doors: iperf, marks: () => local.marks })
  let sweeper: NodeJS.Timeout | undefined
  return {
    serve: (...ask) => servers.serve(...ask),
    served: (...ask) => servers.served(...ask),
    live: (exercise) => liveTests({ ...options, here: (id) => servers.live(id) }, exercise),
    liveHere: (exercise) => servers.live(exercise),
    look: () => {
      clients.look()
      servers.look()
      settling.look()
      holds.look()
    },
    start: async () => {
      settling.start()
      await sweep?.look()
      sweeper = setInterval(() => void sweep?.look(), SWEEP_MS)
    },
    stop: async () => {
      clearInterval(sweeper)
      await clients.stop()
      await servers.stop()
    },
  }
}

/** What went wrong between hosts, with the name of the other one. */
const named = (error: unknown, host: HostId, ledger: Ledger): unknown =>
  error instanceof MeshError
    ? new MeshError(error.code, error.message.replaceAll(host, `host ${ledger.nameOf(host)}`), error.details)
    : error
