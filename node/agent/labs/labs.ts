import type { Engine } from '#core/engine/engine.ts'
import { generationOf, intentOf } from '#core/engine/labs.ts'
import { MeshError } from '#core/model/errors.ts'
import { labelOfNode } from '#core/model/image-label.ts'
import type { LabIntent } from '#core/model/lab.ts'
import { MAX_RECORD_BYTES } from '#core/model/record.ts'
import { canonical } from '#core/record/canonical.ts'
import { MAX_REVISION_MESSAGE, MAX_REVISION_NAME, type RevisionWish } from '#core/revisions/revisions.ts'
import type { Store } from '#store/index.ts'
import { noQuorum, roleOf } from '../consensus/quorum.ts'
import type { Loop } from '../loop.ts'
import { type DesiredOn, type Planned, planLab } from '../planning.ts'
import type { ChangeCounts, Origin, PlanAsk, PlanView, Submitted } from '../port.ts'
import type { PortCheck } from '../ports/check.ts'
import { refuseMissing } from './image-needs.ts'
import type { Pins } from './image-pins.ts'
import type { Images } from './images.ts'
import type { Rehearsals } from './rehearsals.ts'
import { encodeDocument } from './revision-document.ts'
import type { Revisions } from './revisions.ts'

export interface LabsOptions {
  readonly engine: Engine
  readonly store: Pick<Store, 'putBlob'>
  readonly loop: Loop
  readonly desiredOn: DesiredOn
  readonly images: Images
  readonly ports: Pick<PortCheck, 'refuseTaken'>
  readonly rehearsals: Rehearsals
  readonly revisions: Revisions
}

/** What people wish of labs. */
export class Labs {
  readonly #options: LabsOptions

  constructor(options: LabsOptions) {
    this.#options = options
  }

  async plan(intent: LabIntent, ask: PlanAsk = {}): Promise<PlanView> {
    const { images, rehearsals } = this.#options
    const known = this.#knownImages(intent)
    const planned = this.#planned(withImages(intent, known))
    const { missing, pins, givers, notes } = await images.survey(intent, planned, known)
    return {
      ...planned.view,
      ...notesOf(planned.view, notes),
      missing,
      ...(ask.commands === true
        ? { commands: await rehearsals.everywhere(withImages(intent, pins), planned, givers) }
        : {}),
    }
  }

  async submit(wish: LabIntent, contents: ReadonlyMap<string, Uint8Array>, origin?: Origin): Promise<Submitted> {
    const { engine, store, loop, images } = this.#options
    const held = engine.book.get('intent', wish.name)
    const known = this.#knownImages(wish)
    let intent = withImages(wish, known)
    // Asked for again, unchanged: there is no difference to apply, unless a host it ran on has left.
    const isSame = held !== undefined && canonical(held.body) === canonical(intent)
    if (isSame && isPlaced(engine, intent.name))
      return { generation: generationOf(held), changes: unchanged(intent, engine) }
    checkSize(intent)
    // Refused as a whole before anything starts; without a majority nobody can say yet, and the wish waits.
    const isStrict = intent.strictMtu === true
    const planned = isStrict || noQuorum(engine) === undefined ? this.#planned(intent) : undefined
    if (isStrict && planned !== undefined) refuseLarge(intent.name, planned)
    const { missing, pins, notes: coming } = await images.survey(wish, planned, known)
    refuseMissing(intent.name, missing)
    intent = withImages(wish, pins)
    checkSize(intent)
    if (planned !== undefined) await this.#options.ports.refuseTaken(intent, planned.assignment.hosts)
    for (const [sha256, bytes] of contents) await store.putBlob(sha256, bytes)
    const revision = origin === undefined ? undefined : await this.#keep(intent, origin)
    loop.dispatch({ type: 'submit', lab: intent.name, intent, ...(revision === undefined ? {} : { revision }) })
    await loop.idle()
    const generation = generationOf(engine.book.get('intent', intent.name))
    if (planned === undefined) return { generation, changes: null }
    return { generation, changes: countChanges(planned.view), ...notesOf(planned.view, coming) }
  }

  async remove(name: string): Promise<void> {
    const { engine, loop } = this.#options
    if (engine.book.get('intent', name)?.body == null) throw new MeshError('NOT_FOUND', `there is no lab named ${name}`)
    loop.dispatch({ type: 'submit', lab: name, intent: null })
    await loop.idle()
  }

  /** Brings a kept state up again, as a new revision. */
  async rollback(lab: string, wanted: string, origin: Pick<Origin, 'name' | 'message'>): Promise<Submitted> {
    const { revisions } = this.#options
    const { intent, topology, fileName, revision } = await revisions.detail(lab, wanted)
    const contents = await revisions.contents(intent)
    return this.submit(intent, contents, {
      message: `back to revision ${revision}`,
      ...origin,
      topology,
      ...(fileName === null ? {} : { fileName }),
    })
  }

  /** What names of images stood for until now; a state that was kept says it itself. */
  #knownImages({ name, images }: LabIntent): Pins {
    return images ?? intentOf(this.#options.engine.book.get('intent', name))?.images ?? {}
  }

  #planned(intent: LabIntent): Planned {
    return planLab(this.#options.engine, intent, this.#options.desiredOn)
  }

  async #keep(intent: LabIntent, origin: Origin): Promise<RevisionWish> {
    const { bytes, sha256 } = encodeDocument(intent, origin)
    await this.#options.store.putBlob(sha256, bytes)
    const { name, message } = origin
    return {
      ...(name === undefined ? {} : { name: name.slice(0, MAX_REVISION_NAME) }),
      ...(message === undefined ? {} : { message: message.slice(0, MAX_REVISION_MESSAGE) }),
      sha256,
      nodes: intent.nodes.length,
      links: intent.links.length,
      files: intent.files.length,
      bytes: intent.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    }
  }
}

/** An image is part of a wish only where its name is. */
const withImages = ({ images: _, ...wish }: LabIntent, pins: Pins): LabIntent => {
  const names = new Set(wish.nodes.map(labelOfNode))
  const images = Object.entries(pins).filter(([name]) => names.has(name))
  return images.length === 0 ? wish : { ...wish, images: Object.fromEntries(images) }
}

const notesOf = ({ notes = [] }: PlanView, more: readonly string[]): Pick<PlanView, 'notes'> =>
  notes.length + more.length === 0 ? {} : { notes: [...notes, ...more] }

/** With all links that ask for too much. */
function refuseLarge(lab: string, { view: { links }, large: notes }: Planned): void {
  const large = links.filter(({ mtu, pathMtu = mtu }) => mtu > pathMtu)
  if (large.length === 0) return
  const message = `lab ${lab} asks for larger packets than can pass whole: ${notes.join('; ')}`
  throw new MeshError('MTU_TOO_LARGE', message, { links: large.map(({ id, mtu, pathMtu }) => ({ id, mtu, pathMtu })) })
}

/** Around the body: key, author, numbers and signature. */
const ENVELOPE_BYTES = 1_024

/** A larger record would be kept here and taken by nobody else. */
function checkSize(intent: LabIntent): void {
  const bytes = Buffer.byteLength(canonical(intent)) + ENVELOPE_BYTES
  if (bytes <= MAX_RECORD_BYTES) return
  const kib = (size: number): string => `${Math.ceil(size / 1024)} KiB`
  throw new MeshError(
    'BAD_INPUT',
    `lab ${intent.name} is too large: ${kib(bytes)} where ${kib(MAX_RECORD_BYTES)} can be told to other hosts; part it into several labs`,
    { bytes, limitBytes: MAX_RECORD_BYTES },
  )
}

/** Whether no host that a lab runs on has left. */
const isPlaced = (engine: Engine, lab: string): boolean => {
  const hosts = Object.values(engine.active.get(lab)?.assignment.hosts ?? {})
  return hosts.every((host) => roleOf(engine, host) !== undefined)
}

const count = <Word extends string>(
  words: readonly Word[],
  rows: readonly { readonly change: Word }[],
): Readonly<Record<Word, number>> =>
  Object.fromEntries(words.map((word) => [word, rows.filter(({ change }) => change === word).length])) as Record<
    Word,
    number
  >

const countChanges = ({ nodes, links, files }: Pick<PlanView, 'nodes' | 'links' | 'files'>): ChangeCounts => ({
  nodes: count(['create', 'recreate', 'move', 'change', 'remove', 'keep'], nodes),
  links: count(['create', 'change', 'remove', 'keep'], links),
  files: count(['create', 'change', 'remove', 'keep'], files),
})

const unchanged = (intent: LabIntent, engine: Engine): ChangeCounts => {
  const hosts = engine.active.get(intent.name)?.assignment.hosts ?? {}
  const keep = (rows: number) => ({ create: 0, change: 0, remove: 0, keep: rows })
  const nodes = Object.keys(hosts).length
  return {
    nodes: { ...keep(nodes), recreate: 0, move: 0 },
    links: keep(intent.links.length),
    files: keep(intent.files.length),
  }
}
