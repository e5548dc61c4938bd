import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { type Agent, createAgent } from '#agent/index.ts'
import { type Identity, loadIdentity } from '#identity/index.ts'
import { createMesh } from '#mesh/index.ts'
import { systemClock } from '#platform/clock.ts'
import { openDatagrams } from '#platform/datagrams.ts'
import { createFollow } from '#platform/follow.ts'
import { readVersion } from '#platform/host-facts.ts'
import { createLogger } from '#platform/log.ts'
import { createExec } from '#platform/run.ts'
import { openStore } from '#store/index.ts'
import { until } from '#testing/skein-hosts.ts'
import { toyStreams } from '#testing/toy-streams.ts'
import { createEngine } from '../daemon.ts'
import { bootstrap, join } from '../setup.ts'
import { freePort } from './mesh-support.ts'

/** One core host: a whole agent with its own store and log, reached over libp2p, that touches nothing else of this machine. */
export interface CoreHost {
  readonly agent: Agent
  readonly identity: Identity
  /** TCP port of libp2p on 127.0.0.1. */
  readonly port: number
}

/** A mesh of core hosts in this process. */
export interface CoreHosts extends AsyncDisposable {
  readonly hosts: readonly CoreHost[]
}

/** Makes a mesh of `count` core hosts that all vote and hear each other, by bootstrap and join as people do it. */
export const makeCoreHosts = async (count: number): Promise<CoreHosts> => {
  const folder = await mkdtemp(joinPath(tmpdir(), 'skein-core-hosts-'))
  const running: (CoreHost & { stop(): Promise<void> })[] = []
  const stopAll = async (): Promise<void> => {
    for (const host of running.splice(0).reverse()) await host.stop()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    for (let at = 1; at <= count; at += 1) running.push(await addHost(folder, running[0]?.agent, at))
    await until(`${count} voters that hear each other`, 60_000, async () =>
      running.every(
        ({ agent }) =>
          agent.leader().voters.length === Math.min(count, 5) &&
          agent.hosts().filter(({ state }) => state === 'alive').length === count,
      ),
    )
    return { hosts: running, [Symbol.asyncDispose]: stopAll }
  } catch (error) {
    await stopAll()
    throw error
  }
}

const addHost = async (folder: string, first: Agent | undefined, at: number) => {
  const dataDir = joinPath(folder, `h${at}`)
  const port = await freePort()
  const options = { name: `h${at}`, dataDir, advertise: '127.0.0.1', env: { SKEIN_LIBP2P_PORT: String(port) } }
  if (first === undefined) await bootstrap(options)
  else {
    const wish = { role: 'core', ttlMs: 600_000, uses: 1 } as const
    await until('a roster, so that tokens name contacts', 30_000, async () => first.hosts().length > 0)
    const { token } = await until('a token', 30_000, () => first.createToken(wish))
    await join({ ...options, token })
  }
  return startHost(dataDir, port)
}

const startHost = async (dataDir: string, port: number) => {
  const identity = await loadIdentity(dataDir)
  const store = await openStore(dataDir)
  const { version, protocol } = readVersion()
  const log = createLogger({ level: 'silent' })
  const agent = createAgent({
    openDatagrams,
    engine: await createEngine(identity, store, { version }),
    identity,
    store,
    exec: createExec(),
    follow: createFollow(),
    drivers: [],
    clock: systemClock,
    log,
    version,
    protocol,
    boot: await store.nextBoot(),
    freshness: await store.loadFreshness(),
    labFolder: joinPath(dataDir, 'labs'),
    ports: { libp2p: port, wireguard: 51_820, vxlan: 14_789 },
    sweepMs: 60_000,
    paths: { probeMs: 250, lost: 3, good: 20 },
    secondaryAddress: '',
    createMesh: (options) => createMesh({ ...options, listen: { ...options.listen, addresses: ['127.0.0.1'] } }),
    detect: async () => ({ datapath: 'netdev', txOffload: false }),
    capabilities: async () => [],
    snapshots: [],
    restart: () => Promise.reject(new Error('no lab node runs here')),
    streams: toyStreams(),
    execIn: () => Promise.reject(new Error('no lab node runs here')),
    onFatal: (error) => {
      throw error
    },
  })
  await agent.start()
  const stop = async (): Promise<void> => {
    await agent.stop()
    await store.close()
  }
  return { agent, identity, port, stop }
}
