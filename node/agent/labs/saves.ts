import { createHash } from 'node:crypto'
import type { Engine } from '#core/engine/engine.ts'
import { MeshError } from '#core/model/errors.ts'
import type { HostId, NodeName } from '#core/model/ids.ts'
import type { LabNode } from '#core/model/lab.ts'
import { own } from '#core/model/own.ts'
import { writtenKind } from '#core/model/software.ts'
import { type Save, type SavedConfig, savedOf, savesOf } from '#core/saved/saved.ts'
import type { Store } from '#store/index.ts'
import { type BlobSources, findBlob } from '../blobs.ts'
import { nameOf } from '../consensus/quorum.ts'
import type { Loop } from '../loop.ts'
import type { ExecResult, SavedText, SaveOutcome, SaveView } from '../port.ts'

export interface SavesOptions extends Omit<BlobSources, 'store'> {
  readonly engine: Engine
  readonly loop: Loop
  readonly store: BlobSources['store'] & Pick<Store, 'putBlob'>
  exec(lab: string, node: string, argv: readonly string[]): Promise<ExecResult>
}

/** 4 MiB of UTF-8: a configuration of a whole Internet table's filters is smaller. */
const MAX_CONFIG_BYTES = 4 * 1024 * 1024
/** At once: each is a command on its host. */
const TOGETHER = 16

interface Read {
  readonly node: string
  readonly host: string
  readonly text?: string
  readonly message?: string
}

/** Configurations of lab nodes: read out of them on whichever host they are, kept, and shown. */
export class Saves {
  readonly #options: SavesOptions

  constructor(options: SavesOptions) {
    this.#options = options
  }

  /** Of the nodes named, else of all that can. NOT_FOUND where no such lab or node runs, BAD_INPUT where one is named that cannot. */
  async save(lab: string, nodes?: readonly string[]): Promise<SaveOutcome> {
    const { engine, loop } = this.#options
    const { able, skipped } = this.#chosen(lab, nodes)
    const reads = await this.#readAll(lab, able)
    const kept: Record<string, SavedConfig> = {}
    for (const { node, text } of reads) {
      const kind = able.find(({ name }) => name === node)
      if (text !== undefined) kept[node] = await this.#keep(text, writtenKind(kind))
    }
    const isAny = Object.keys(kept).length > 0
    if (isAny) {
      loop.dispatch({ type: 'save', lab, nodes: kept })
      await loop.idle()
    }
    const outcome = reads.map(({ node, host, message }) => ({
      node,
      host,
      ok: message === undefined,
      sizeBytes: own(kept, node)?.sizeBytes ?? null,
      message: message ?? null,
    }))
    const save = isAny ? (savesOf(engine.book.get('saves', lab)).at(-1)?.save ?? null) : null
    return { lab, save, nodes: outcome, skipped }
  }

  /** Oldest first; empty where nothing was saved. */
  list(lab: string): readonly SaveView[] {
    const { engine } = this.#options
    return savesOf(engine.book.get('saves', lab)).map(({ host, nodes, ...save }) => ({
      ...save,
      host: nameOf(engine, host),
      nodes: Object.entries(nodes)
        .map(([node, { kind, sizeBytes }]) => ({ node, kind, sizeBytes }))
        .toSorted((a, b) => (a.node < b.node ? -1 : 1)),
    }))
  }

  /** What was saved of a node last, or in one save. NOT_FOUND where nothing was, or no host that can be reached has it. */
  async text(lab: string, node: string, save?: number): Promise<SavedText> {
    const saves = savesOf(this.#options.engine.book.get('saves', lab))
    const found = savedOf(saves, node, save)
    if (found === undefined) throw new MeshError('NOT_FOUND', nothing({ lab, node, save }, saves))
    const bytes = await findBlob(this.#options, found.sha256)
    if (bytes !== undefined) return { lab, node, save: found.save, text: Buffer.from(bytes).toString('utf8') }
    throw new MeshError(
      'NOT_FOUND',
      `the configuration of ${node} in save ${found.save} is on no host that can be reached`,
    )
  }

  /** Nodes then start with what their topology says. NOT_FOUND where nothing was saved of one of them. */
  async forget(lab: string, nodes?: readonly string[]): Promise<void> {
    const { engine, loop } = this.#options
    const saves = savesOf(engine.book.get('saves', lab))
    const absent = (nodes ?? []).find((node) => savedOf(saves, node) === undefined)
    if (saves.length === 0 || absent !== undefined)
      throw new MeshError('NOT_FOUND', nothing({ lab, node: absent ?? 'any node' }, saves))
    loop.dispatch({ type: 'forget-saved', lab, ...(nodes === undefined ? {} : { nodes }) })
    await loop.idle()
  }

  #chosen(lab: string, nodes: readonly string[] | undefined): { able: readonly LabNode[]; skipped: readonly string[] } {
    const active = this.#options.engine.active.get(lab)
    if (active === undefined) throw new MeshError('NOT_FOUND', `there is no running lab named ${lab}`)
    const all = active.intent.nodes.filter(({ kind }) => kind !== 'bridge')
    const absent = (nodes ?? []).filter((name) => !all.some((node) => node.name === name))
    if (absent.length > 0)
      throw new MeshError(
        'NOT_FOUND',
        `lab ${lab} has no node ${absent.join(', ')} that runs; it has ${all.map(({ name }) => name).join(', ')}`,
      )
    const meant = all.filter(({ name }) => nodes?.includes(name) !== false)
    const [able, skipped] = [meant.filter(canSave), meant.filter((node) => !canSave(node)).map(({ name }) => name)]
    if (skipped.length > 0 && (nodes !== undefined || able.length === 0))
      throw new MeshError(
        'BAD_INPUT',
        cannot(
          lab,
          meant.filter((node) => !canSave(node)),
        ),
      )
    return { able, skipped }
  }

  async #readAll(lab: string, nodes: readonly LabNode[]): Promise<readonly Read[]> {
    const reads: Read[] = []
    for (let at = 0; at < nodes.length; at += TOGETHER)
      reads.push(...(await Promise.all(nodes.slice(at, at + TOGETHER).map((node) => this.#read(lab, node)))))
    return reads
  }

  /** Never rejects. */
  async #read(lab: string, { name: node, software }: LabNode): Promise<Read> {
    const { engine, exec } = this.#options
    const placed = own(engine.active.get(lab)?.assignment.hosts ?? {}, node as NodeName)
    const host = placed === undefined ? '' : nameOf(engine, placed as HostId)
    try {
      let text = ''
      for (const argv of [software?.save, software?.get]) {
        if (argv === undefined) continue
        const { exitCode, stdout, stderr } = await exec(lab, node, argv)
        if (exitCode !== 0) return { node, host, message: failure(argv, exitCode, stderr || stdout) }
        text = stdout
      }
      if (text.trim() === '') return { node, host, message: 'it printed nothing' }
      if (Buffer.byteLength(text) > MAX_CONFIG_BYTES) return { node, host, message: 'it is larger than 4 MiB' }
      return { node, host, text }
    } catch (error) {
      return { node, host, message: error instanceof Error ? error.message : String(error) }
    }
  }

  async #keep(text: string, kind: string): Promise<SavedConfig> {
    const bytes = new TextEncoder().encode(text)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    await this.#options.store.putBlob(sha256, bytes)
    return { sha256, sizeBytes: bytes.length, kind }
  }
}

const canSave = ({ software }: LabNode): boolean => software?.get !== undefined

const failure = (argv: readonly string[], code: number, said: string): string => {
  const [line = ''] = said.trim().split('\n')
  return `\`${argv.join(' ')}\` exited ${code}${line === '' ? '' : `: ${line.slice(0, 200)}`}`
}

function cannot(lab: string, nodes: readonly LabNode[]): string {
  const names = nodes.map(({ name, software, kind }) => `${name} (${software?.kind ?? kind})`).join(', ')
  return `nobody knows how to read the configuration of ${names} of lab ${lab}; for kind linux the label \`skein/config-file\` or \`skein/config-get\` tells`
}

function nothing(
  { lab, node, save }: { readonly lab: string; readonly node: string; readonly save?: number | undefined },
  saves: readonly Save[],
): string {
  const which = save === undefined ? '' : ` in save ${save}`
  const there = saves.length === 0 ? '; nothing was saved of the lab' : ''
  return `no configuration of ${node} of lab ${lab} was kept${which}${there}`
}
