import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { MeshError } from '#core/model/errors.ts'
import type { HostId } from '#core/model/ids.ts'
import type { HostRole } from '#core/model/lab.ts'
import type { Fresh, RecordDraft, RosterEntry, SignedRecord } from '#core/model/record.ts'
import { digestOf } from '#core/record/digest.ts'
import { checkFresh, type FreshTable, withFresh } from '#core/record/freshness.ts'
import { merge, recordId } from '#core/record/merge.ts'
import { caHashOf, createCa, issueCertificate } from '#identity/cert.ts'
import type { Authority, Identity } from '#identity/index.ts'
import { createKeys, createWireguardKeys, type Keys, publicKeyOf } from '#identity/keys.ts'
import { signRecord } from '#identity/sign.ts'
import { checkProof, createToken, type JoinToken, tokenVerifier } from '#identity/token.ts'
import { createVerifier } from '#identity/verify.ts'
import {
  createMesh,
  type JoinAnswer,
  type JoinRequest,
  type Mesh,
  type MeshOptions,
  type MeshTuning,
  type RecordVerdict,
} from '#mesh/index.ts'
import { whoAsked } from '#platform/on-behalf.ts'

/** Waits until the condition holds; fails with `what` after the limit. */
export async function until(what: string, condition: () => boolean, limitMs = 15_000): Promise<void> {
  const endMs = performance.now() + limitMs
  while (!condition()) {
    if (performance.now() > endMs) throw new Error(`not within ${limitMs} ms: ${what}`)
    await pause(10)
  }
}

/** A TCP port that is free now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

/** A TCP way to a port of this machine that can go silent without closing anything, as a pulled cable does. */
export interface Cable {
  readonly port: number
  cut(): void
  heal(): void
  stop(): void
}

export function createCable(toPort: number): Promise<Cable> {
  const sockets = new Set<Socket>()
  let isCut = false
  const server = createServer((near) => {
    const far = connect(toPort, '127.0.0.1')
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('data', (bytes) => void (isCut || to.write(bytes)))
      from.on('error', () => undefined)
      from.on('close', () => void (isCut || to.destroy()))
    }
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve({
        port: typeof address === 'object' && address !== null ? address.port : 0,
        cut: () => {
          isCut = true
        },
        heal: () => {
          isCut = false
        },
        stop: () => {
          for (const socket of sockets) socket.destroy()
          server.close()
        },
      })
    })
  })
}

export interface TestAuthority extends Authority {
  readonly meshId: string
}

export async function createAuthority(meshId: string): Promise<TestAuthority> {
  const keys = createKeys()
  return { meshId, keys, certificate: await createCa(keys, meshId, Date.now()) }
}

export async function createTestIdentity(
  ca: TestAuthority,
  fields: { name: string; role?: HostRole; keys?: Keys },
): Promise<Identity> {
  const keys = fields.keys ?? createKeys()
  const { name, role = 'core' } = fields
  const wireguard = { publicKey: createWireguardKeys().publicKey, privateKeyFile: '/nowhere' }
  const claims = { meshId: ca.meshId, hostId: keys.id, name, role, epoch: 1, wgPublicKey: wireguard.publicKey }
  const certificate = await issueCertificate(ca, claims, { hostKey: keys.publicKey, nowMs: Date.now() })
  return {
    id: keys.id,
    name,
    role,
    meshId: ca.meshId,
    epoch: 1,
    keys,
    certificate,
    caCertificate: ca.certificate,
    ca,
    wireguard,
  }
}

export const entryOf = (identity: Identity, port: number, fields: Partial<RosterEntry> = {}): RosterEntry => ({
  id: identity.id,
  name: identity.name,
  role: identity.role,
  addresses: ['127.0.0.1'],
  port,
  wgPublicKey: identity.wireguard.publicKey,
  wgPort: 51820,
  overlayAddress: '10.0.0.1',
  state: 'admitted',
  ...fields,
})

/** A host as the agent will be: verifies, keeps the freshest and the winner, admits by token. What `disk` holds outlives a restart. */
export class TestHost {
  readonly identity: Identity
  readonly port: number
  readonly counts = new Map<string, number>()
  readonly events: { host: HostId; connected: boolean; reason: string }[] = []
  readonly raft: { from: HostId; message: unknown }[] = []
  readonly probes: number[] = []
  /** Hosts that did not listen when they were called. */
  readonly refused: HostId[] = []
  readonly tokens = new Map<string, { verifier: string; expiresAtMs: number; role: HostRole; spentBy?: HostId }>()
  readonly disk: { roster: RosterEntry[]; records: Map<string, SignedRecord>; fresh: FreshTable; boot: number }
  readonly tuning: Partial<MeshTuning>
  mesh: Mesh
  #sequence = 0

  constructor(identity: Identity, port: number, tuning: Partial<MeshTuning> = {}, disk?: TestHost['disk']) {
    this.identity = identity
    this.port = port
    this.tuning = tuning
    this.disk = disk ?? { roster: [], records: new Map(), fresh: new Map(), boot: 0 }
    this.disk.boot += 1
    this.mesh = createMesh(this.#options())
  }

  get id(): HostId {
    return this.identity.id
  }

  count(code: string): number {
    return this.counts.get(code) ?? 0
  }

  holds(id: string): SignedRecord | undefined {
    return this.disk.records.get(id)
  }

  setRoster(entries: readonly RosterEntry[]): void {
    this.disk.roster = [...entries]
    this.mesh.rosterChanged()
  }

  sign(draft: Partial<RecordDraft> & Pick<RecordDraft, 'kind' | 'key'>): SignedRecord {
    this.#sequence += 1
    const fresh: Fresh = [1, this.disk.boot, this.#sequence]
    return signRecord(
      { version: [this.disk.boot, this.#sequence], expiresAtMs: 0, body: { from: this.identity.name }, ...draft },
      this.identity.keys,
      fresh,
    )
  }

  publish(draft: Parameters<TestHost['sign']>[0]): SignedRecord {
    const record = this.sign(draft)
    this.onRecord(record)
    this.mesh.publish(record)
    return record
  }

  publishRoster(): SignedRecord {
    const body = {
      meshId: this.identity.meshId,
      epoch: 1,
      term: 1,
      index: this.disk.roster.length,
      voters: [],
      hosts: this.disk.roster,
    }
    return this.publish({ kind: 'roster', key: 'mesh', version: [1, 1, this.disk.roster.length], body })
  }

  createToken(role: HostRole, fields: Partial<JoinToken> = {}): JoinToken {
    const caHash = caHashOf(this.identity.caCertificate)
    const contacts = [`/ip4/127.0.0.1/tcp/${this.port}/p2p/${this.id}`]
    const token = {
      ...createToken({ meshId: this.identity.meshId, caHash, role, expiresAtMs: Date.now() + 60_000, contacts }),
      ...fields,
    }
    this.tokens.set(token.id, { verifier: tokenVerifier(token), expiresAtMs: Date.now() + 60_000, role })
    return token
  }

  onRecord = (record: SignedRecord): RecordVerdict => {
    const verdict = createVerifier({ roster: () => this.disk.roster })(record)
    if (verdict.type !== 'verified') {
      this.#count(verdict.code)
      return verdict.type
    }
    if (checkFresh(this.disk.fresh, record) === 'old') {
      this.#count('OLD')
      return 'ignore'
    }
    this.disk.fresh = withFresh(this.disk.fresh, record)
    this.disk.records.set(recordId(record), merge(this.disk.records.get(recordId(record)), record))
    if (record.kind === 'roster') this.setRoster((record.body as { hosts: RosterEntry[] }).hosts)
    return 'accept'
  }

  async #admit(request: JoinRequest): Promise<JoinAnswer> {
    const token = this.tokens.get(request.tokenId)
    if (token === undefined) throw new MeshError('TOKEN_UNKNOWN', 'no such token')
    if (!checkProof(token.verifier, request.transcript, request.proof))
      throw new MeshError('TOKEN_INVALID', 'wrong proof')
    if (token.expiresAtMs <= Date.now()) throw new MeshError('TOKEN_EXPIRED', 'too late')
    if (token.spentBy !== undefined && token.spentBy !== request.hostId)
      throw new MeshError('TOKEN_SPENT', 'used before', { by: token.spentBy })
    token.spentBy = request.hostId
    const name = request.name ?? 'joined'
    const { wgPublicKey, wgPort, port, addresses, hostId: id } = request
    const claims = { meshId: this.identity.meshId, hostId: id, name, role: token.role, epoch: 1, wgPublicKey }
    const ca = this.identity.ca
    if (ca === undefined) throw new MeshError('INTERNAL', 'no authority here')
    const certificate = await issueCertificate(ca, claims, { hostKey: publicKeyOf(id), nowMs: Date.now() })
    const entry: RosterEntry = {
      id,
      name,
      role: token.role,
      addresses,
      port,
      wgPublicKey,
      wgPort,
      overlayAddress: '10.0.0.9',
      state: 'admitted',
    }
    this.setRoster([...this.disk.roster.filter((other) => other.id !== id), entry])
    return {
      certificate,
      record: this.publishRoster(),
      overlayAddress: '10.0.0.9',
      meshId: this.identity.meshId,
      epoch: 1,
      protocol: 1,
    }
  }

  #count(code: string): void {
    this.counts.set(code, this.count(code) + 1)
  }

  #options(): MeshOptions {
    const silent = (): void => undefined
    return {
      identity: this.identity,
      protocol: 1,
      meshId: this.identity.meshId,
      listen: { port: this.port, addresses: ['127.0.0.1'] },
      roster: () => this.disk.roster,
      records: {
        digest: () => digestOf(this.disk.records.values()),
        get: (ids) => ids.flatMap((id) => this.disk.records.get(id) ?? []),
      },
      onRecord: this.onRecord,
      onPeer: (host, connected, reason) => void this.events.push({ host, connected, reason }),
      onProbe: (_, rttMs) => void this.probes.push(rttMs),
      onHeard: silent,
      onRefused: (host) => void this.refused.push(host),
      onRaft: (from, message) => void this.raft.push({ from, message }),
      onRequest: (from, name, body) => this.#onRequest(from, name, body),
      onJoin: (request) => this.#admit(request),
      count: (code) => this.#count(code),
      log: { debug: silent, info: silent, warn: silent, error: silent },
      tuning: this.tuning,
    }
  }

  async #onRequest(from: HostId, name: string, body: unknown): Promise<unknown> {
    if (name === 'fail') throw new MeshError('NO_QUORUM', 'two of three are missing', { missing: ['b'] })
    if (name === 'hang') return new Promise(() => undefined)
    if (name === 'who') return whoAsked() ?? null
    return { from, echo: body }
  }
}
