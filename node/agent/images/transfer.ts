import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { MeshError } from '#core/model/errors.ts'
import type { HostId } from '#core/model/ids.ts'
import { imageText, labelOf } from '#core/model/image-label.ts'
import type { Provider } from '#core/model/resource.ts'
import type { ImageParts, Images } from '#drivers/images.ts'
import { createLimit } from '#platform/limit.ts'
import type { Logger } from '#platform/log.ts'
import { BadBlob, bringBlob } from './blob.ts'
import { type BlobAsk, Config, PartsAnswer, type PartsAsk } from './messages.ts'
import { fileName, makeRoom } from './spool.ts'

export interface TransferOptions {
  readonly engines: Readonly<Record<Provider, Pick<Images, 'parts' | 'load'>>>
  readonly log: Pick<Logger, 'info' | 'warn'>
  /** Hosts that can be asked now. */
  peers(): readonly HostId[]
  nameOf(host: HostId): string
  /** Asks a host for the parts of an image. */
  parts(host: HostId, ask: PartsAsk): Promise<unknown>
  blob(host: HostId, ask: BlobAsk, signal: AbortSignal): AsyncIterable<Uint8Array>
  onNews(news: TransferNews): void
}

/** What is worth telling of an image on its way, in words. */
export type TransferNews =
  | { readonly type: 'begun' | 'refused'; readonly from: string; readonly message: string }
  | { readonly type: 'done'; readonly message: string }

/** Which image, and where its parts are gathered. */
export interface TransferWish {
  readonly provider: Provider
  readonly id: string
  readonly name: string
  readonly folder: string
}

interface Giver {
  readonly host: HostId
  readonly parts: ImageParts
}

/** At once of one image: the giver reads the next while one is on its way. */
const BLOBS = 2
/** Between two rounds over all who have it. */
const ROUND_MS = 1_000
/** Rounds in a row in which nothing came, after which it is given up for now. */
const EMPTY_ROUNDS = 3
/** Of a configuration; it is read into memory. */
const MAX_CONFIG_BYTES = 16 * 1024 * 1024
const MIB = 1024 * 1024

/** One image on its way from whoever has it: part by part, each checked, each gone on with where it broke off. */
export class Transfer {
  readonly #options: TransferOptions
  readonly #wish: TransferWish
  /** Whose it is, as hosts ask for it. */
  readonly #of: Pick<BlobAsk, 'provider'>
  /** What it is called, for people. */
  readonly #called: string
  /** Hosts that gave something else than was asked for. */
  readonly #liars = new Set<HostId>()
  /** Bytes here, and those of them that came in this run. */
  #here = 0
  #came = 0
  #expected = 0
  #from: HostId | undefined

  constructor(options: TransferOptions, wish: TransferWish) {
    this.#options = options
    this.#wish = wish
    this.#of = wish.provider === 'lxd' ? { provider: 'lxd' } : {}
    this.#called = imageText(labelOf(wish))
  }

  /** How far it is, for people. */
  get text(): string {
    if (this.#from === undefined) return `looking for a host that has ${this.#called}`
    const from = this.#options.nameOf(this.#from)
    const total = Math.max(this.#here, this.#expected)
    if (total > 0 && this.#here >= total) return `loading ${this.#called}, which came from ${from}`
    return `${this.#called}: ${Math.floor(this.#here / MIB)} of ${Math.ceil(total / MIB)} MiB from ${from}`
  }

  /** Resolves with whether it is loaded; false where nobody who can be asked has it. Rejects with why it does not get on. */
  async run(signal: AbortSignal): Promise<boolean> {
    const { provider, id, name } = this.#wish
    // A look at the host sees it soon, unless its engine does not list it: others may stand on it.
    if (provider === 'docker' && (await this.#engine.parts(id)) !== undefined)
      throw new MeshError(
        'IMAGE_MISSING',
        `image ${name} (${id}) is here without a name of its own; \`docker tag\` gives it one`,
      )
    for (let empty = 0; ; ) {
      signal.throwIfAborted()
      const givers = await this.#givers()
      if (givers.length === 0) return false
      const before = this.#came
      const failure = await this.#round(givers, signal)
      if (failure === undefined) return true
      empty = this.#came > before || isBusy(failure) ? 0 : empty + 1
      if (empty === EMPTY_ROUNDS || isOurs(failure)) throw failure
      await new Promise((resolve) => setTimeout(resolve, ROUND_MS).unref())
    }
  }

  /** Whoever has it, in any order: hosts that need it at once do not all ask the same one. */
  async #givers(): Promise<readonly Giver[]> {
    const { peers, parts } = this.#options
    const asked = peers().filter((host) => !this.#liars.has(host))
    const answers = await Promise.all(
      asked.map(async (host) => {
        const answer = await parts(host, { id: this.#wish.id, ...this.#of }).then(
          (body) => PartsAnswer.parse(body),
          () => null,
        )
        return answer === null ? [] : [{ host, parts: answer, order: Math.random() }]
      }),
    )
    return answers.flat().toSorted((a, b) => a.order - b.order)
  }

  /** Undefined once it is loaded, else why the last of them could not give it. */
  async #round(givers: readonly Giver[], signal: AbortSignal): Promise<unknown> {
    let failure: unknown
    for (const giver of givers) {
      try {
        await this.#fetch(giver, signal)
        return undefined
      } catch (error) {
        if (signal.aborted || isOurs(error)) return error
        if (error instanceof BadBlob) this.#refuse(giver, error)
        failure = error
        this.#options.log.warn({ image: this.#wish.name, from: giver.host, err: error }, 'an image did not come')
      }
    }
    return failure
  }

  get #engine(): Pick<Images, 'parts' | 'load'> {
    return this.#options.engines[this.#wish.provider]
  }

  /** Of LXD the image itself is all there is. */
  #layersOf({ parts }: Giver): readonly string[] {
    return this.#wish.provider === 'docker' ? parts.layers : []
  }

  #refuse({ host }: Giver, { message, isWhole }: BadBlob): void {
    // What lay here may have been wrong before.
    if (!isWhole) return
    this.#liars.add(host)
    this.#options.onNews({ type: 'refused', from: this.#options.nameOf(host), message })
  }

  async #fetch(giver: Giver, signal: AbortSignal): Promise<void> {
    const { provider, id, name, folder } = this.#wish
    const { onNews, nameOf } = this.#options
    const { sizeBytes, headBytes } = giver.parts
    const layers = this.#layersOf(giver)
    const startMs = performance.now()
    await makeRoom(folder, 0, name)
    this.#from = giver.host
    this.#here = 0
    this.#expected = sizeBytes
    onNews({ type: 'begun', from: nameOf(giver.host), message: `${this.#called} comes from ${nameOf(giver.host)}` })
    // An engine writes them in this order where it can.
    await this.#gather(giver, [...new Set([id, ...layers])].toSorted(), signal)
    if (provider === 'docker') await this.#checkConfig(giver)
    this.#here = Math.max(this.#here, this.#expected)
    const layerFiles = layers.map((digest) => ({ digest, path: join(folder, fileName(digest)) }))
    const head = headBytes === undefined ? {} : { headBytes }
    await this.#engine.load({ id, name, configFile: join(folder, fileName(id)), layerFiles, ...head })
    await rm(folder, { recursive: true, force: true })
    const seconds = ((performance.now() - startMs) / 1000).toFixed(1)
    const [came, before] = [this.#came, this.#here - this.#came].map((bytes) => Math.round(Math.max(0, bytes) / MIB))
    const message = `${this.#called} came from ${nameOf(giver.host)} in ${seconds} s: ${came} MiB`
    onNews({ type: 'done', message: before === 0 ? message : `${message}, ${before} MiB were here before` })
  }

  /** All parts, some at once; the first failure ends all. */
  async #gather({ host }: Giver, digests: readonly string[], signal: AbortSignal): Promise<void> {
    const { id, name, folder } = this.#wish
    const failed = new AbortController()
    const stop = AbortSignal.any([signal, failed.signal])
    const limit = createLimit(BLOBS)
    const bring = async (digest: string): Promise<void> => {
      stop.throwIfAborted()
      await bringBlob({
        folder,
        digest,
        name,
        bytes: (offset) => theirs(this.#options.blob(host, { id, ...this.#of, digest, offset }, stop)),
        came: (bytes, how) => {
          this.#here += bytes
          if (how === 'now') this.#came += bytes
        },
      })
    }
    const all = digests.map((digest) =>
      limit
        .run(() => bring(digest))
        .catch((error: unknown) => {
          failed.abort(error)
          throw error
        }),
    )
    await Promise.allSettled(all)
    if (failed.signal.aborted) throw failed.signal.reason
  }

  /** The configuration is what its digest says: so are the layers it names, and no others. */
  async #checkConfig({ parts: { layers } }: Giver): Promise<void> {
    const { id, name, folder } = this.#wish
    const bytes = await readFile(join(folder, fileName(id)))
    const config = bytes.length > MAX_CONFIG_BYTES ? undefined : Config.safeParse(parsed(bytes)).data
    const named = config?.rootfs.diff_ids ?? []
    if (config !== undefined && named.join() === layers.join()) return
    await rm(folder, { recursive: true, force: true })
    throw new BadBlob(`image ${name} has other layers than was told`, true)
  }
}

/** What goes wrong at the giver is nothing that is wrong here. */
async function* theirs(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  try {
    yield* bytes
  } catch (error) {
    if (isBusy(error)) throw error
    throw new MeshError('UNREACHABLE', error instanceof Error ? error.message : String(error), {}, error)
  }
}

const parsed = (bytes: Buffer): unknown => {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}

const isBusy = (error: unknown): boolean => error instanceof MeshError && error.code === 'BUSY'

/** What no other host can do better: no room here, an engine that does not load it. */
const isOurs = (error: unknown): boolean =>
  error instanceof MeshError && ['DISK_FULL', 'TOOL_FAILED', 'TOOL_MISSING', 'TIMEOUT'].includes(error.code)
