import { join } from 'node:path'
import { createAgent } from '#agent/index.ts'
import { createApi } from '#api/index.ts'
import { loadIdentity } from '#identity/index.ts'
import { createMesh } from '#mesh/index.ts'
import { systemClock } from '#platform/clock.ts'
import { openDatagrams } from '#platform/datagrams.ts'
import { createFollow } from '#platform/follow.ts'
import { readVersion } from '#platform/host-facts.ts'
import { createLogger } from '#platform/log.ts'
import { createExec } from '#platform/run.ts'
import { openStore } from '#store/index.ts'
import { toyStreams } from '#testing/toy-streams.ts'
import { createEngine } from '../../node/daemon.ts'
import { type Op, runCallers, wallMs } from './allocate-load.ts'

// One host's agent in a process of its own, for allocate.ts: whole but for drivers, so it touches nothing of this machine but its folder.
//   node allocate-host.ts DATA_DIR PORT, asked over the channel to its parent.

const [dataDir = '', port = '0'] = process.argv.slice(2)
const identity = await loadIdentity(dataDir)
const store = await openStore(dataDir)
const { version, protocol } = readVersion()
const agent = createAgent({
  openDatagrams,
  engine: await createEngine(identity, store, { version }),
  identity,
  store,
  exec: createExec(),
  follow: createFollow(),
  drivers: [],
  clock: systemClock,
  log: createLogger({ level: 'silent' }),
  version,
  protocol,
  boot: await store.nextBoot(),
  freshness: await store.loadFreshness(),
  labFolder: join(dataDir, 'labs'),
  ports: { libp2p: Number(port), wireguard: 51_820, vxlan: 14_789 },
  sweepMs: 600_000,
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
await createApi({ agent, socketPath: join(dataDir, 'skein.sock'), version }).start()

let asked = 0
/** One number for an owner never seen before, through the log. */
const allocate = async (): Promise<number> => {
  const { values } = await agent.reserve({ pool: 'vni', owner: `bench/${identity.name}/${process.pid}/${++asked}` })
  return Number(values[0])
}

const watch = async (ms: number): Promise<readonly Op[]> => {
  const ops: Op[] = []
  for (const untilMs = wallMs() + ms; wallMs() < untilMs; ) {
    const startMs = wallMs()
    const isDone = await allocate().then(
      () => true,
      () => false,
    )
    if (isDone) ops.push({ startMs, endMs: wallMs() })
  }
  return ops
}

const asks: Readonly<Record<string, (...args: readonly number[]) => Promise<unknown>>> = {
  load: (callers = 0, ms = 0) => runCallers(callers, ms, allocate),
  watch: (ms = 0) => watch(ms),
  state: async () => ({
    ...agent.leader(),
    alive: agent.hosts().filter(({ state }) => state === 'alive').length,
    counters: agent.counters(),
  }),
  token: async () => {
    if (agent.hosts().length === 0) throw new Error('no roster yet: a token would name no contact')
    return (await agent.createToken({ role: 'core', ttlMs: 600_000, uses: 1 })).token
  },
}

process.on('message', (ask: { id: number; name: string; args: readonly number[] }) => {
  const answer = asks[ask.name]?.(...ask.args) ?? Promise.reject(new Error(`no such ask: ${ask.name}`))
  answer.then(
    (value) => process.send?.({ id: ask.id, value }),
    (error: unknown) => process.send?.({ id: ask.id, error: String(error) }),
  )
})
process.on('disconnect', () => process.exit(0))
process.send?.({ id: 0 })
