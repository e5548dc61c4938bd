import type { Effect } from '#core/engine/effect.ts'
import type { FeedTold } from '#core/model/feed.ts'
import type { VerifiedRecord } from '#core/model/record.ts'
import { nameAt } from '../consensus/quorum.ts'
import type { Outcome, Pass } from '../host/reconciler.ts'
import { Feed, type FeedOptions } from './feed.ts'
import { HostNews, type HostNewsOptions } from './hosts.ts'
import { LabNews } from './labs.ts'
import { PartNews } from './parts.ts'
import { RepairNews } from './repairs.ts'
import { ToolNews } from './tools.ts'

export interface NewsOptions extends FeedOptions, Omit<HostNewsOptions, 'tell'> {
  /** Of the product. */
  readonly version: string
}

/** How often a leader looks whether labs came up. */
const LOOK_MS = 250

/** Everything this host tells of itself, from the places where it comes to light, and the feed it goes to. */
export class News {
  readonly feed: Feed
  readonly #options: NewsOptions
  readonly #hosts: HostNews
  readonly #labs: LabNews
  readonly #parts: PartNews
  readonly #repairs: RepairNews
  readonly #tools: ToolNews
  #timer: NodeJS.Timeout | undefined

  constructor(options: NewsOptions) {
    this.#options = options
    this.feed = new Feed(options)
    const { engine, clock, name } = options
    const tell = (told: FeedTold): void => this.feed.tell(told)
    this.#hosts = new HostNews({ name, engine, tell })
    this.#labs = new LabNews({ engine, tell })
    this.#parts = new PartNews({ engine, tell })
    this.#repairs = new RepairNews({ clock, tell, peerName: (address) => nameAt(engine, address) })
    this.#tools = new ToolNews({ tell })
  }

  /** Once the store can be read; before that nothing may be told. */
  async start(): Promise<void> {
    await this.feed.start(this.#options)
    this.#timer = setInterval(() => this.#labs.look(), LOOK_MS)
  }

  /** While the mesh still runs. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.feed.stop()
  }

  /** An effect of the engine, before it is carried out. */
  saw(effect: Effect): void {
    this.#hosts.saw(effect)
    this.#labs.saw(effect)
    this.#parts.saw(effect)
  }

  /** A record another host signed, as soon as it is checked. */
  heard({ kind, author, body }: VerifiedRecord): void {
    if (kind === 'events' && author !== this.#options.self) this.feed.heard(author, body)
  }

  /** A look at the host. */
  passed(pass: Pass): void {
    this.#repairs.passed(pass)
    this.#tools.passed(pass)
  }

  /** What came of an op. */
  did(outcome: Outcome): void {
    this.#repairs.did(outcome)
  }

  /** A source of events of this host ended, or tells again (`why` undefined). */
  source(name: string, why: string | undefined): void {
    if (why === undefined) this.#tools.back(name)
    else this.#tools.silent(name, why)
  }
}
