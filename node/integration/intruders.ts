import type { HostId } from '#core/model/ids.ts'
import type { RecordDraft, RosterBody, SignedRecord } from '#core/model/record.ts'
import { decodeRecord } from '#core/record/decode.ts'
import { encodeRecord } from '#core/record/encode.ts'
import { loadIdentity } from '#identity/index.ts'
import { createWireguardKeys, type Keys } from '#identity/keys.ts'
import { signRecord } from '#identity/sign.ts'
import { readVersion } from '#platform/host-facts.ts'
import { openStore } from '#store/index.ts'
import { type SkeinHosts, until } from '#testing/skein-hosts.ts'
import type { Testbed } from '#testing/testbed.ts'
import type { IntruderReport, IntruderTask } from './intruder.ts'

/** A host as `host ls` tells it. */
export interface Host {
  readonly name: string
  readonly id: HostId
  readonly state: string
}

const INTRUDER = new URL('./intruder.ts', import.meta.url).pathname
/** The data folder of an agent. */
export const DATA = '/var/lib/skein'
/** TCP port of libp2p. */
const PORT = 4801
const { protocol: PROTOCOL } = readVersion()
/** Longest run of an intruder: a stranger's stay, and a dial before it. */
const INTRUSION_MS = 120_000

/** What a test needs to send intruders to agents of a testbed, and to see what came of it. */
export const intruders = (bed: Testbed, hosts: SkeinHosts) => {
  const look = (host: string): Promise<readonly Host[]> => hosts.json(host, 'host', 'ls')
  const counters = async (host: string): Promise<Readonly<Record<string, number>>> =>
    JSON.parse(
      (await bed.exec(host).run({ socket: '/run/skein/skein.sock', method: 'GET', path: '/v1/counters' })).stdout,
    )
  const count = async (host: string, code: string): Promise<number> => (await counters(host))[code] ?? 0
  const stateOf = async (at: string, name: string) => (await look(at)).find((host) => host.name === name)?.state
  const multiaddrOf = (host: string, id: string): string => `/ip4/${bed.address(host)}/tcp/${PORT}/p2p/${id}`
  const intrude = async (from: string, task: Omit<IntruderTask, 'protocol'>): Promise<IntruderReport> => {
    const stdin = JSON.stringify({ ...task, protocol: PROTOCOL } satisfies IntruderTask)
    return JSON.parse((await bed.run(from, [process.execPath, INTRUDER], { stdin, timeoutMs: INTRUSION_MS })).stdout)
  }
  const folderOf = async (host: string, path = DATA): Promise<string> => `/proc/${await bed.pid(host)}/root${path}`
  const stop = async (host: string): Promise<void> => {
    await hosts.signalAgent(host, 'TERM')
    await until(
      `the agent of ${host} has ended`,
      15_000,
      async () => (await bed.run(host, ['pgrep', '-f', 'node/main.ts run'], { okCodes: [0, 1] })).code === 1,
    )
  }
  return { look, counters, count, stateOf, multiaddrOf, intrude, folderOf, stop }
}

/** What becomes of every stream of a host that is not admitted, but `join`. */
export const REFUSED_EVERYWHERE = {
  sync: 'refused',
  request: 'refused',
  probe: 'refused',
  raft: 'refused',
  'meshsub/1.0.0': 'refused',
  'meshsub/1.1.0': 'refused',
  'meshsub/1.2.0': 'refused',
  'ipfs/ping/1.0.0': 'refused',
  'ipfs/id/1.0.0': 'refused',
} as const

/** Records such a host may make up: its own heartbeat and lab, and a lab in the name of s1. */
export const madeUp = (keys: Keys, victim: HostId): readonly string[] => {
  const draft: Omit<RecordDraft, 'kind' | 'key'> = {
    version: [9, 9, keys.id],
    expiresAtMs: 0,
    body: { name: 'forged' },
  }
  const own = signRecord({ ...draft, kind: 'heartbeat', key: keys.id, version: [] }, keys, [9, 9, 9])
  const lab = signRecord({ ...draft, kind: 'intent', key: 'forged' }, keys, [9, 9, 9])
  return [own, lab, { ...lab, author: victim }].map(base64Of)
}

/** A record as it travels, base64. */
export const base64Of = (record: SignedRecord): string => Buffer.from(encodeRecord(record)).toString('base64')

/** Undoes `base64Of`; undefined for what is no record. */
export const recordOf = (text: string): SignedRecord | undefined => {
  const decoded = decodeRecord(Buffer.from(text, 'base64'))
  return decoded.type === 'record' ? decoded.record : undefined
}

/** Writes a newer roster, signed by the host itself, into the store of an agent that does not run. */
export const addToRoster = async (
  folder: string,
  other: { readonly id: HostId; readonly address: string },
): Promise<void> => {
  const identity = await loadIdentity(folder)
  const store = await openStore(folder)
  try {
    const held = (await store.loadRecords()).find(({ kind }) => kind === 'roster')
    if (held === undefined) throw new Error(`there is no roster in ${folder}`)
    const body = held.body as RosterBody
    const entry = {
      id: other.id,
      name: 's1',
      role: 'worker',
      addresses: [other.address],
      port: PORT,
      wgPublicKey: createWireguardKeys().publicKey,
      wgPort: 51_820,
      overlayAddress: '10.213.0.99',
      state: 'admitted',
    } as const
    const draft = { ...held, version: [1_000_000, 1_000_000], body: { ...body, hosts: [...body.hosts, entry] } }
    await store.putRecord(signRecord(draft, identity.keys, [held.fresh[0], held.fresh[1], 1_000_000]))
  } finally {
    await store.close()
  }
}
