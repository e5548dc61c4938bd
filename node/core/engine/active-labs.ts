import type { HostId } from '../model/ids.ts'
import type { Assignment, LabStatus } from '../model/lab.ts'
import type { VerifiedRecord } from '../model/record.ts'
import { revisionsDraft, revisionsOf, withRevision } from '../revisions/revisions.ts'
import type { Book } from './book.ts'
import type { Effect } from './effect.ts'
import type { At, Event } from './event.ts'
import {
  type ActiveLab,
  conflict,
  currentStatusOf,
  generationOf,
  hasPart,
  intentDraft,
  nextStep,
  statusDraft,
  statusKey,
  statusOf,
} from './labs.ts'
import { followLab } from './saves.ts'

/** What one host makes of the labs its records tell of: which it makes true, what it wishes for, and what it says it sees. */
export class ActiveLabs {
  readonly #self: HostId
  readonly #book: Book
  readonly #active: Map<string, ActiveLab>
  /** Hybrid clock of wishes: above every one heard of, and never behind the wall clock. */
  #hlcMs = 0

  constructor(self: HostId, book: Book, active: Readonly<Record<string, ActiveLab>>) {
    this.#self = self
    this.#book = book
    this.#active = new Map(Object.entries(active))
  }

  /** By name: intent and assignment agree. */
  get byName(): ReadonlyMap<string, ActiveLab> {
    return this.#active
  }

  /** What was decided for them. */
  get assignments(): readonly Assignment[] {
    return [...this.#active.values()].map(({ assignment }) => assignment)
  }

  /** What the records mean that were kept before the last stop: it may have come between keeping them and keeping what follows from them. */
  catchUp(): readonly Effect[] {
    return this.#book.of('intent').flatMap((record) => this.follow(record))
  }

  /** A new `intent` or `assignment` record is in the book. */
  follow({ kind, key: lab, version }: VerifiedRecord): readonly Effect[] {
    if (kind === 'intent') this.#hlcMs = Math.max(this.#hlcMs, Number(version[1] ?? 0))
    const before = this.#active.get(lab)
    const step = nextStep(this.#book, lab, before)
    if (step.type === 'stay') return []
    if (step.type === 'deactivate') {
      this.#active.delete(lab)
      return [{ type: 'deactivate', lab }, ...this.#look(before)]
    }
    const clash = conflict(step.active.assignment, [...this.#active.values()])
    if (clash !== undefined) {
      const fields = { lab, vni: clash.vni, other: clash.lab }
      return [{ type: 'notice', level: 'error', code: 'ALLOCATION_CONFLICT', fields }]
    }
    this.#active.set(lab, step.active)
    return [{ type: 'activate', lab, active: step.active }, ...this.#look(before, step.active)]
  }

  /** A host that had and has no part of a lab need not look at itself for it. */
  #look(...labs: readonly (ActiveLab | undefined)[]): readonly Effect[] {
    return labs.some((lab) => lab !== undefined && hasPart(lab, this.#self)) ? [{ type: 'reconcile' }] : []
  }

  /** A person wants this lab, or wants it gone (null). */
  submit({ lab, intent, revision }: Extract<Event, { type: 'submit' }>, { wallMs }: At): readonly Effect[] {
    this.#hlcMs = Math.max(this.#hlcMs + 1, wallMs)
    const generation = generationOf(this.#book.get('intent', lab)) + 1
    const version = [generation, this.#hlcMs, this.#self]
    const held = revisionsOf(this.#book.get('revisions', lab))
    const next = revision && { ...revision, revision: generation, atMs: wallMs, host: this.#self }
    const revisions = next === undefined ? held : withRevision(held, next)
    const history = revisionsDraft({ lab, revisions }, version, { isDeleted: intent === null, wallMs })
    return [
      // What it was made from goes ahead of it: whoever knows the lab then knows its history.
      ...(revisions.length === 0 ? [] : [{ type: 'publish', draft: history } as const]),
      ...followLab(this.#book, lab, { isDeleted: intent === null, wallMs, self: this.#self }),
      { type: 'publish', draft: intentDraft(lab, version, { intent, wallMs }) },
    ]
  }

  /** What this host sees of a lab, null once nothing is left; told where it is something new. */
  observed(lab: string, status: LabStatus | null, { wallMs }: At): readonly Effect[] {
    const book = this.#book
    const held = status === null ? statusOf(book, this.#self, lab) : currentStatusOf(book, this.#self, lab)
    if (JSON.stringify(held) === JSON.stringify(status)) return []
    return [{ type: 'publish', draft: statusDraft(statusKey(this.#self, lab), status, wallMs) }]
  }
}
