import { isIP } from 'node:net'
import { z } from 'zod'
import type { Engine } from '#core/engine/engine.ts'
import { MeshError } from '#core/model/errors.ts'
import type { HostId } from '#core/model/ids.ts'
import type { RosterEntry } from '#core/model/record.ts'
import {
  type ApiCertificate,
  type ApiCertificateFiles,
  type ApiNames,
  apiPublicKey,
  createApiKey,
  isApiCertificateGood,
  issueApiCertificate,
} from '#identity/api-certificate.ts'
import type { Identity } from '#identity/index.ts'
import type { Clock } from '#platform/clock.ts'

export interface ApiCertificatesOptions {
  readonly engine: Pick<Engine, 'self' | 'roster' | 'replica' | 'membership'>
  readonly identity: Pick<Identity, 'name' | 'ca' | 'caCertificate'>
  readonly clock: Pick<Clock, 'nowMs'>
  /** Nothing is kept where it is absent. */
  readonly apiFiles?: ApiCertificateFiles
  request(host: HostId, name: 'api-certificate', body: unknown, timeoutMs: number): Promise<unknown>
}

const ASK_MS = 10_000
const Ask = z.object({ publicKey: z.string().max(1_000) })
const Answer = z.object({ certificate: z.string().max(20_000) })

/** What the API of this host shows: core hosts issue it, for themselves and for those that are not. */
export class ApiCertificates {
  readonly #options: ApiCertificatesOptions
  #held: ApiCertificate | undefined

  constructor(options: ApiCertificatesOptions) {
    this.#options = options
  }

  /** As it should be now; undefined while this host is of no mesh it knows. Rejects where no core host issues one. */
  async current(): Promise<ApiCertificate | undefined> {
    const { engine, identity, clock, apiFiles } = this.#options
    const names = apiNamesOf(rosterOf(engine), engine.self)
    if (names === undefined) return undefined
    const wanted = { ...names, nowMs: clock.nowMs(), ca: identity.caCertificate }
    this.#held ??= await apiFiles?.load()
    if (this.#held !== undefined && isApiCertificateGood(this.#held, wanted)) return this.#held
    try {
      const key = this.#held?.key ?? createApiKey()
      this.#held = { key, certificate: await this.#issued(key) }
      await apiFiles?.save(this.#held)
    } catch (error) {
      // With names of yesterday it is better than none.
      if (this.#held === undefined) throw error
    }
    return this.#held
  }

  /** An answer to another host: a certificate for its names as the roster has them, whatever it says itself. */
  async answer(body: unknown, from: HostId): Promise<{ readonly certificate: string }> {
    const read = Ask.safeParse(body)
    if (!read.success) throw new MeshError('BAD_INPUT', 'malformed request for a certificate')
    return { certificate: await this.#issue(read.data.publicKey, from) }
  }

  #issued(key: string): Promise<string> {
    const { engine, identity } = this.#options
    const publicKey = apiPublicKey(key)
    return identity.ca === undefined ? this.#asked(publicKey) : this.#issue(publicKey, engine.self)
  }

  #issue(publicKey: string, host: HostId): Promise<string> {
    const { engine, identity, clock } = this.#options
    const names = apiNamesOf(rosterOf(engine), host)
    if (identity.ca === undefined) throw new MeshError('NOT_CORE', 'this host does not issue certificates')
    if (names === undefined) throw new MeshError('NOT_ADMITTED', `${host} is no host of this mesh`)
    return issueApiCertificate(identity.ca, publicKey, { ...names, nowMs: clock.nowMs() })
  }

  async #asked(publicKey: string): Promise<string> {
    const { engine, request } = this.#options
    const core = rosterOf(engine).filter(({ id, role }) => role === 'core' && engine.membership.isAlive(id))
    for (const { id } of core) {
      const answer = Answer.safeParse(
        await request(id, 'api-certificate', { publicKey }, ASK_MS).catch(() => undefined),
      )
      if (answer.success) return answer.data.certificate
    }
    throw new MeshError('UNREACHABLE', 'no core host issues a certificate for the API of this host now')
  }
}

/** Those admitted; a mesh just made has its roster in the log alone. */
const rosterOf = ({ roster, replica }: ApiCertificatesOptions['engine']): readonly RosterEntry[] =>
  (roster?.hosts ?? Object.values(replica?.state?.roster ?? {})).filter((host) => host.state === 'admitted')

/** What a host of this roster is called; undefined for another one. Addresses that another host tells too are left out: nobody may show a certificate for the address of another. */
export function apiNamesOf(roster: readonly RosterEntry[], host: HostId): ApiNames | undefined {
  const entry = roster.find(({ id }) => id === host)
  if (entry === undefined) return undefined
  const others = new Set(roster.filter(({ id }) => id !== host).flatMap(addressesOf))
  const own = addressesOf(entry).filter((address) => isIP(address) !== 0 && !others.has(address))
  return {
    names: [entry.name, `${entry.name}.mesh.local`, 'localhost'],
    addresses: [...new Set([...own, '127.0.0.1', '::1'])],
  }
}

const addressesOf = ({ addresses, secondary = [], overlayAddress }: RosterEntry): readonly string[] => [
  ...addresses,
  ...secondary,
  overlayAddress,
]
