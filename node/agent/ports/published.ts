import type { Engine } from '#core/engine/engine.ts'
import type { LabName } from '#core/model/ids.ts'
import type { PublishedOn } from '#core/model/mgmt.ts'
import { own } from '#core/model/own.ts'
import type { Clock } from '#platform/clock.ts'
import type { Logger } from '#platform/log.ts'
import { openPortProxy, type PortProxy } from '#platform/port-proxy.ts'

export interface PublishedOptions {
  readonly engine: Pick<Engine, 'self' | 'active'>
  readonly clock: Clock
  readonly log: Logger
  open?: typeof openPortProxy
}

interface Wanted extends PublishedOn {
  readonly lab: LabName
  readonly address: string
}

type Held = { readonly wanted: Wanted; readonly proxy: PortProxy }
type Failed = { readonly wanted: Wanted; readonly message: string; readonly atMs: number }

/** A port that could not be opened is tried again after this: whoever has it may let it go. */
const RETRY_MS = 5_000

/** The ports of this host that lead to lab nodes, held open as long as their labs want them. */
export class Published {
  readonly #options: PublishedOptions
  readonly #held = new Map<string, Held>()
  readonly #failed = new Map<string, Failed>()
  #busy: Promise<void> | undefined

  constructor(options: PublishedOptions) {
    this.#options = options
  }

  /** Ports of a lab that cannot be opened, and why. */
  troubles(lab: string): readonly string[] {
    return [...this.#failed.values()].filter(({ wanted }) => wanted.lab === lab).map(({ message }) => message)
  }

  /** Whether this host itself listens on a port, for which lab; undefined where it does not. */
  holder(port: number, protocol: 'tcp' | 'udp'): string | undefined {
    const held = [...this.#held.values()].find(({ wanted }) => wanted.hostPort === port && wanted.protocol === protocol)
    return held?.wanted.lab
  }

  /** Opens what is wanted now and closes what is not. Never rejects. */
  async look(): Promise<void> {
    this.#busy ??= this.#tell().finally(() => {
      this.#busy = undefined
    })
    await this.#busy
  }

  async #tell(): Promise<void> {
    const wanted = new Map(this.#wanted().map((one) => [keyOf(one), one]))
    const gone = [...this.#held].filter(([key]) => !wanted.has(key))
    for (const [key] of gone) this.#held.delete(key)
    await Promise.all(gone.map(([, { proxy }]) => proxy.close()))
    for (const key of this.#failed.keys()) if (!wanted.has(key)) this.#failed.delete(key)
    await Promise.all([...wanted].map(([key, one]) => this.#open(key, one)))
  }

  #wanted(): readonly Wanted[] {
    const { engine } = this.#options
    return [...engine.active.values()].flatMap(({ assignment }) =>
      (assignment.published ?? []).flatMap((port) => {
        const address = own(assignment.mgmt?.nodes ?? {}, port.node)?.ipv4
        return port.host !== engine.self || address === undefined ? [] : [{ ...port, lab: assignment.lab, address }]
      }),
    )
  }

  async #open(key: string, wanted: Wanted): Promise<void> {
    const { clock, log, open = openPortProxy } = this.#options
    const failed = this.#failed.get(key)
    const nowMs = clock.monotonicMs()
    if (this.#held.has(key) || (failed !== undefined && nowMs - failed.atMs < RETRY_MS)) return
    const { hostPort: port, protocol, node, containerPort } = wanted
    try {
      const proxy = await open({ port, protocol, to: { address: wanted.address, port: containerPort } })
      this.#held.set(key, { wanted, proxy })
      this.#failed.delete(key)
    } catch (error) {
      const message = `${node}: port ${port}/${protocol} is not published: ${reasonOf(error)}`
      if (failed === undefined) log.warn({ lab: wanted.lab, port, protocol, err: error }, 'cannot publish a port')
      this.#failed.set(key, { wanted, message, atMs: nowMs })
    }
  }

  async close(): Promise<void> {
    await this.#busy
    await Promise.all([...this.#held.values()].map(({ proxy }) => proxy.close()))
    this.#held.clear()
  }
}

const keyOf = ({ lab, node, hostPort, protocol, containerPort, address }: Wanted): string =>
  [lab, node, hostPort, protocol, address, containerPort].join(' ')

const reasonOf = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === 'EADDRINUSE'
    ? 'another program on this host listens on it'
    : String(error instanceof Error ? error.message : error)
}
