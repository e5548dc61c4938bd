import { z } from 'zod'
import type { Engine } from '#core/engine/engine.ts'
import { MeshError } from '#core/model/errors.ts'
import type { HostId } from '#core/model/ids.ts'
import { isOfLxd, labelOf, labelOfId } from '#core/model/image-label.ts'
import type { LabIntent } from '#core/model/lab.ts'
import { own } from '#core/model/own.ts'
import type { Resource } from '#core/model/resource.ts'
import { nameOf } from '../consensus/quorum.ts'
import type { DesiredOn, Planned } from '../planning.ts'
import type { MissingImage } from '../port.ts'
import type { Givers } from './coming.ts'
import { type Need, needsOf } from './image-needs.ts'
import { choosePins, comingNotes, type Held, type Pins } from './image-pins.ts'

export interface ImagesOptions {
  readonly engine: Engine
  readonly desiredOn: DesiredOn
  /** What the last look at this host found; empty before the first. */
  seen(): readonly Resource[]
  /** Whether the engine of this host can fetch an image it lacks. */
  canFetch(image: string): Promise<boolean>
  request(host: HostId, body: unknown, timeoutMs: number): Promise<unknown>
}

/** `isHeldOnly`: no registry is asked. */
const Names = z.object({ images: z.array(z.string().max(1000)).max(10_000), isHeldOnly: z.boolean().optional() })
/** `ids`: what the images that are there are, by content; hosts that say so can give them to others. */
const Answer = z.object({
  has: z.array(z.string()),
  canFetch: z.array(z.string()),
  ids: z.record(z.string(), z.string()).optional(),
})
type Answer = z.infer<typeof Answer>

/** What is known of the images of a lab before it starts. */
export interface Survey {
  /** Those that a host which would need them lacks and cannot get. */
  readonly missing: readonly MissingImage[]
  /** Which image each name stands for; nothing of those nobody has. */
  readonly pins: Pins
  /** Who has these. */
  readonly givers: Givers
  /** What is worth knowing. */
  readonly notes: readonly string[]
}

/** A registry that cannot be reached is given up sooner. */
const REQUEST_MS = 15_000

/** Finds out before a lab starts which of its images are where. */
export class Images {
  readonly #options: ImagesOptions

  constructor(options: ImagesOptions) {
    this.#options = options
  }

  /** Which of these images this host has, and which of the others it could fetch. */
  async here(body: unknown): Promise<Answer> {
    const read = Names.safeParse(body)
    if (!read.success) throw new MeshError('BAD_INPUT', 'malformed request for images')
    const { images, isHeldOnly = false } = read.data
    const seen = new Map(this.#options.seen().flatMap((one) => (one.kind === 'image' ? [[labelOf(one), one]] : [])))
    // Before the first look, or while the engine does not answer, nothing can be said: then nothing is missing.
    if (seen.size === 0 && !this.#options.seen().some(({ kind }) => kind === 'bridge'))
      return { has: images, canFetch: [] }
    const lacking = isHeldOnly ? [] : images.filter((image) => !seen.has(image))
    const fetched = await Promise.all(
      lacking.map(async (image) => !isOfLxd(image) && (await this.#options.canFetch(image))),
    )
    const ids = images.flatMap((image) => {
      const digest = seen.get(image)?.digest
      return digest === undefined ? [] : [[image, digest] as const]
    })
    return {
      has: images.filter((image) => seen.has(image)),
      canFetch: lacking.filter((_, at) => fetched[at]),
      ids: Object.fromEntries(ids),
    }
  }

  /**
   * What is known of the images of a lab: who of it lacks which, who else has them. A host that cannot be asked, or is not there, is taken
   * to have all; hosts that are not of the lab are asked only where some are missing, registries only for what no host has. `known` is what
   * names stood for before. Without a plan nothing is missing yet.
   */
  async survey(intent: LabIntent, planned: Planned | undefined, known: Pins): Promise<Survey> {
    const needed = this.#needed(intent, planned)
    const all = [...new Set([...needed.values()].flat().map(({ label }) => label))].toSorted()
    const { self } = this.#options.engine
    const labels = new Map([...needed].map(([host, needs]) => [host, needs.map(({ label }) => label)]))
    // What was run before may have lost its name since.
    const former = Object.entries(known).map(([label, id]) => labelOfId(label, id))
    const withFormer = [...labels, [self, all] as const].map(([host, names]) => [host, [...names, ...former]] as const)
    let held = await this.#askAll(new Map(withFormer), true)
    const lacks = (host: HostId, label: string): boolean => held.get(host)?.has.includes(label) === false
    const short = all.filter((label) => [...labels].some(([host, own]) => own.includes(label) && lacks(host, label)))
    const owners = short.length === 0 ? held : await this.everywhere([...short, ...former])
    held = merged(held, owners)
    const mayCome = new Set([...needed.values()].flat().flatMap(({ label, comes }) => (comes ? [label] : [])))
    const asked: Held = { self, hosts: [...needed.keys()], ids: idsOf(held), name: (host) => this.#name(host) }
    const pins = choosePins([...mayCome], known, asked)
    const notes = comingNotes(pins, asked, labels)
    const givers = this.#givers(pins, asked.ids)
    if (planned === undefined) return { missing: [], pins, givers, notes: [] }
    const isShort = (host: HostId, { label, comes }: Need): boolean =>
      lacks(host, label) && !(comes && pins[label] !== undefined)
    const open = new Map([...needed].map(([host, needs]) => [host, needs.filter((need) => isShort(host, need))]))
    const fetched = await this.#fetchable(open)
    const missing = all.flatMap((label): MissingImage[] => {
      const hosts = [...open].flatMap(([host, needs]) =>
        needs.some((need) => need.label === label) && !fetched(host, label) ? [host] : [],
      )
      if (hosts.length === 0) return []
      const on = [...held].filter(([, { has }]) => has.includes(label)).map(([host]) => host)
      const nodes = hosts.flatMap((host) => needed.get(host)?.find((need) => need.label === label)?.nodes ?? [])
      return [{ image: label, hosts: this.#names(hosts), on: this.#names(on), nodes: nodes.toSorted() }]
    })
    return { missing, pins, givers, notes }
  }

  #givers(pins: Pins, held: Held['ids']): Givers {
    const having = (id: string) => [...held].flatMap(([host, ids]) => (Object.values(ids).includes(id) ? [host] : []))
    return Object.fromEntries(Object.values(pins).map((id) => [id, this.#names(having(id))]))
  }

  /** Which images each host of the lab needs, and for which nodes. */
  #needed(intent: LabIntent, planned: Planned | undefined): ReadonlyMap<HostId, readonly Need[]> {
    if (planned === undefined) return new Map([[this.#options.engine.self, needsOf(intent, () => true)]])
    const { assignment } = planned
    const hosts = [...new Set(Object.values(assignment.hosts))].filter((host) => this.#isThere(host))
    return new Map(
      hosts.map((host) => {
        const wanted = this.#options.desiredOn(host, [{ intent, assignment }], [])
        const labels = new Set(
          wanted.flatMap((one) => (one.kind === 'image' && one.files === undefined ? [labelOf(one)] : [])),
        )
        const needs = needsOf(intent, (node) => own(assignment.hosts, node) === host)
        const others = [...labels].filter((label) => !needs.some((need) => need.label === label))
        return [
          host,
          [
            ...needs.filter(({ label }) => labels.has(label)),
            ...others.map((label) => ({ label, comes: false, isLocal: false, nodes: [] })),
          ],
        ]
      }),
    )
  }

  /** What registries have of what no host can give. */
  async #fetchable(open: ReadonlyMap<HostId, readonly Need[]>): Promise<(host: HostId, label: string) => boolean> {
    const asked = [...open].map(
      ([host, needs]) => [host, needs.filter(({ isLocal }) => !isLocal).map(({ label }) => label)] as const,
    )
    const answers = await this.#askAll(new Map(asked), false)
    return (host, label) =>
      answers.get(host)?.canFetch.includes(label) === true || answers.get(host)?.has.includes(label) === true
  }

  /** What all hosts that are there, and answer, have of some images. */
  everywhere(images: readonly string[]): Promise<ReadonlyMap<HostId, Answer>> {
    const hosts = (this.#options.engine.roster?.hosts ?? []).filter(
      ({ state, id }) => state === 'admitted' && this.#isThere(id),
    )
    return this.#askAll(new Map(hosts.map(({ id }) => [id, images])), true)
  }

  async #askAll(
    wanted: ReadonlyMap<HostId, readonly string[]>,
    isHeldOnly: boolean,
  ): Promise<ReadonlyMap<HostId, Answer>> {
    const { engine, request } = this.#options
    const answers = new Map<HostId, Answer>()
    const ask = async (host: HostId, images: readonly string[]): Promise<void> => {
      const body = { images, isHeldOnly }
      const answer = host === engine.self ? await this.here(body) : Answer.parse(await request(host, body, REQUEST_MS))
      answers.set(host, answer)
    }
    const some = [...wanted].filter(([, images]) => images.length > 0)
    await Promise.allSettled(some.map(([host, images]) => ask(host, images)))
    return answers
  }

  #isThere(host: HostId): boolean {
    const { engine } = this.#options
    return host === engine.self || engine.membership.isAlive(host)
  }

  #name(host: HostId): string {
    return nameOf(this.#options.engine, host)
  }

  #names(hosts: readonly HostId[]): readonly string[] {
    return hosts.map((host) => this.#name(host)).toSorted()
  }
}

const idsOf = (held: ReadonlyMap<HostId, Answer>): Held['ids'] =>
  new Map([...held].map(([host, { ids = {} }]) => [host, ids]))

/** Of a host that was asked twice, both answers count. */
const merged = (a: ReadonlyMap<HostId, Answer>, b: ReadonlyMap<HostId, Answer>): ReadonlyMap<HostId, Answer> =>
  new Map(
    [...new Set([...a.keys(), ...b.keys()])].map((host) => {
      const both = [a.get(host), b.get(host)].filter((one) => one !== undefined)
      const ids = Object.assign({}, ...both.map((one) => one.ids ?? {})) as Record<string, string>
      const has = [...new Set(both.flatMap((one) => one.has))]
      return [host, { has, canFetch: [], ids }]
    }),
  )
