import type { Engine } from '#core/engine/engine.ts'
import { MeshError } from '#core/model/errors.ts'
import type { HostName } from '#core/model/ids.ts'
import { own } from '#core/model/own.ts'
import type { RosterEntry, SignedRecord } from '#core/model/record.ts'
import type { Token } from '#core/state/state.ts'
import { caHashOf, issueCertificate } from '#identity/cert.ts'
import type { Identity } from '#identity/index.ts'
import { keysToPem, publicKeyOf } from '#identity/keys.ts'
import { checkProof, createToken, encodeToken, tokenVerifier } from '#identity/token.ts'
import type { JoinAnswer, JoinRequest } from '#mesh/mesh.ts'
import type { TokenInfo, TokenOptions, TokenView } from '../port.ts'
import type { Proposals } from './proposals.ts'

export interface AdmissionOptions {
  readonly engine: Engine
  readonly identity: Identity
  readonly protocol: number
  readonly proposals: Proposals
  wallMs(): number
}

/** How long the log and the roster may take to reach this host. */
const CATCH_UP_MS = 5_000

/** Makes tokens, and admits who holds one: the log decides, this host only checks the proof and writes the certificate. */
export class Admission {
  readonly #options: AdmissionOptions

  constructor(options: AdmissionOptions) {
    this.#options = options
  }

  /**
   * A new token, committed. Its secret is in the answer and nowhere else. By the name of a host that is down it lets another machine
   * take that one's place; rejects with NAME_TAKEN where the host is not down.
   */
  async createToken(options: TokenOptions): Promise<TokenView> {
    const { identity, engine, proposals } = this.#options
    const expiresAtMs = this.#options.wallMs() + options.ttlMs
    const lost = options.name === undefined ? undefined : mayBeReplaced(engine, (host) => host.name === options.name)
    const token = createToken({
      meshId: identity.meshId,
      caHash: caHashOf(identity.caCertificate),
      role: options.role,
      ...(options.name === undefined ? {} : { name: options.name }),
      expiresAtMs,
      contacts: contactsOf(engine),
    })
    await proposals.submit({
      type: 'create-token',
      id: token.id,
      verifier: tokenVerifier(token),
      role: token.role,
      uses: options.uses,
      expiresAtMs,
      ...(token.name === undefined ? {} : { name: token.name as HostName }),
      ...(lost === undefined ? {} : { replaces: lost.id }),
    })
    return {
      token: encodeToken(token),
      id: token.id,
      role: token.role,
      expiresAt: new Date(expiresAtMs).toISOString(),
      ...(lost === undefined ? {} : { replaces: lost.name }),
    }
  }

  tokens(): readonly TokenInfo[] {
    const nowMs = this.#options.wallMs()
    return Object.values(this.#options.engine.replica?.state?.tokens ?? {}).map((token) => ({
      id: token.id,
      role: token.role,
      expiresAt: new Date(token.expiresAtMs).toISOString(),
      usesLeft: Math.max(0, token.uses - token.usedBy.length),
      state: stateOf(token, nowMs),
    }))
  }

  /** Admits a joiner through the log and certifies it. Rejects with what the log said, or TOKEN_INVALID for a wrong proof. */
  async admit(request: JoinRequest): Promise<JoinAnswer> {
    const { engine, identity, proposals, protocol } = this.#options
    if (identity.ca === undefined) throw new MeshError('NOT_FOUND', 'this host does not admit others; ask a core host')
    const token = await this.#until(() => own(engine.replica?.state?.tokens ?? {}, request.tokenId))
    if (token === undefined) throw new MeshError('TOKEN_UNKNOWN', `no token ${request.tokenId} is known here`)
    if (!checkProof(token.verifier, request.transcript, request.proof))
      throw new MeshError('TOKEN_INVALID', `the proof of token ${token.id} is wrong`)
    if (request.role !== undefined && request.role !== token.role)
      throw new MeshError('TOKEN_INVALID', `token ${token.id} is for the role ${token.role}, not ${request.role}`)
    if (token.replaces !== undefined) mayBeReplaced(engine, (host) => host.id === token.replaces)
    const { hostId: id, addresses, secondary, port, wgPublicKey, wgPort } = request
    const name = request.name ?? token.name
    if (name === undefined) throw new MeshError('BAD_INPUT', 'a host needs a name')
    await proposals.submit({
      type: 'admit',
      tokenId: token.id,
      host: {
        id,
        name: name as HostName,
        addresses,
        ...(secondary === undefined ? {} : { secondary }),
        port,
        wgPublicKey,
        wgPort,
      },
    })
    const entry = await this.#until(() =>
      engine.roster?.hosts.find((host) => host.id === id && host.state === 'admitted'),
    )
    const record = engine.book.get('roster', 'mesh')
    if (entry === undefined || record === undefined || engine.roster === undefined)
      throw new MeshError(
        'TIMEOUT',
        `${name} is admitted, but the new roster did not reach this host in time; join again with the same token`,
      )
    const claims = {
      meshId: identity.meshId,
      hostId: id,
      name: entry.name,
      role: entry.role,
      epoch: engine.roster.epoch,
      wgPublicKey,
    }
    const certificate = await issueCertificate(identity.ca, claims, {
      hostKey: publicKeyOf(id),
      nowMs: this.#options.wallMs(),
    })
    return {
      certificate,
      record: record as SignedRecord,
      ...(entry.role === 'core' ? { caKey: keysToPem(identity.ca.keys) } : {}),
      overlayAddress: entry.overlayAddress,
      meshId: identity.meshId,
      epoch: engine.roster.epoch,
      protocol,
    }
  }

  async #until<T>(find: () => T | undefined): Promise<T | undefined> {
    const endMs = performance.now() + CATCH_UP_MS
    for (;;) {
      const found = find()
      if (found !== undefined || performance.now() > endMs) return found
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

/** The admitted host that fits, if it is lost. Throws NAME_TAKEN for one that is not down: it would be cut off while it works. */
const mayBeReplaced = (engine: Engine, fits: (host: RosterEntry) => boolean): RosterEntry | undefined => {
  const entry = engine.roster?.hosts.find((host) => host.state === 'admitted' && fits(host))
  if (entry === undefined) return undefined
  const state = entry.id === engine.self ? 'alive' : (engine.membership.of(entry.id)?.state ?? 'down')
  if (state === 'down') return entry
  const message = `host ${entry.name} is ${state}: only one that is down can be replaced`
  throw new MeshError('NAME_TAKEN', message, { name: entry.name, id: entry.id })
}

const stateOf = (token: Token, nowMs: number): TokenInfo['state'] =>
  token.revokedAtMs !== undefined
    ? 'revoked'
    : token.usedBy.length >= token.uses
      ? 'spent'
      : token.expiresAtMs <= nowMs
        ? 'expired'
        : 'open'

/** Where a joiner finds core hosts: multiaddresses with their identity. A mesh just made has its roster in the log alone. */
const contactsOf = (engine: Engine): readonly string[] =>
  (engine.roster?.hosts ?? Object.values(engine.replica?.state?.roster ?? {}))
    .filter((host) => host.role === 'core' && host.state === 'admitted')
    .toSorted((a, b) => Number(b.id === engine.self) - Number(a.id === engine.self))
    .flatMap((host) =>
      [...host.addresses, ...(host.secondary ?? [])].map(
        (address) => `/${address.includes(':') ? 'ip6' : 'ip4'}/${address}/tcp/${host.port}/p2p/${host.id}`,
      ),
    )
