import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Agent, createAgent } from '#agent/index.ts'
import type { TokenOptions } from '#agent/port.ts'
import { Engine } from '#core/engine/engine.ts'
import type { ActiveLab } from '#core/engine/labs.ts'
import type { VerifiedRecord } from '#core/model/record.ts'
import { initialState } from '#core/state/machine.ts'
import { encodeState } from '#core/state/snapshot.ts'
import type { Snapshots } from '#drivers/snapshots.ts'
import { createCa, issueCertificate, readCertificate } from '#identity/cert.ts'
import type { Identity } from '#identity/index.ts'
import { createKeys } from '#identity/keys.ts'
import { decodeToken, proveJoin } from '#identity/token.ts'
import { createMemoryNetwork, type MemoryNetwork } from '#mesh/memory-mesh.ts'
import type { JoinAnswer, MeshOptions } from '#mesh/mesh.ts'
import { createLogger } from '#platform/log.ts'
import { type MemoryDisk, memoryDisk, memoryStore } from '#store/memory-store.ts'
import { type BenchHost, benchHost } from './engine-bench.ts'
import { type MemoryWire, memoryWire } from './memory-wire.ts'
import { type ToyHost, toyHost } from './toy-host.ts'
import { type ToyIperf, type ToyServers, toyIperf } from './toy-iperf.ts'
import { type ToyStreams, toyStreams } from './toy-streams.ts'
import { until, virtualClock } from './virtual-time.ts'

/** One host of the test's mesh: everything but the agent outlives a restart. */
export interface AgentHost {
  readonly who: BenchHost
  readonly toy: ToyHost
  readonly disk: MemoryDisk
  readonly labFolder: string
  readonly execs: string[]
  /** What commands in its lab nodes come to: the first that knows counts. */
  readonly answers: ((argv: readonly string[]) => { exitCode: number; stdout: string; stderr: string } | undefined)[]
  /** What keeps and puts back its lab nodes; none unless a test adds one before the agent starts. */
  readonly snapshots: Snapshots[]
  readonly streams: ToyStreams
  readonly iperf: ToyIperf
  readonly capabilities: string[]
  readonly fatal: unknown[]
  /** Images its engine can fetch; all of them where undefined. */
  fetchable: readonly string[] | undefined
  agent: Agent
  onJoin: MeshOptions['onJoin']
  identity: Identity
}

/** Whole agents over the memory mesh, with toy hosts and memory stores. Needs virtual time. */
export interface AgentMesh extends AsyncDisposable {
  readonly network: MemoryNetwork
  /** The host that made the mesh, running and leading. */
  readonly first: AgentHost
  /** A new host, let in by a token of `first`, running; resolves when both believe each other alive. */
  join(name: string, token?: Partial<TokenOptions>): Promise<AgentHost>
  stop(host: AgentHost): Promise<void>
  /** No datagram passes between these two hosts until `heal`; all else does. */
  cutTunnel(a: AgentHost, b: AgentHost): void
  healTunnels(): void
  /** Starts the agent of a stopped host again, from its disk. */
  start(host: AgentHost): Promise<void>
}

const PROTOCOL = 1

/** A mesh of one host, `a`. Hosts look at themselves unasked every `sweepMs`. */
export const createAgentMesh = async ({ sweepMs = 5_000 } = {}): Promise<AgentMesh> => {
  const network = createMemoryNetwork()
  const folder = await mkdtemp(join(tmpdir(), 'skein-agents-'))
  const running = new Set<AgentHost>()
  const wire = memoryWire()
  const start = async (host: AgentHost): Promise<void> => {
    host.agent = await agentOf(host, { network, wire, sweepMs })
    await host.agent.start()
    running.add(host)
  }
  const stop = async (host: AgentHost): Promise<void> => {
    running.delete(host)
    await host.agent.stop()
  }
  const place = { folder, servers: new Map() }
  const first = hostOf(benchHost('a', 1), await firstIdentity(benchHost('a', 1)), place)
  await keepFirstState(first)
  await start(first)
  await until('a leader', () => first.agent.leader().leader === 'a')
  return {
    network,
    cutTunnel: (a, b) => wire.cut(overlayAddressOf(a), overlayAddressOf(b)),
    healTunnels: wire.heal,
    first,
    start,
    stop,
    join: async (name, token = {}) => {
      const host = await admitted({ first, ...place, who: benchHost(name, first.agent.hosts().length + 1) }, token)
      await start(host)
      await until(`${name} alive`, () => sees(first, name) && sees(host, 'a'))
      return host
    },
    [Symbol.asyncDispose]: async () => {
      for (const host of running) await host.agent.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const overlayAddressOf = ({ agent, who }: AgentHost): string =>
  agent.hosts().find(({ id }) => id === who.id)?.overlayAddress ?? ''

const sees = (host: AgentHost, name: string): boolean =>
  host.agent.hosts().some((other) => other.name === name && other.state === 'alive')

/** What hosts of one test have in common. */
interface Place {
  readonly folder: string
  readonly servers: ToyServers
}

const hostOf = (who: BenchHost, identity: Identity, { folder, servers }: Place): AgentHost => ({
  who,
  identity,
  toy: toyHost(),
  disk: memoryDisk(),
  labFolder: join(folder, who.name),
  execs: [],
  answers: [],
  snapshots: [],
  streams: toyStreams(),
  iperf: toyIperf(who.name, servers),
  capabilities: [],
  fatal: [],
  fetchable: undefined,
  get agent(): Agent {
    throw new Error(`${who.name} does not run yet`)
  },
  set agent(agent) {
    Object.defineProperty(this, 'agent', { value: agent, writable: true })
  },
  onJoin: () => Promise.reject(new Error(`${who.name} does not run yet`)),
})

const identityOf = (who: BenchHost, fields: Pick<Identity, 'certificate' | 'caCertificate'>): Identity => {
  const { hostId: id, ...claims } = readCertificate(fields.certificate, fields.caCertificate, virtualClock.nowMs())
  const wireguard = { publicKey: who.entry.wgPublicKey, privateKeyFile: '/etc/skein/wireguard.key' }
  return { ...claims, id, keys: who.keys, wireguard, ...fields }
}

const firstIdentity = async (who: BenchHost): Promise<Identity> => {
  const nowMs = virtualClock.nowMs()
  const keys = createKeys()
  const ca = { keys, certificate: await createCa(keys, 'm1', nowMs) }
  const claims = { meshId: 'm1', hostId: who.id, name: who.name, role: 'core' as const, epoch: 1 }
  const certificate = await issueCertificate(
    ca,
    { ...claims, wgPublicKey: who.entry.wgPublicKey },
    { hostKey: who.keys.publicKey, nowMs },
  )
  return { ...identityOf(who, { certificate, caCertificate: ca.certificate }), ca }
}

/** What a bootstrap leaves on the disk. */
const keepFirstState = async ({ who, disk }: AgentHost): Promise<void> => {
  const { overlayAddress: _, state: __, ...first } = who.entry
  const state = initialState({ meshId: 'm1', first, nowMs: virtualClock.nowMs(), firstCode: 'c'.repeat(64) })
  const store = await memoryStore(disk)
  await store.persistRaft({
    hard: { term: 1, votedFor: null },
    snapshot: { index: 1, term: 1, configuration: { voters: [who.id], learners: [] }, state: encodeState(state) },
  })
}

interface Joining extends Place {
  readonly first: AgentHost
  readonly who: BenchHost
}

const admitted = async ({ first, who, ...place }: Joining, wish: Partial<TokenOptions>): Promise<AgentHost> => {
  const view = await first.agent.createToken({ role: 'core', ttlMs: 3_600_000, uses: 1, ...wish })
  const answer = await askToJoin(first, who, view.token)
  const fields = { certificate: answer.certificate, caCertificate: first.identity.caCertificate }
  const host = hostOf(who, identityOf(who, fields), place)
  const store = await memoryStore(host.disk)
  await store.putRecord(answer.record)
  return host
}

const askToJoin = (first: AgentHost, who: BenchHost, text: string): Promise<JoinAnswer> => {
  const token = decodeToken(text)
  const { addresses, port, wgPublicKey, wgPort } = who.entry
  const ask = { csr: '', name: who.name, wgPublicKey, wgPort, port, addresses }
  const transcript = {
    meshId: 'm1',
    tokenId: token.id,
    nonce: 'n',
    serverId: first.who.id,
    joinerId: who.id,
    request: ask,
  }
  const proof = proveJoin(token, transcript)
  return first.onJoin({ ...ask, tokenId: token.id, hostId: who.id, transcript, proof }, '192.0.2.9')
}

interface Surroundings {
  readonly network: MemoryNetwork
  readonly wire: MemoryWire
  readonly sweepMs: number
}

const agentOf = async (host: AgentHost, { network, wire, sweepMs }: Surroundings): Promise<Agent> => {
  const store = await memoryStore(host.disk)
  return createAgent({
    engine: await engineOf(host, store),
    identity: host.identity,
    store,
    exec: host.toy.exec,
    // The toy drivers name nothing to follow.
    follow: () => Promise.reject(new Error('nothing to follow here')),
    drivers: host.toy.drivers,
    clock: virtualClock,
    log: createLogger({ level: 'silent' }),
    version: '0.1.0',
    protocol: PROTOCOL,
    boot: await store.nextBoot(),
    freshness: await store.loadFreshness(),
    labFolder: host.labFolder,
    ports: { libp2p: 4801, wireguard: 51_820, vxlan: 14_789 },
    sweepMs,
    paths: { probeMs: 250, lost: 3, good: 20 },
    secondaryAddress: '',
    openDatagrams: (_port, onMessage) => wire.open(overlayAddressOf(host), onMessage),
    createMesh: (options) => {
      host.onJoin = options.onJoin
      return network.createMesh(options)
    },
    detect: async () => ({ datapath: 'system', txOffload: true }),
    capabilities: async () => host.capabilities,
    snapshots: host.snapshots,
    restart: async (workload) => host.toy.restart(workload),
    streams: host.streams,
    iperf: host.iperf,
    execIn: async (container, argv) => {
      host.execs.push(argv.join(' '))
      const answer = host.answers.map((one) => one(argv)).find((one) => one !== undefined)
      if (answer !== undefined) return answer
      return { exitCode: 0, stdout: `${container} of ${host.who.name}`, stderr: '' }
    },
    canFetch: async (image) => host.fetchable?.includes(image) ?? true,
    onFatal: (error) => host.fatal.push(error),
  })
}

const engineOf = async ({ identity }: AgentHost, store: Awaited<ReturnType<typeof memoryStore>>): Promise<Engine> => {
  const records = (await store.loadRecords()) as VerifiedRecord[]
  const labs = records.filter((record) => record.kind === 'intent').map((record) => record.key)
  const kept = await Promise.all(
    labs.map(async (lab) => [lab, (await store.getMeta(`active/${lab}`)) as ActiveLab | null | undefined] as const),
  )
  const persisted = await store.loadRaft()
  return new Engine({
    self: identity.id,
    version: '0.1.0',
    isCore: identity.role === 'core',
    ...(persisted === undefined ? {} : { persisted }),
    records,
    active: Object.fromEntries(kept.flatMap(([lab, active]) => (active == null ? [] : [[lab, active]]))),
    raft: { electionTimeoutMs: 1_500, heartbeatMs: 250 },
    at: { nowMs: virtualClock.monotonicMs(), wallMs: virtualClock.nowMs() },
    random: () => 0.5,
  })
}
