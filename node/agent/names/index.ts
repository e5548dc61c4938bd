import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import type { Engine } from '#core/engine/engine.ts'
import { MGMT_LAB } from '#core/model/mgmt.ts'
import type { Resource } from '#core/model/resource.ts'
import { hostsLines } from '#core/names/hosts-block.ts'
import type { Names } from '#core/names/names.ts'
import type { Clock } from '#platform/clock.ts'
import type { Logger } from '#platform/log.ts'
import { Dns, type DnsOptions } from './dns.ts'
import { writeHostsBlock } from './hosts-file.ts'
import { namesHere, namesOf } from './names.ts'

export interface HostNamesOptions extends Pick<DnsOptions, 'openDoor' | 'ask' | 'count'> {
  readonly engine: Engine
  readonly clock: Clock
  readonly log: Logger
  /** What this host is called in the mesh. */
  readonly name: string
  /** hosts(5) of this host; nothing is written where it is empty. */
  readonly hostsFile: string
  /** resolv.conf(5) of this host. */
  readonly resolvFile: string
  /** What the last look at this host found. */
  seen(): readonly Resource[]
}

const READ_RESOLV_MS = 30_000
/** A file that could not be written is tried again after this. */
const RETRY_MS = 60_000

/** Names of lab nodes and hosts, as this host tells them: to its nodes by DNS, to itself in hosts(5). */
export class HostNames {
  readonly #options: HostNamesOptions
  readonly #dns: Dns
  #told = ''
  #written = ''
  #retryMs = 0
  #trouble: string | undefined
  #upstreams: { readonly servers: readonly string[]; readonly atMs: number } | undefined
  #busy: Promise<void> | undefined

  constructor(options: HostNamesOptions) {
    this.#options = options
    this.#dns = new Dns({ ...options, upstreams: () => this.#servers() })
  }

  /** Every name known, and whether what it stands for can be reached. */
  names(): Names {
    return namesOf(this.#options.engine)
  }

  /** What does not work, for people. */
  get troubles(): readonly string[] {
    return [...this.#dns.troubles, ...(this.#trouble === undefined ? [] : [this.#trouble])]
  }

  /** Tells what is known now. Never rejects. */
  async look(): Promise<void> {
    this.#busy ??= this.#tell().finally(() => {
      this.#busy = undefined
    })
    await this.#busy
  }

  async #tell(): Promise<void> {
    const { engine, clock, seen } = this.#options
    const names = this.names()
    const text = JSON.stringify(names)
    if (text !== this.#told) {
      this.#told = text
      this.#dns.know(names)
    }
    await this.#dns.listen(addressesIn(seen()), clock.monotonicMs())
    await this.#write(namesHere(names, engine))
  }

  async #write(names: Names): Promise<void> {
    const { hostsFile, name, clock, log } = this.#options
    const text = JSON.stringify(names)
    const nowMs = clock.monotonicMs()
    if (hostsFile === '' || (text === this.#written && this.#trouble === undefined)) return
    if (this.#trouble !== undefined && nowMs < this.#retryMs) return
    const trouble = await writeHostsBlock(hostsFile, name, (taken) => hostsLines(names, taken)).catch(
      (error: unknown) => String(error),
    )
    if (trouble !== undefined && trouble !== this.#trouble)
      log.warn({ hostsFile, trouble }, 'cannot tell names in the hosts file')
    this.#trouble = trouble
    this.#retryMs = nowMs + RETRY_MS
    if (trouble === undefined) this.#written = text
  }

  /** Own servers of this host, as resolv.conf(5) has them. */
  #servers(): readonly string[] {
    const nowMs = this.#options.clock.monotonicMs()
    if (this.#upstreams === undefined || nowMs - this.#upstreams.atMs > READ_RESOLV_MS)
      this.#upstreams = { servers: readServers(this.#options.resolvFile), atMs: nowMs }
    return this.#upstreams.servers
  }

  /** What is in hosts(5) stays: the labs go on, and the next agent tells anew. */
  async close(): Promise<void> {
    await this.#busy
    await this.#dns.close()
  }
}

/** Where this host is asked: its own ends of management networks, and its address between hosts. */
const addressesIn = (seen: readonly Resource[]): readonly string[] =>
  seen.flatMap((one) => {
    if (one.kind === 'wg-interface') return plain([one.address])
    return one.kind === 'nic' && one.lab === MGMT_LAB && one.fault === undefined ? plain(one.addresses) : []
  })

/** Without prefix lengths, and without addresses that are nothing without the name of a link. */
const plain = (cidrs: readonly string[]): readonly string[] =>
  cidrs.map((cidr) => cidr.split('/')[0] ?? '').filter((address) => isIP(address) !== 0 && !address.startsWith('fe80:'))

function readServers(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1] ?? [])
      .filter((server) => isIP(server) !== 0)
  } catch {
    return []
  }
}
