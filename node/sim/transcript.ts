import type { Entry, RaftEffect } from '#core/consensus/types.ts'
import type { HostId } from '#core/model/ids.ts'

/** What happened, for people and for expected files: one line each, with virtual seconds. */
export class Transcript {
  readonly #lines: string[] = []

  get lines(): readonly string[] {
    return this.#lines
  }

  /** A step of the scenario. */
  echo(text: string): void {
    this.#lines.push(`> ${text}`)
  }

  say(nowMs: number, text: string): void {
    this.#lines.push(`${(nowMs / 1000).toFixed(3).padStart(8)}  ${text}`)
  }

  role(nowMs: number, host: HostId, { role, term, leader }: Extract<RaftEffect, { type: 'role' }>): void {
    if (role === 'leader') this.say(nowMs, `${host} leads in term ${term}`)
    else if (role === 'candidate') this.say(nowMs, `${host} seeks votes, term ${term}`)
    else
      this.say(nowMs, `${host} ${role === 'learner' ? 'learns from' : 'follows'} ${leader ?? 'nobody'} in term ${term}`)
  }

  commit(nowMs: number, host: HostId, entries: readonly Entry[]): void {
    this.say(nowMs, `${host} commits ${entries.map(describe).join(', ')}`)
  }
}

function describe({ index, term, data }: Entry): string {
  const at = `${index}:${term}`
  if (data.type === 'noop') return `${at} noop`
  if (data.type === 'command') return `${at} ${commandName(data.command)}`
  const { voters, learners } = data.configuration
  return `${at} voters ${voters.join(' ')}${learners.length > 0 ? ` learners ${learners.join(' ')}` : ''}`
}

/** A text as it is, a command of the mesh by what it does and who asked. */
function commandName(command: unknown): string {
  if (typeof command === 'string') return command
  const { type, requestId } = command as { readonly type?: unknown; readonly requestId?: unknown }
  return `${type} (${requestId})`
}
