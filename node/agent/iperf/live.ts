import type { HostId } from '#core/model/ids.ts'
import { isTerminal, showEnd } from '#core/model/iperf.ts'
import type { LiveTest } from '../port-iperf.ts'
import type { Ledger } from './ledger.ts'
import { type LiveHere, liveOf } from './requests.ts'

export interface LiveDeps {
  readonly engine: { readonly self: HostId }
  readonly ledger: Ledger
  request(peer: HostId, name: 'iperf-live', body: unknown, timeoutMs: number): Promise<unknown>
  /** Of this host. */
  here(exercise: number): readonly LiveHere[]
}

/** Who watches asks again soon: what comes later is old. */
const ANSWER_MS = 1_500

/** What goes through now, asked of each host that serves. NOT_FOUND. */
export async function liveTests(deps: LiveDeps, exercise: number): Promise<readonly LiveTest[]> {
  const { ledger } = deps
  const running = ledger
    .tests(ledger.exercise(exercise))
    .filter(
      ({ client, server, to }) => !isTerminal(client.state) && server.state === 'running' && to.type !== 'attached',
    )
  const hosts = [...new Set(running.map(({ to }) => to.host))].filter((host) => !ledger.isDown(host))
  const told = (await Promise.all(hosts.map((host) => liveAt(deps, host, exercise)))).flat()
  const known = new Map(told.map(({ test, intervals }) => [test, intervals]))
  return running.flatMap(({ spec, from, to }) => {
    const intervals = known.get(spec.id)
    return intervals === undefined
      ? []
      : [{ test: spec.id, source: showEnd(from), destination: showEnd(to), intervals }]
  })
}

/** A host that does not answer, or is too old to, shows nothing: the test itself goes on. */
const liveAt = async (deps: LiveDeps, host: HostId, exercise: number): Promise<readonly LiveHere[]> => {
  if (host === deps.engine.self) return deps.here(exercise)
  return deps.request(host, 'iperf-live', { exercise }, ANSWER_MS).then(liveOf, () => [])
}
