import { ERRORS } from '#core/model/errors.ts'
import type { Client } from './client.ts'
import { ageText } from './duration.ts'
import { CommandFailed } from './failures.ts'
import type { CliIo } from './io.ts'
import { plain } from './output.ts'
import type { HostState } from './shapes.ts'

/** Between two looks at the host. */
const POLL_MS = 500
/** An agent that is started again, or that has just lost its leader, answers within this. */
const ABSENCE_MS = 10_000
/** Looks in a row at which nothing but what stays may be left: the leader needs a moment to move the rest. */
const SETTLED_LOOKS = 4

export interface Draining {
  readonly client: Client
  readonly name: string
  readonly timeoutMs: number
  readonly isJson: boolean
}

/**
 * Waits until a drained host is empty, with progress on standard error. Rejects with HOST_IN_USE where nodes or the vote stay, and why,
 * with TIMEOUT, or 130 on Ctrl-C.
 */
export async function waitEmpty(io: CliIo, draining: Draining): Promise<HostState> {
  const { name, timeoutMs, isJson } = draining
  const { signal, release } = io.catchInterrupt()
  const startMs = io.nowMs()
  let settled = 0
  let told = ''
  try {
    while (!signal.aborted) {
      const host = await look(io, draining, signal)
      const left = leftOf(host)
      if (left.length === 0) return host
      settled = isStuck(host) ? settled + 1 : 0
      if (settled >= SETTLED_LOOKS) throw stays(host, left)
      if (io.nowMs() - startMs >= timeoutMs) throw late(host, left, timeoutMs)
      const line = `${name}: ${left.length === 1 ? '1 thing is' : `${left.length} things are`} left: ${brief(host)}\n`
      if (!isJson && line !== told) io.err(plain(line))
      told = line
      await io.sleep(POLL_MS, signal)
    }
  } finally {
    release()
  }
  const hint = `It goes on. Look with \`skein host ls\`, undo with \`skein host undrain ${name}\`.`
  throw new CommandFailed({ error: 'INTERRUPTED', message: 'interrupted', hint, details: {} }, 130)
}

async function look(io: CliIo, { client, name }: Draining, signal: AbortSignal): Promise<HostState> {
  const sinceMs = io.nowMs()
  for (;;) {
    try {
      return await client.get<HostState>(`/v1/hosts/${name}`)
    } catch (error) {
      const isAway = error instanceof CommandFailed && error.exitCode === 3
      if (!isAway || signal.aborted || io.nowMs() - sinceMs >= ABSENCE_MS) throw error
      await io.sleep(POLL_MS, signal)
    }
  }
}

/** Everything that is still to leave, a line each. */
const leftOf = ({ name, leads, votes, voteReason, nodes }: HostState): readonly string[] => [
  ...nodes.map(({ lab, node, reason }) => `node ${node} of lab ${lab}: ${reason ?? 'is moving'}`),
  ...(leads ? [`${name} still leads`] : []),
  ...(votes ? [`${name} still has a vote${voteReason === undefined ? '' : `: ${voteReason}`}`] : []),
]

const isStuck = ({ leads, votes, voteReason, nodes }: HostState): boolean =>
  nodes.every(({ reason }) => reason !== null) && (voteReason !== undefined || (!leads && !votes))

function brief({ leads, votes, nodes }: HostState): string {
  const moving = nodes.filter(({ reason }) => reason === null).map(({ lab, node }) => `${node} of ${lab}`)
  const rest = nodes.length - moving.length
  return [
    ...(moving.length === 0 ? [] : [`moving ${moving.join(', ')}`]),
    ...(rest === 0 ? [] : [`${rest} that cannot move`]),
    ...(leads ? ['leadership'] : []),
    ...(votes ? ['its vote'] : []),
  ].join('; ')
}

const stays = ({ name, nodes }: HostState, left: readonly string[]): CommandFailed =>
  new CommandFailed(
    {
      error: 'HOST_IN_USE',
      message: `${name} is drained, but not empty: ${left.length} ${left.length === 1 ? 'thing stays' : 'things stay'}`,
      hint: 'Change the pins, take those labs down or make room elsewhere; it moves by itself then.',
      details: { reasons: left, nodes },
    },
    1,
  )

const late = ({ name, nodes }: HostState, left: readonly string[], timeoutMs: number): CommandFailed =>
  new CommandFailed(
    {
      error: 'TIMEOUT',
      message: `${name} is not empty after ${ageText(timeoutMs)}`,
      hint: ERRORS.TIMEOUT.hint.replace('`skein lab show`', '`skein host ls`'),
      details: { reasons: left, nodes },
    },
    1,
  )
