import { createAgent } from '#agent/index.ts'
import { createApi } from '#api/index.ts'
import type { HostOptions } from '#cli/index.ts'
import { Engine } from '#core/engine/engine.ts'
import type { ActiveLab } from '#core/engine/labs.ts'
import type { LeadingTimes } from '#core/engine/leading.ts'
import type { VerifiedRecord } from '#core/model/record.ts'
import { createDrivers, detectBridge, execInWorkload } from '#drivers/registry.ts'
import { type Identity, loadIdentity } from '#identity/index.ts'
import { createMesh } from '#mesh/index.ts'
import { systemClock } from '#platform/clock.ts'
import { createFollow } from '#platform/follow.ts'
import { readVersion } from '#platform/host-facts.ts'
import { createLogger } from '#platform/log.ts'
import { createExec } from '#platform/run.ts'
import { openStore, type Store } from '#store/index.ts'
import { configOf, type Env } from './host-config.ts'

/** Twice the longest event-loop stall seen under load, so that a busy leader is not replaced. */
const RAFT = { electionTimeoutMs: 1_500, heartbeatMs: 250 }

/** The agent in the foreground: builds the rooms, starts inside out, stops outside in on SIGTERM or SIGINT. */
export const run = async (options: HostOptions & { env: Env }): Promise<void> => {
  const config = configOf(options)
  const identity = await loadIdentity(config.dataDir)
  const log = createLogger({ level: config.logLevel })
  const version = readVersion()
  const store = await openStore(config.dataDir)
  const stopped = stopSignal()
  try {
    const times = {
      replaceVoterAfterMs: config.replaceVoterAfterS * 1_000,
      sweepOrphansAfterMs: config.sweepOrphansAfterS * 1_000,
    }
    const engine = await createEngine(identity, store, { version: version.version, times })
    const exec = createExec({ log: log.child({ room: 'platform' }) })
    const agent = createAgent({
      engine,
      identity,
      store,
      exec,
      follow: createFollow(),
      drivers: await createDrivers(exec, config.dockerSocket),
      clock: systemClock,
      log: log.child({ room: 'agent' }),
      ...version,
      boot: await store.nextBoot(),
      freshness: await store.loadFreshness(),
      labFolder: `${config.dataDir}/labs`,
      ports: { libp2p: config.libp2pPort, wireguard: config.wireguardPort, vxlan: config.vxlanPort },
      sweepMs: config.sweepS * 1_000,
      createMesh: (mesh) => createMesh({ ...mesh, log: log.child({ room: 'mesh' }) }),
      detect: () => detectBridge(exec),
      execIn: (container, argv) => execInWorkload(config.dockerSocket, container, argv),
      onFatal: (error) => stopped.fail(error),
    })
    const api = createApi({
      agent,
      socketPath: config.socket,
      log: log.child({ room: 'api' }),
      version: version.version,
    })
    await api.start()
    try {
      await agent.start()
      log.info({ host: identity.name, mesh: identity.meshId, socket: config.socket }, 'running')
      await stopped.promise
      // Callers of this host are answered by the next leader while the API still listens.
      await agent.resign()
    } finally {
      await api.stop()
      await agent.stop()
    }
  } finally {
    await store.close()
    stopped.end()
  }
}

/** The engine as this host left it: its log, its records, the labs it was running. Rejects with CORRUPT_STORE. */
export const createEngine = async (
  identity: Identity,
  store: Store,
  { version, times }: { readonly version: string; readonly times?: LeadingTimes },
): Promise<Engine> => {
  // What this host kept it had verified before.
  const records = (await store.loadRecords()) as VerifiedRecord[]
  const labs = records.filter((record) => record.kind === 'intent').map((record) => record.key)
  const kept = await Promise.all(
    labs.map(async (lab) => [lab, (await store.getMeta(`active/${lab}`)) as ActiveLab | null | undefined] as const),
  )
  const persisted = await store.loadRaft()
  return new Engine({
    self: identity.id,
    version,
    isCore: identity.role === 'core',
    ...(persisted === undefined ? {} : { persisted }),
    records,
    active: Object.fromEntries(kept.flatMap(([lab, active]) => (active == null ? [] : [[lab, active]]))),
    raft: RAFT,
    ...(times === undefined ? {} : { times }),
    at: { nowMs: systemClock.monotonicMs(), wallMs: systemClock.nowMs() },
    random: Math.random,
  })
}

/** Resolves at the first SIGTERM or SIGINT, rejects when the agent cannot go on. */
const stopSignal = () => {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const onSignal = (): void => resolve()
  // Not `once`: execa, while a process runs, ends this one at a signal that nobody else listens to any more.
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
  return {
    promise,
    fail: reject,
    end: () => {
      process.off('SIGTERM', onSignal)
      process.off('SIGINT', onSignal)
    },
  }
}
