import { join } from 'node:path'
import { MeshError } from '#core/model/errors.ts'
import { FEED_TEXT, type FeedTold } from '#core/model/feed.ts'
import type { HostId, ResourceId } from '#core/model/ids.ts'
import type { Image, Resource } from '#core/model/resource.ts'
import type { Mesh } from '#mesh/mesh.ts'
import { callByteDoor, openByteDoor } from '#platform/byte-door.ts'
import { nameOf } from '../consensus/quorum.ts'
import type { AgentOptions } from '../options.ts'
import { ImageFetches } from './fetches.ts'
import { ImageShelf } from './shelf.ts'
import { Tickets } from './tickets.ts'
import { Ways } from './ways.ts'

export interface HostImagesOptions extends Pick<AgentOptions, 'engine' | 'clock' | 'log' | 'images'> {
  peers(): readonly HostId[]
  request: Mesh['request']
  stream: Mesh['stream']
  /** Something changed that a pass should look at. */
  changed(): void
  tell(told: FeedTold): void
}

/** An engine that is asked about an image answers at once. */
const PARTS_MS = 15_000

/** Images on their way between this host and others. Where its engine cannot be read, none are. */
export class HostImages {
  readonly #shelf: ImageShelf | undefined
  readonly #tickets: Tickets | undefined
  readonly #fetches: ImageFetches | undefined
  readonly #started: Promise<void>

  constructor(options: HostImagesOptions) {
    const { engine, images, request, stream } = options
    this.#started = Promise.resolve()
    if (images === undefined) return
    const shelf = new ImageShelf({ ...options, engines: images.engines, folder: join(images.folder, 'out') })
    this.#shelf = shelf
    if (images.port !== undefined)
      this.#tickets = new Tickets({
        ...options,
        port: images.port,
        openDoor: openByteDoor,
        check: (ask) => shelf.check(ask),
        give: (...ask) => shelf.give(...ask),
      })
    const ways = new Ways({
      ...options,
      ticket: (host, ask) => request(host, 'image-ticket', ask, PARTS_MS),
      call: callByteDoor,
      stream: (host, ...[ask, signal]) => stream(host, 'image', ask, signal),
      onDetour: (host, why) => options.tell(detour(nameOf(engine, host), why)),
    })
    this.#started = this.#shelf.start().catch((error: unknown) => {
      options.log.warn({ err: error }, 'what was left of images cannot be removed')
    })
    this.#fetches = new ImageFetches({
      ...options,
      engines: images.engines,
      folder: join(images.folder, 'in'),
      nameOf: (host) => nameOf(engine, host),
      parts: (host, body) => request(host, 'image-parts', body, PARTS_MS),
      blob: (...ask) => ways.bytes(...ask),
    })
  }

  /** As of `ImageFetches`. */
  mayPull(image: Image): boolean {
    return this.#fetches?.mayPull(image) ?? true
  }

  doing(): ReadonlyMap<ResourceId, string> {
    return this.#fetches?.doing() ?? new Map()
  }

  problems(): ReadonlyMap<ResourceId, string> {
    return this.#fetches?.problems() ?? new Map()
  }

  heed(): void {
    this.#fetches?.heed()
  }

  async keepOnly(seen: readonly Resource[]): Promise<void> {
    await this.#started
    await this.#fetches?.keepOnly(seen)
  }

  /** As of `ImageShelf`, for another host. */
  async parts(body: unknown): Promise<unknown> {
    return (await this.#shelf?.parts(body)) ?? null
  }

  give(body: unknown, signal: AbortSignal): AsyncIterable<Uint8Array> {
    if (this.#shelf === undefined) throw new MeshError('NOT_FOUND', 'this host gives no images')
    return this.#shelf.give(body, signal)
  }

  /** As of `Tickets`, for the host that asks. */
  async ticket(body: unknown, from: HostId): Promise<unknown> {
    return (await this.#tickets?.issue(from, body)) ?? null
  }

  async stop(): Promise<void> {
    this.#fetches?.stop()
    await this.#tickets?.close()
    await this.#shelf?.stop()
  }
}

const detour = (from: string, why: string): FeedTold => ({
  level: 'warn',
  code: 'IMAGE_FETCHING',
  about: from,
  message: `images come from ${from} over the mesh's own connection: WireGuard (skw0) does not pass: ${why}`.slice(
    0,
    FEED_TEXT.message,
  ),
})
