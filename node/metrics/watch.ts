import { basename } from 'node:path'
import type { Effect } from '#core/engine/effect.ts'
import { type Op, subject } from '#core/model/resource.ts'
import type { Command } from '#platform/exec.ts'
import type { Instruments } from './instruments.ts'

/** A request that was answered. */
interface Answered {
  readonly method: string
  /** As it was registered, such as `/v1/labs/:name`; undefined where the path meets none. */
  readonly route: string | undefined
  readonly status: number
  /** Milliseconds. */
  readonly ms: number
}

/** Counts and times what happens, as it happens. */
export interface Watch {
  /** What the engine decided. */
  effect(effect: Effect): void
  /** One look at the host; milliseconds. */
  pass(pass: { readonly ms?: number }): void
  /** What came of one change to the host. */
  op(outcome: { readonly op: Op; readonly ok: boolean; readonly ms: number }): void
  /** What came of a command: `ok`, or the code of an error. */
  command(command: Command, result: string, ms: number): void
  request(answered: Answered): void
  /** How late a timer ran, in seconds. */
  lag(seconds: number): void
}

/** `nowMs`: the wall clock. */
export function createWatch(to: Instruments, nowMs: () => number): Watch {
  return {
    effect: (effect) => countEffect(effect, to),
    pass: ({ ms = 0 }) => {
      to.took('skein_reconcile_look_seconds', {}, ms / 1_000)
      to.show('skein_reconcile_last_look_timestamp_seconds', [[{}, nowMs() / 1_000]])
    },
    op: ({ op, ok, ms }) => {
      const { kind } = subject(op)
      to.count('skein_reconcile_ops_total', { kind, op: op.type, result: ok ? 'ok' : 'failed' })
      to.took('skein_reconcile_op_seconds', { kind }, ms / 1_000)
    },
    command: (command, result, ms) => {
      to.took('skein_command_seconds', { tool: toolOf(command), result }, ms / 1_000)
    },
    request: ({ method, route = 'none', status, ms }) => {
      to.count('skein_api_requests_total', { method: verbOf(method), route, status: `${Math.floor(status / 100)}xx` })
      to.took('skein_api_request_seconds', { route }, ms / 1_000)
    },
    lag: (seconds) => to.took('skein_agent_loop_lag_seconds', {}, seconds),
  }
}

const countEffect = (effect: Effect, { count }: Pick<Instruments, 'count'>): void => {
  count('skein_agent_effects_total', { type: effect.type })
  if (effect.type === 'send') count('skein_consensus_messages_sent_total', { type: effect.message.type })
  else if (effect.type === 'publish') count('skein_mesh_records_published_total', { kind: effect.draft.kind })
  else if (effect.type === 'notice' && effect.code === 'ROLE') {
    const role = String(effect.fields.role)
    count('skein_consensus_role_changes_total', { role })
    if (role === 'candidate') count('skein_consensus_elections_total', {})
  }
}

/** Tools of drivers, each a label; what labs ask to be run on a host could be anything. */
const TOOLS = new Set([
  'bridge',
  'ethtool',
  'ip',
  'nft',
  'ovs-appctl',
  'ovs-ofctl',
  'ovs-vsctl',
  'ovsdb-client',
  'sysctl',
  'tc',
  'tcpdump',
  'wg',
  'wireguard-go',
])

/** What is run inside namespaces counts as itself. */
const toolOf = (command: Command): string => {
  if ('socket' in command) return command.socket.includes('lxd') ? 'lxd' : 'docker'
  const inside = command.file === 'nsenter' ? command.args.find((word) => TOOLS.has(word)) : undefined
  const tool = inside ?? basename(command.file)
  return TOOLS.has(tool) ? tool : 'other'
}

const VERBS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
const verbOf = (method: string): string => (VERBS.has(method) ? method : 'other')
