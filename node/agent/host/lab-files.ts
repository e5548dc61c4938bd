import { chmod, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ActiveLab } from '#core/engine/labs.ts'
import type { LabFile, LabIntent } from '#core/model/lab.ts'
import type { Logger } from '#platform/log.ts'
import { type BlobSources, findBlob } from '../blobs.ts'
import { readLaid, removeLaid, writeLaid } from './laid-files.ts'

export interface LabFilesOptions extends BlobSources {
  /** Holds one folder per lab. */
  readonly folder: string
  readonly log: Logger
  /** Something changed that a pass should look at. */
  changed(): void
}

/** Brings the files of labs to this host by content, from whichever peer has them, and lays them where containers bind them. */
export class LabFiles {
  readonly #options: LabFilesOptions
  /** By lab: digest list of the files laid for it. */
  readonly #laid = new Map<string, string>()
  /** By path on this host: content and mode of each file laid. */
  readonly #laidFiles = new Map<string, string>()
  readonly #busy = new Set<string>()
  /** By lab: digest list of the files beside which there are no others. */
  readonly #tidied = new Map<string, string>()
  readonly #missing = new Map<string, string>()

  constructor(options: LabFilesOptions) {
    this.#options = options
  }

  /** Where the lab's files are on this host. */
  folder(lab: string): string {
    return join(this.#options.folder, lab)
  }

  /** Why the lab's files are not all here; undefined once they are. */
  missing(lab: string): string | undefined {
    return this.#missing.get(lab)
  }

  /** Whether all files are laid; starts to bring them where they are not. */
  isReady(intent: LabIntent): boolean {
    const digest = digestOf(intent.files)
    if (this.#laid.get(intent.name) === digest) return true
    if (intent.files.length === 0) {
      this.#missing.delete(intent.name)
      return true
    }
    if (!this.#busy.has(intent.name)) {
      this.#busy.add(intent.name)
      void this.#bring(intent, digest)
    }
    return false
  }

  /** Removes the files of labs that are gone, and what labs that go on no longer bring along. */
  async keepOnly(labs: ReadonlyMap<string, Pick<ActiveLab, 'intent'>>): Promise<void> {
    const present = await readdir(this.#options.folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return []
      throw error
    })
    for (const lab of present.filter((name) => !labs.has(name))) {
      await rm(this.folder(lab), { recursive: true, force: true })
    }
    for (const lab of [...this.#laid.keys(), ...this.#missing.keys()]) {
      if (labs.has(lab)) continue
      this.#laid.delete(lab)
      this.#missing.delete(lab)
    }
    for (const lab of this.#tidied.keys()) if (!labs.has(lab)) this.#tidied.delete(lab)
    for (const { intent } of labs.values()) await this.#tidy(intent)
  }

  /** Only what was laid by us goes: nodes may have put something beside it. */
  async #tidy({ name, files }: LabIntent): Promise<void> {
    const digest = digestOf(files)
    if (this.#tidied.get(name) === digest) return
    const folder = this.folder(name)
    const needed = new Set(files.map(({ path }) => path))
    const laid = await readLaid(folder)
    const dropped = laid.filter((path) => !needed.has(path))
    for (const path of dropped) {
      await removeLaid(folder, path)
      this.#laidFiles.delete(join(folder, 'files', path))
    }
    if (dropped.length > 0) {
      // Where they come back, they are laid anew.
      this.#laid.delete(name)
      await writeLaid(
        folder,
        laid.filter((path) => needed.has(path)),
      )
    }
    this.#tidied.set(name, digest)
  }

  async #bring(intent: LabIntent, digest: string): Promise<void> {
    try {
      const folder = this.folder(intent.name)
      await writeLaid(folder, [...new Set([...(await readLaid(folder)), ...intent.files.map(({ path }) => path)])])
      await Promise.all(intent.files.map((file) => this.#lay(intent.name, file)))
      this.#laid.set(intent.name, digest)
      this.#missing.delete(intent.name)
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error)
      this.#missing.set(intent.name, text)
      this.#options.log.warn({ lab: intent.name, err: error }, 'files of the lab are missing, asked for again')
      await new Promise((resolve) => setTimeout(resolve, 1_000).unref())
    } finally {
      this.#busy.delete(intent.name)
      this.#options.changed()
    }
  }

  async #lay(lab: string, file: LabFile): Promise<void> {
    const root = join(this.folder(lab), 'files')
    const path = join(root, file.path)
    if (!path.startsWith(`${root}/`)) throw new Error(`file ${file.path} would be outside the folder of the lab`)
    const mark = `${file.sha256} ${file.mode}`
    if ((await stat(path).catch(() => undefined)) !== undefined && this.#laidFiles.get(path) === mark) return
    const bytes = await this.#content(file)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, bytes)
    await chmod(path, file.mode & 0o777)
    this.#laidFiles.set(path, mark)
  }

  async #content(file: LabFile): Promise<Uint8Array> {
    const bytes = await findBlob(this.#options, file.sha256)
    if (bytes !== undefined) return bytes
    throw new Error(`file ${file.path} (sha256 ${file.sha256.slice(0, 12)}…) is on no host that can be reached`)
  }
}

const digestOf = (files: readonly LabFile[]): string =>
  files.map((file) => `${file.path}:${file.sha256}:${file.mode}`).join('\n')
