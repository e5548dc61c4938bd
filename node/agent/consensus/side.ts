import type { CommandResult } from '#core/state/commands.ts'
import type { Mesh } from '#mesh/mesh.ts'
import type { Loop } from '../loop.ts'
import type { AgentOptions } from '../options.ts'
import { Admission } from './admission.ts'
import { Allocations } from './allocations.ts'
import { Forwarding } from './forwarding.ts'
import { Hosts } from './hosts.ts'
import { Proposals } from './proposals.ts'
import { noQuorum, roleOf } from './quorum.ts'
import { Recovery } from './recovery.ts'

export interface ConsensusOptions extends Pick<AgentOptions, 'engine' | 'identity' | 'clock' | 'store' | 'protocol'> {
  readonly loop: Loop
  /** Made later than this side is. */
  mesh(): Pick<Mesh, 'connected' | 'request' | 'sendRaft'>
  /** Lab nodes on this host. */
  nodesHere(): readonly { readonly lab: string; readonly node: string }[]
  count(code: string): void
}

/** What a majority decides, asked for from here. */
export interface ConsensusSide {
  readonly proposals: Proposals
  readonly forwarding: Forwarding
  readonly admission: Admission
  readonly hosts: Hosts
  readonly recovery: Recovery
  readonly allocations: Allocations
  /** The log's word on a request, of this host or of another one. */
  settle(requestId: string, result: CommandResult): void
}

/** Puts it together; nothing runs by itself. */
export function createConsensusSide(options: ConsensusOptions): ConsensusSide {
  const { engine, identity, clock, loop, mesh, count } = options
  const proposals: Proposals = new Proposals({
    self: engine.self,
    clock,
    leader: () => engine.leader.host,
    noQuorum: () => noQuorum(engine),
    refusal: (command) => engine.refusal(command),
    propose: (commands) => loop.propose(commands),
    forward: (leader, commands) => forwarding.forward(leader, commands),
  })
  const forwarding: Forwarding = new Forwarding({
    clock,
    roleOf: (host) => roleOf(engine, host),
    propose: (commands) => loop.propose(commands),
    onOutcome: (...outcome) => proposals.settle(...outcome),
    send: (to, message) => mesh().sendRaft(to, message),
    count,
  })
  const request: Mesh['request'] = (...ask) => mesh().request(...ask)
  return {
    proposals,
    forwarding,
    admission: new Admission({
      engine,
      identity,
      protocol: options.protocol,
      proposals,
      wallMs: () => clock.nowMs(),
    }),
    hosts: new Hosts({ engine, proposals, nodesHere: () => options.nodesHere(), request }),
    recovery: new Recovery({ ...options, connected: () => mesh().connected(), request }),
    allocations: new Allocations({ engine, proposals, mesh }),
    settle: (requestId, result) => {
      proposals.settle(requestId, result)
      forwarding.settle(requestId, result)
    },
  }
}
