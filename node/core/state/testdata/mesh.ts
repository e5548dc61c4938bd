import type { EndpointKey, HostId, HostName, LabName, SegmentId } from '../../model/ids.ts'
import type { Command, CommandResult } from '../commands.ts'
import type { JoiningHost } from '../host-commands.ts'
import type { Assign } from '../lab-commands.ts'
import { apply, initialState } from '../machine.ts'
import type { State } from '../state.ts'

export const START_MS = 1_000_000

/** A host that asks to join. */
export const joining = (number: number, name = `h${number}`): JoiningHost => ({
  id: `H${number}` as HostId,
  name: name as HostName,
  addresses: [`192.0.2.${number}`],
  port: 4801,
  wgPublicKey: `key${number}=`,
  wgPort: 51_820,
})

type Bare<C> = C extends Command
  ? Omit<C, 'requestId' | 'nowMs'> & { readonly nowMs?: number; readonly requestId?: string }
  : never

/** A mesh whose log is fed command by command; each gets the next index and its own request id. */
export class TestMesh {
  state: State
  index = 0

  constructor(hosts = 1, config: Parameters<typeof initialState>[0]['config'] = {}) {
    this.state = initialState({ meshId: 'mesh', first: { ...joining(1), role: 'core' }, nowMs: START_MS, config })
    if (hosts > 1)
      this.do({ type: 'create-token', id: 'all', verifier: 'v', role: 'core', uses: 100, expiresAtMs: START_MS * 9 })
    for (let number = 2; number <= hosts; number += 1) this.do({ type: 'admit', tokenId: 'all', host: joining(number) })
  }

  do(command: Bare<Command>): CommandResult {
    this.index += 1
    const stamped = { requestId: `r${this.index}`, nowMs: this.state.nowMs, ...command } as Command
    const { state, result } = apply(this.state, { index: this.index, term: 1 }, stamped)
    this.state = state
    return result
  }
}

/** Places a lab: `{ seg: [1, 2] }` is a segment with one end on each of h1 and h2. */
export function assignment(
  lab: string,
  generation: number,
  segments: Readonly<Record<string, readonly number[]>>,
): Omit<Assign, 'requestId' | 'nowMs'> {
  const rows = Object.entries(segments)
  return {
    type: 'assign',
    lab: lab as LabName,
    intentVersion: `${generation}.${generation * 10}.H1`,
    hosts: Object.fromEntries(rows.flatMap(([id, on]) => on.map((host) => [`${id}-${host}`, `H${host}` as HostId]))),
    segments: rows.map(([id, on]) => ({
      id: id as SegmentId,
      hosts: on.map((host) => `H${host}` as HostId),
      mtuBytes: 1370,
    })),
    endpoints: rows.flatMap(([id, on]) => on.map((host) => `${id}-${host}:eth1` as EndpointKey)),
  }
}
