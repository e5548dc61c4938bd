import type { EventView, HostView, HostWays, PeerPathsView } from '#agent/port.ts'
import type { HostId } from '#core/model/ids.ts'
import { readTopology } from '#core/topology/read.ts'
import { createKeys } from '#identity/keys.ts'
import { signRecord } from '#identity/sign.ts'
import type { FakeAgent } from '#testing/fake-agent.ts'

const NAMES = ['host-a', 'host-b', 'host-c', 'host-d', 'host-e']
const keys = new Map(await Promise.all(NAMES.map(async (name) => [name, await createKeys()] as const)))
const ids = new Map<string, HostId>([...keys].map(([name, { id }]) => [name, id]))
const beganMs = Date.now()

const amount = (total: number, promised: number, free: number) => ({ total, limit: total, promised, free })

const hostView = (name: string, at: number): HostView => ({
  name,
  id: ids.get(name) ?? '',
  state: at === 4 ? 'down' : at === 3 ? 'suspect' : 'alive',
  role: at === 3 ? 'worker' : 'core',
  ageMs: at === 0 ? 0 : at === 4 ? Date.now() - beganMs + 94_000 : at === 3 ? 6_200 : (Date.now() % 900) + 80,
  addresses: [`192.0.2.${at + 1}`],
  overlayAddress: `10.213.0.${at + 1}`,
  version: '0.1.0',
  ...(at === 4 ? { reason: 'silent for 15 s, and host-b and host-c do not hear it either' } : {}),
  ...(at === 2 ? { drained: true as const, capabilities: ['lxd'] } : {}),
  capacity: { cpus: amount(16, 4 * at, 11.5), memoryMiB: amount(32_000, 3_000 * at, 21_400) },
})

const paths = (): readonly PeerPathsView[] =>
  NAMES.slice(1).map((name, at) => ({
    name,
    inUse: at === 3 ? null : at === 1 ? 'secondary' : 'primary',
    chosen: at === 1 ? 'secondary' : 'primary',
    endpoint: `192.0.2.${at + 2}:51820`,
    handshakeAgeMs: at === 3 ? 240_000 : 35_000 + at * 20_000,
    paths: [
      {
        path: 'primary',
        address: `192.0.2.${at + 2}`,
        condition: at === 1 ? 'lost' : at === 3 ? 'unknown' : 'good',
        rttMs: at === 3 ? null : 0.4 + at,
        loss: at === 3 ? null : at === 1 ? 1 : 0,
      },
      {
        path: 'secondary',
        address: `198.51.100.${at + 2}`,
        condition: at === 3 ? 'unknown' : at === 2 ? 'degraded' : 'good',
        rttMs: at === 3 ? null : 1.2 + at,
        loss: at === 3 ? null : at === 2 ? 0.12 : 0,
      },
    ],
  }))

const waysOf = (host: string, at: number): HostWays =>
  at === 4
    ? { host, certificateEndMs: null, ways: [], unreachable: `${host} is down` }
    : {
        host,
        certificateEndMs: beganMs + (200 + at * 9) * 86_400_000,
        ways: NAMES.filter((name) => name !== host).map((name, other) => ({
          name,
          inUse: 'primary',
          chosen: null,
          endpoint: `192.0.2.${other + 1}:51820`,
          handshakeAgeMs: name === 'host-e' ? 400_000 : 20_000 + other * 9_000,
          roundTripMs: name === 'host-e' ? null : 0.4 + other + Math.random() / 3,
          paths: [
            {
              path: 'primary',
              address: `192.0.2.${other + 1}`,
              condition: at === 2 && other === 1 ? 'degraded' : 'good',
              rttMs: null,
              loss: at === 2 && other === 1 ? 0.12 : 0,
            },
          ],
        })),
      }

const TOPOLOGY = `name: frr01
topology:
  kinds:
    linux: { image: "alpine:3" }
  nodes:
    r1: { kind: linux }
    r2: { kind: linux }
    r3: { kind: linux }
    pc1: { kind: linux }
    pc2: { kind: linux }
  links:
    - endpoints: ["r1:eth1", "r2:eth1"]
    - endpoints: ["r2:eth2", "r3:eth1"]
    - endpoints: ["r3:eth2", "r1:eth2"]
    - endpoints: ["pc1:eth1", "r1:eth3"]
    - endpoints: ["pc2:eth1", "r3:eth3"]
`

/** Five hosts, one of them down and one suspect, and a lab that is up but for one link. */
export function fillMesh(agent: FakeAgent): void {
  agent.access.people.set('admin', { role: 'admin', password: 'admin' })
  agent.access.people.set('vera', { role: 'viewer', password: 'vera' })
  agent.access.code = process.env.FIRST_RUN === undefined ? undefined : 'first'
  agent.self = () => ({ id: ids.get('host-a') ?? '', name: 'host-a', role: 'core', version: '0.1.0', meshId: 'm3sh' })
  agent.hosts = () => NAMES.map(hostView)
  agent.paths = paths
  agent.ways = async () => NAMES.map(waysOf)
  for (const [name, pair] of keys) {
    const draft = {
      kind: 'heartbeat' as const,
      key: pair.id,
      version: [],
      expiresAtMs: 0,
      body: { v: '0.1.0', cpu: 1, mem: 2 },
    }
    agent.records.set(`heartbeat/${pair.id}`, { ...signRecord(draft, pair, [1, 1, 1]), authorName: name })
  }
  agent.leaderView = {
    leader: 'host-b',
    term: 7,
    ageMs: 5_400_000,
    voters: ['host-a', 'host-b', 'host-c'],
    quorum: { have: 3, need: 2 },
    missing: [],
  }
  addLab(agent)
  const wish = { kind: 'intent' as const, key: 'frr01', version: [1], expiresAtMs: 0, body: { name: 'frr01' } }
  const author = keys.get('host-b')
  if (author !== undefined)
    agent.records.set('intent/frr01', { ...signRecord(wish, author, [1, 1, 2]), authorName: 'host-b' })
  for (const at of Array.from({ length: 40 }, (_, index) => index)) happenings(agent, at)
}

function addLab(agent: FakeAgent): void {
  const { intent } = readTopology({ text: TOPOLOGY, variables: {}, lenient: false })
  if (intent === undefined) throw new Error('the sample lab has mistakes')
  void agent.submit(intent, new Map(), { topology: TOPOLOGY, fileName: 'frr01.clab.yml' })
  agent.bringUp(intent.name)
  const hostOf = (node: string): string => (node === 'r3' || node === 'pc2' ? 'host-b' : 'host-a')
  agent.show(intent.name, (view) => ({
    ...view,
    state: 'degraded',
    changedAtMs: beganMs - 7 * 60_000,
    nodes: view.nodes.map((node) => ({ ...node, host: hostOf(node.name) })),
    links: view.links.map((link, at) => ({
      ...link,
      endpoints: link.endpoints.map((end) => ({ ...end, host: hostOf(end.node) })),
      ...(new Set(link.endpoints.map((end) => hostOf(end.node))).size > 1 ? { vni: 10_100 + at, pathMtu: 1_370 } : {}),
      ...(at === 2 ? { state: 'error' as const, error: 'on host-b tunnel port has VNI 10104 instead of 10102' } : {}),
    })),
  }))
}

const CODES = ['LINK_UP', 'HOST_SUSPECT', 'REPAIRED', 'LAB_SUBMITTED', 'NODE_BROKEN', 'NODE_RUNNING'] as const
const LEVELS = ['info', 'warn', 'info', 'info', 'error', 'info'] as const
let seq = 0

/** Something happens, now or so many steps ago. */
export function happenings(agent: FakeAgent, ago = 40): void {
  seq += 1
  const kind = seq % CODES.length
  const hostName = NAMES[seq % 3] ?? ''
  const lab = kind === 1 ? {} : { lab: 'frr01' }
  const event: EventView = {
    ...{ host: ids.get(hostName) ?? ('' as HostId), hostName, boot: 1, seq, atMs: Date.now() - (40 - ago) * 37_000 },
    ...{
      level: LEVELS[kind] ?? 'info',
      code: CODES[kind] ?? 'MORE',
      ...lab,
      about: kind === 1 ? 'host-d' : 'r1:eth1--r2:eth1',
    },
    message:
      [
        'right again at this end',
        'silent for 5 s',
        'port skn01 had VLAN tag 7 instead of 12',
        'admin wants it, 5 nodes and 5 links',
        'exited with 137',
        'runs again',
      ][kind] ?? '',
  }
  agent.happen(event)
}
