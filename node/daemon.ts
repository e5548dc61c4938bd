import { createAgent } from '#agent/index.ts'
import { createApi } from '#api/index.ts'
import type { HostOptions } from '#cli/index.ts'
import { Engine } from '#core/engine/engine.ts'
import type { ActiveLab } from '#core/engine/labs.ts'
import type { LeadingTimes } from '#core/engine/leading.ts'
import type { VerifiedRecord } from '#core/model/record.ts'
import { outsideOf } from '#core/plan/outside.ts'
import type { Driver } from '#drivers/driver.ts'
import { createIperf, TEST_MARK } from '#drivers/iperf/index.ts'
import {
  canFetchImage,
  createCapabilities,
  createDrivers,
  createImages,
  createSnapshots,
  createStreams,
  detectBridge,
  execInWorkload,
  probeTools,
  restartWorkload,
} from '#drivers/registry.ts'
import { detectShaping } from '#drivers/shaper/detect.ts'
import type { Snapshots } from '#drivers/snapshots.ts'
import { apiCertificateFiles } from '#identity/api-certificate.ts'
import { type Identity, loadIdentity } from '#identity/index.ts'
import { createMesh } from '#mesh/index.ts'
import { createMetrics } from '#metrics/index.ts'
import { createBytes } from '#platform/bytes.ts'
import { systemClock } from '#platform/clock.ts'
import { openDatagrams } from '#platform/datagrams.ts'
import type { Exec } from '#platform/exec.ts'
import { createFollow } from '#platform/follow.ts'
import { mtuAt, readVersion } from '#platform/host-facts.ts'
import { createJobs } from '#platform/job.ts'
import { createLogger } from '#platform/log.ts'
import { createLogTail } from '#platform/log-tail.ts'
import { killMarked } from '#platform/marked.ts'
import { createExec } from '#platform/run.ts'
import { openStore, type Store } from '#store/index.ts'
import { networkOf } from './api-network.ts'
import { configOf, type Env } from './host-config.ts'
import { checkProduction } from './production.ts'

/** Twice the longest event-loop stall seen under load, so that a busy leader is not replaced. */
const RAFT = { electionTimeoutMs: 1_500, heartbeatMs: 250 }

/** By what an agent changes its host. */
export interface Doors {
  readonly exec: Exec
  readonly drivers: readonly Driver[]
  readonly snapshots: readonly Snapshots[]
  /** Runs argv in a container. */
  execIn(
    containerId: string,
    argv: readonly string[],
    stdin?: Uint8Array,
  ): Promise<{ exitCode: number; stdout: string; stderr: string }>
}

/**
 * The agent in the foreground: builds the rooms, starts inside out, stops outside in on SIGTERM or SIGINT. `through`: what stands
 * before the doors to the host; nothing unless told.
 */
export const run = async (
  options: HostOptions & { env: Env },
  through: (doors: Doors) => Doors = (doors) => doors,
): Promise<void> => {
  const config = configOf(options)
  await checkProduction(config, options.env)
  const identity = await loadIdentity(config.dataDir)
  const tail = createLogTail()
  const log = createLogger({ level: config.logLevel, keep: tail.keep })
  const version = readVersion()
  const store = await openStore(config.dataDir)
  const stopped = stopSignal()
  try {
    const times = {
      replaceVoterAfterMs: config.replaceVoterAfterS * 1_000,
      sweepOrphansAfterMs: config.sweepOrphansAfterS * 1_000,
    }
    const engine = await createEngine(identity, store, { version: version.version, times })
    const metrics = createMetrics(systemClock)
    const exec = createExec({ log: log.child({ room: 'platform' }), onDone: metrics.watch.command })
    const shaping = detectShaping(exec)
    const capabilities = createCapabilities(exec)
    const doors = through({
      exec,
      drivers: await createDrivers(exec, config.dockerSocket, () =>
        outsideOf([...engine.active.values()], engine.self),
      ),
      snapshots: createSnapshots(exec, config.dockerSocket),
      execIn: (container, argv, stdin) => execInWorkload(config.dockerSocket, container, { argv, stdin }),
    })
    const bytes = createBytes()
    const agent = createAgent({
      engine,
      identity,
      store,
      ...doors,
      follow: createFollow(),
      clock: systemClock,
      log: log.child({ room: 'agent' }),
      ...version,
      boot: await store.nextBoot(),
      freshness: await store.loadFreshness(),
      labFolder: `${config.dataDir}/labs`,
      ports: { libp2p: config.libp2pPort, wireguard: config.wireguardPort, vxlan: config.vxlanPort },
      sweepMs: config.sweepS * 1_000,
      promisedPercent: { cpu: config.cpuPercent, mem: config.memoryPercent },
      paths: { probeMs: config.pathProbeMs, lost: config.pathFailoverLost, good: config.pathFailbackGood },
      secondaryAddress: config.secondaryAddress,
      mtuAt: (addresses) => mtuAt(addresses),
      openDatagrams,
      createMesh: (mesh) => createMesh({ ...mesh, log: log.child({ room: 'mesh' }) }),
      detect: () => detectBridge(exec),
      outward: { hostsFile: '/etc/hosts', resolvFile: '/etc/resolv.conf' },
      streams: createStreams({ exec, bytes }, config.dockerSocket),
      images: {
        engines: createImages({ exec, bytes }, config.dockerSocket),
        folder: `${config.dataDir}/images`,
        port: config.imagePort,
      },
      iperf: {
        driver: createIperf({ exec, startJob: createJobs() }),
        killMarked: (owner, isKept) => killMarked(TEST_MARK, owner, isKept),
      },
      capabilities: async () => [...(await capabilities()), ...(await shaping)],
      restart: (workload) => restartWorkload(exec, config.dockerSocket, workload),
      canFetch: (image) => canFetchImage(exec, config.dockerSocket, image),
      watcher: metrics.watch,
      apiFiles: apiCertificateFiles(config.dataDir),
      onFatal: (error) => stopped.fail(error),
    })
    const api = createApi({
      agent,
      metrics,
      socketPath: config.socket,
      log: log.child({ room: 'api' }),
      version: version.version,
      docs: config.apiDocs === 'on',
      pages: new URL('../ui/dist', import.meta.url).pathname,
      support: { config, tools: () => probeTools(doors.drivers, exec), log: tail.text },
      network: networkOf(config, agent, (error) =>
        log.warn({ err: error }, 'the API has no certificate it could show on the network'),
      ),
    })
    await api.start()
    metrics.start()
    try {
      await agent.start()
      log.info({ host: identity.name, mesh: identity.meshId, socket: config.socket }, 'running')
      await stopped.promise
      // Callers of this host are answered by the next leader while the API still listens.
      await agent.resign()
    } finally {
      metrics.stop()
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
