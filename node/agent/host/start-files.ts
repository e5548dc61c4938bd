import { existsSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Engine } from '#core/engine/engine.ts'
import type { ActiveLab } from '#core/engine/labs.ts'
import type { LabNode } from '#core/model/lab.ts'
import { startArchive } from '#core/model/software.ts'
import { fillText, type StartFile, startFiles } from '#core/plan/start-files.ts'
import { savesOf } from '#core/saved/saved.ts'
import type { Logger } from '#platform/log.ts'
import { type TarFile, tar } from '#platform/tar.ts'
import { type BlobSources, findBlob } from '../blobs.ts'

export interface StartFilesOptions extends BlobSources {
  readonly engine: Pick<Engine, 'book'>
  readonly log: Logger
  /** Where a lab's files are on this host. */
  folder(lab: string): string
  /** Something changed that a pass should look at. */
  changed(): void
}

/** Lays ready on this host what nodes of it are to find when they start for the first time: their configuration, saved or of the topology. */
export class StartFiles {
  readonly #options: StartFilesOptions
  /** By path of the archive: what is in it. */
  readonly #made = new Map<string, string>()
  readonly #missing = new Map<string, string>()
  readonly #busy = new Set<string>()

  constructor(options: StartFilesOptions) {
    this.#options = options
  }

  /** Whether a node may be made; begins to lay its files ready where it may not. */
  isReady(active: ActiveLab, node: LabNode): boolean {
    const { config, licensePath } = node.software ?? {}
    if (config === undefined && licensePath === undefined) return true
    const path = this.#pathOf(active, node)
    const files = startFiles(node, active, savesOf(this.#options.engine.book.get('saves', active.intent.name)))
    const content = JSON.stringify(files)
    if (this.#made.get(path) === content && existsSync(path)) return true
    if (!this.#busy.has(path)) {
      this.#busy.add(path)
      void this.#make(path, files, content)
    }
    return false
  }

  /** Why a node's files cannot be laid ready; undefined where they can. */
  missing(active: ActiveLab, node: LabNode): string | undefined {
    return this.#missing.get(this.#pathOf(active, node))
  }

  #pathOf({ intent }: ActiveLab, { name }: LabNode): string {
    return startArchive(this.#options.folder(intent.name), name)
  }

  async #make(path: string, files: readonly StartFile[], content: string): Promise<void> {
    try {
      const archive = await tar(await Promise.all(files.map((file) => this.#read(file))))
      await mkdir(dirname(path), { recursive: true })
      // Configurations hold secrets.
      await writeFile(`${path}.new`, archive, { mode: 0o600 })
      await rename(`${path}.new`, path)
      this.#made.set(path, content)
      this.#missing.delete(path)
    } catch (error) {
      this.#missing.set(path, error instanceof Error ? error.message : String(error))
      this.#options.log.warn({ path, err: error }, 'what a node starts with is missing, asked for again')
      await new Promise((resolve) => setTimeout(resolve, 1_000).unref())
    } finally {
      this.#busy.delete(path)
      this.#options.changed()
    }
  }

  async #read(file: StartFile): Promise<TarFile> {
    const bytes = await findBlob(this.#options, file.sha256)
    if (bytes === undefined)
      throw new Error(
        `the configuration that belongs at ${file.path} (sha256 ${file.sha256.slice(0, 12)}…) is on no host that can be reached`,
      )
    const filled = file.values === undefined ? bytes : Buffer.from(fillText(Buffer.from(bytes).toString('utf8'), file))
    const path = file.textPath !== undefined && !isJson(filled) ? file.textPath : file.path
    const { mode, gid } = file
    return { path: path.slice(1), bytes: filled, mode, gid }
  }
}

/** An object of JSON begins so: RFC 8259 §2. */
const isJson = (bytes: Uint8Array): boolean =>
  /^[ \t\r\n]*\{/.test(Buffer.from(bytes.subarray(0, 4096)).toString('utf8'))
