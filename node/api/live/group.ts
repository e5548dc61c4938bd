import type { LabView } from '#agent/port.ts'
import { type PatchOp, patchOf } from '#core/view/patch.ts'
import type { Member } from './member.ts'
import type { Frame, LiveView, MeshView } from './view.ts'

/** The time alone is told this seldom: it says that somebody is there. */
const BEAT_MS = 2_000

/** All tabs that watch one lab, or none: they get the very same bytes. */
export class LiveGroup {
  readonly members = new Set<Member>()
  readonly #lab: string | null
  #seq = 0
  #atMs: number
  #mesh: MeshView
  #view: LabView | null
  #snapshot: Buffer | undefined

  constructor(lab: string | null, frame: Frame, atMs: number) {
    this.#lab = lab
    this.#mesh = frame.mesh
    this.#view = this.#labIn(frame)
    this.#atMs = atMs
  }

  /** All of it, with the number the next patch follows. */
  snapshot(): Buffer {
    this.#snapshot ??= this.#encodedView()
    return this.#snapshot
  }

  /** Goes on to what is so now; `meshOps` is what differs of the mesh. The patch, or undefined where there is nothing to tell. */
  next(frame: Frame, meshOps: readonly PatchOp[], atMs: number): Buffer | undefined {
    const view = this.#labIn(frame)
    const ops = [...meshOps, ...patchOf(this.#view, view, '/lab')]
    if (ops.length === 0 && atMs - this.#atMs < BEAT_MS && atMs >= this.#atMs) return undefined
    this.#mesh = frame.mesh
    this.#view = view
    this.#atMs = atMs
    this.#seq += 1
    this.#snapshot = undefined
    return encoded({ type: 'patch', seq: this.#seq, ops: [{ op: 'replace', path: '/atMs', value: atMs }, ...ops] })
  }

  #encodedView(): Buffer {
    const view: LiveView = { ...this.#mesh, atMs: this.#atMs, lab: this.#view }
    return encoded({ type: 'snapshot', seq: this.#seq, view })
  }

  #labIn(frame: Frame): LabView | null {
    return this.#lab === null ? null : (frame.labs.get(this.#lab) ?? null)
  }
}

/** Once for all who get it: a WebSocket's server sends the bytes as they are. */
const encoded = (message: object): Buffer => Buffer.from(JSON.stringify(message))
