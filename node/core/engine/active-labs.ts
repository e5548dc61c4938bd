import type { HostId } from '../model/ids.ts'
import type { Assignment, LabIntent, LabStatus } from '../model/lab.ts'
import type { VerifiedRecord } from '../model/record.ts'
import type { Book } from './book.ts'
import type { Effect } from './effect.ts'
import type { At } from './event.ts'
import {
  type ActiveLab,
  conflict,
  currentStatusOf,
  generationOf,
  intentDraft,
  nextStep,
  statusDraft,
  statusKey,
  statusOf,
} from './labs.ts'

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

  /** A new `intent` or `assignment` record is in the book. */
  follow({ kind, key: lab, version }: VerifiedRecord): readonly Effect[] {
    if (kind === 'intent') this.#hlcMs = Math.max(this.#hlcMs, Number(version[1] ?? 0))
    const step = nextStep(this.#book, lab, this.#active.get(lab))
    if (step.type === 'stay') return []
    if (step.type === 'deactivate') {
      this.#active.delete(lab)
      return [{ type: 'deactivate', lab }, { type: 'reconcile' }]
    }
    const clash = conflict(step.active.assignment, [...this.#active.values()])
    if (clash !== undefined) {
      const fields = { lab, vni: clash.vni, other: clash.lab }
      return [{ type: 'notice', level: 'error', code: 'ALLOCATION_CONFLICT', fields }]
    }
    this.#active.set(lab, step.active)
    return [{ type: 'activate', lab, active: step.active }, { type: 'reconcile' }]
  }

  /** A person wants this lab, or wants it gone (null). */
  submit(lab: string, intent: LabIntent | null, { wallMs }: At): readonly Effect[] {
    this.#hlcMs = Math.max(this.#hlcMs + 1, wallMs)
    const version = [generationOf(this.#book.get('intent', lab)) + 1, this.#hlcMs, this.#self]
    return [{ type: 'publish', draft: intentDraft(lab, version, { intent, wallMs }) }]
  }

  /** What this host sees of a lab, null once nothing is left; told where it is something new. */
  observed(lab: string, status: LabStatus | null, { wallMs }: At): readonly Effect[] {
    const book = this.#book
    const held = status === null ? statusOf(book, this.#self, lab) : currentStatusOf(book, this.#self, lab)
    if (JSON.stringify(held) === JSON.stringify(status)) return []
    return [{ type: 'publish', draft: statusDraft(statusKey(this.#self, lab), status, wallMs) }]
  }
}
