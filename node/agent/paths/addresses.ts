import type { networkInterfaces } from 'node:os'
import type { Engine } from '#core/engine/engine.ts'
import { MeshError } from '#core/model/errors.ts'
import type { RosterEntry } from '#core/model/record.ts'
import type { Clock } from '#platform/clock.ts'
import type { Logger } from '#platform/log.ts'
import { interfacesOf, type OwnAddresses, ownAddresses } from '#platform/own-addresses.ts'
import type { Store } from '#store/index.ts'
import type { Proposals } from '../consensus/proposals.ts'
import type { AddressesAsk } from '../port.ts'

export interface AddressesOptions {
  readonly engine: Pick<Engine, 'self' | 'roster'>
  readonly proposals: Pick<Proposals, 'submit'>
  readonly store: Pick<Store, 'getMeta' | 'putMeta'>
  readonly clock: Clock
  readonly log: Logger
  /** Of the configuration; empty where it says nothing. */
  readonly secondary: string
  interfaces(): ReturnType<typeof networkInterfaces>
}

/** Which interface each told address was seen on: what was never on one is an address translator's. */
type Known = Readonly<Record<string, string>>

const KNOWN = 'addresses'
/** A change that could not be decided is asked for again after this long. */
const RETRY_MS = 30_000

/** Where this host is reached: by a person's word, by its configuration, and by what became of its interfaces. */
export class Addresses {
  readonly #options: AddressesOptions
  #known: Known | undefined
  #isLooking = false
  #askedMs = Number.NEGATIVE_INFINITY
  #complaint = ''

  constructor(options: AddressesOptions) {
    this.#options = options
  }

  /** Commits other addresses. BAD_INPUT for one that is not this host's or of the same network, NO_QUORUM, TIMEOUT. */
  async set({ primary, secondary }: AddressesAsk): Promise<OwnAddresses> {
    const own = this.#own()
    if (own === undefined) throw new MeshError('NOT_ADMITTED', 'this host is no member of the mesh')
    const wanted = ownAddresses(this.#options.interfaces(), {
      primary: primary === undefined ? own.addresses : [primary],
      secondary: secondary ?? own.secondary?.[0] ?? '',
    })
    await this.#tell(own, wanted)
    return wanted
  }

  /** Looks at the interfaces, and tells the mesh where an address has changed. Never rejects. */
  async look(): Promise<void> {
    const own = this.#own()
    if (own === undefined || own.state !== 'admitted' || this.#isLooking) return
    this.#isLooking = true
    try {
      await this.#follow(own)
    } catch (error) {
      this.#complain(error instanceof MeshError ? error.message : String(error))
    } finally {
      this.#isLooking = false
    }
  }

  async #follow(own: RosterEntry): Promise<void> {
    const { clock, interfaces, secondary, store } = this.#options
    const at = interfacesOf(interfaces())
    this.#known ??= ((await store.getMeta(KNOWN)) as Known | undefined) ?? {}
    const moved = (told: readonly string[]): readonly string[] => [
      ...new Set(told.map((address) => successorOf(address, at, this.#known ?? {}))),
    ]
    const wanted = {
      addresses: moved(own.addresses),
      secondary: secondary === '' ? moved(own.secondary ?? []) : this.#configured(own),
    }
    await this.#keep([...own.addresses, ...(own.secondary ?? [])], at)
    if (isSame(own, wanted) || clock.monotonicMs() - this.#askedMs < RETRY_MS) return
    this.#askedMs = clock.monotonicMs()
    this.#options.log.info({ from: [own.addresses, own.secondary], to: wanted }, 'this host has other addresses now')
    await this.#tell(own, wanted)
  }

  #configured(own: RosterEntry): readonly string[] {
    const { interfaces, secondary } = this.#options
    return ownAddresses(interfaces(), { primary: own.addresses, secondary }).secondary ?? []
  }

  async #keep(told: readonly string[], at: Known): Promise<void> {
    const seen = Object.fromEntries(
      told.flatMap((address) => {
        const name = at[address] ?? this.#known?.[address]
        return name === undefined ? [] : [[address, name] as const]
      }),
    )
    if (JSON.stringify(seen) === JSON.stringify(this.#known)) return
    this.#known = seen
    await this.#options.store.putMeta(KNOWN, seen)
  }

  async #tell(own: RosterEntry, { addresses, secondary = [] }: OwnAddresses): Promise<void> {
    const { id, port, wgPort } = own
    await this.#options.proposals.submit({ type: 'update-host', id, addresses, secondary, port, wgPort })
  }

  #own(): RosterEntry | undefined {
    return this.#options.engine.roster?.hosts.find(({ id }) => id === this.#options.engine.self)
  }

  #complain(why: string): void {
    if (why === this.#complaint) return
    this.#complaint = why
    this.#options.log.warn({ reason: why }, 'the addresses of this host could not be told')
  }
}

/** What an address is now: itself while an interface has it, or where none ever had; else the first of the interface that had it. */
function successorOf(address: string, at: Known, known: Known): string {
  const name = known[address]
  if (at[address] !== undefined) return address
  const isIpv6 = address.includes(':')
  return Object.keys(at).find((other) => at[other] === name && other.includes(':') === isIpv6) ?? address
}

const isSame = (own: RosterEntry, { addresses, secondary = [] }: OwnAddresses): boolean =>
  JSON.stringify([own.addresses, own.secondary ?? []]) === JSON.stringify([addresses, secondary])
