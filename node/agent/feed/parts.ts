import type { Effect } from '#core/engine/effect.ts'
import type { Engine } from '#core/engine/engine.ts'
import { type PartState, partStates } from '#core/feed/part-states.ts'
import type { FeedCode, FeedTold } from '#core/model/feed.ts'
import type { LabStatus } from '#core/model/lab.ts'
import type { RecordDraft } from '#core/model/record.ts'

export interface PartNewsOptions {
  readonly engine: Engine
  tell(told: FeedTold): void
}

/** What was right is missed when it is not; what a decision made anew is missed only once it has been right. */
type Known = 'coming' | 'right' | 'broken'

interface KnownLab {
  /** Of the decision it is about. */
  readonly index: number
  readonly parts: ReadonlyMap<string, Known>
}

const CODES: Readonly<Record<PartState['kind'], { readonly right: FeedCode; readonly broken: FeedCode }>> = {
  node: { right: 'NODE_RUNNING', broken: 'NODE_BROKEN' },
  link: { right: 'LINK_UP', broken: 'LINK_BROKEN' },
}

/** Tells which lab nodes and link ends of this host broke, and which came back: by what it says it sees of each lab. */
export class PartNews {
  readonly #options: PartNewsOptions
  readonly #labs = new Map<string, KnownLab>()

  constructor(options: PartNewsOptions) {
    this.#options = options
  }

  /** An effect of the engine, before it is carried out. */
  saw(effect: Effect): void {
    if (effect.type === 'deactivate') this.#labs.delete(effect.lab)
    if (effect.type === 'publish' && effect.draft.kind === 'status') this.#status(effect.draft)
  }

  #status({ key, body }: RecordDraft): void {
    const { engine } = this.#options
    const lab = key.slice(engine.self.length + 1)
    const active = engine.active.get(lab)
    const status = body as LabStatus | null
    if (lab === '' || active === undefined || status === null) return
    const before = this.#labs.get(lab)
    const isSame = before?.index === status.index
    const states = partStates(engine.self, active, { status, roster: engine.roster?.hosts ?? [] })
    const parts = states.map((state) => {
      const mark = `${state.kind} ${state.about}`
      const was = before?.parts.get(mark) ?? 'coming'
      return [mark, this.#part(lab, state, was === 'right' && !isSame ? 'coming' : was)] as const
    })
    this.#labs.set(lab, { index: status.index, parts: new Map(parts) })
  }

  /** What is known of a part from now on; tells where that is news. */
  #part(lab: string, part: PartState, was: Known): Known {
    const { kind, about, isRight } = part
    if (isRight && was !== 'broken') return 'right'
    if (!isRight && was !== 'right') return was
    const now = isRight ? 'right' : 'broken'
    const level = isRight ? 'info' : 'warn'
    this.#options.tell({ level, code: CODES[kind][now], lab, about, message: wordsOf(part) })
    return now
  }
}

const wordsOf = ({ kind, about, isRight, message }: PartState): string => {
  const name = kind === 'node' ? `node ${about}` : about
  if (isRight) return `${name} is right again`
  return message === '' ? `${name} is broken and being made again` : `${name} is broken: ${message}`
}
