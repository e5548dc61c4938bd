import type { Entry } from '#core/consensus/types.ts'
import type { HostId, HostName, LabName } from '#core/model/ids.ts'
import type { Assignment } from '#core/model/lab.ts'
import { type AllocationRow, listAllocations } from '#core/state/allocations.ts'
import { type Command, type CommandResult, decodeCommand } from '#core/state/commands.ts'
import { apply, initialState, type State } from '#core/state/machine.ts'
import { recoverState } from '#core/state/recover.ts'
import { decodeState, encodeState } from '#core/state/snapshot.ts'

/** The product's state machine; planted bugs bring others. */
export interface MeshCode {
  readonly initialState: typeof initialState
  readonly apply: typeof apply
  readonly encodeState: typeof encodeState
  readonly decodeState: typeof decodeState
  readonly recoverState: typeof recoverState
}

/** As it is. */
export const REAL_MESH: MeshCode = { initialState, apply, encodeState, decodeState, recoverState }

/** Small ranges and a short rest, so that numbers run out and are reused within seconds. */
export const MESH = {
  vni: [4096, 4111],
  vlan: [1, 12],
  mac: [1, 60],
  port: [20_000, 20_007],
  overlayCidr: '10.213.0.0/27',
  restMs: 3000,
} as const

/** When the mesh was made, on the wall clock. */
export const BEGIN_MS = 1_700_000_000_000

/** A command of the log and what came of it. */
export interface Applied {
  readonly command: Command
  readonly result: CommandResult
}

interface Image {
  readonly digest: number
  readonly state: unknown
}

/**
 * What committed entries are applied to: the mesh's state, and a digest that tells the sequence of answers apart. Entries that are no
 * command of the mesh, such as those of text scenarios, only count for the digest.
 */
export class Machine {
  readonly #code: MeshCode
  #state: State
  #digest = 0

  constructor(code: MeshCode) {
    this.#code = code
    this.#state = firstState(code)
  }

  get digest(): number {
    return this.#digest
  }

  get epoch(): number {
    return this.#state.epoch
  }

  apply(entry: Entry): Applied | undefined {
    const command = entry.data.type === 'command' ? decodeCommand(entry.data.command) : undefined
    if (command === undefined) {
      this.#digest = fold(this.#digest, JSON.stringify(entry))
      return undefined
    }
    const { state, result } = this.#code.apply(this.#state, { index: entry.index, term: entry.term }, command)
    this.#state = state
    this.#digest = fold(this.#digest, JSON.stringify(result))
    return { command, result }
  }

  /** JSON; all of it. */
  image(): Image {
    return { digest: this.#digest, state: this.#code.encodeState(this.#state) }
  }

  /** Takes over an image, or the state a mesh starts with: null. */
  restore(image: unknown): void {
    const { digest, state } = (image ?? { digest: 0, state: null }) as Image
    this.#digest = digest
    this.#state = state === null ? firstState(this.#code) : this.#code.decodeState(JSON.parse(JSON.stringify(state)))
  }

  /** Begins the next epoch, see `core/state/recover.ts`. */
  recover(nowMs: number): void {
    this.#state = this.#code.recoverState(this.#state, { assignments: [], nowMs })
    this.#digest = fold(this.#digest, 'recovered')
  }

  /** Everything given out. */
  allocations(): readonly AllocationRow[] {
    return listAllocations(this.#state)
  }

  assignment(lab: LabName): Assignment | undefined {
    return this.#state.assignments[lab]
  }
}

function firstState(code: MeshCode): State {
  const { overlayCidr, ...config } = MESH
  const first = {
    id: 'first' as HostId,
    name: 'first' as HostName,
    role: 'core',
    addresses: [],
    port: 4801,
    wgPublicKey: 'first=',
    wgPort: 51_820,
  } as const
  return code.initialState({ meshId: 'sim', first, nowMs: BEGIN_MS, overlayCidr, config })
}

/** One step of FNV-1a over a text. */
function fold(digest: number, text: string): number {
  let hash = digest ^ 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}
