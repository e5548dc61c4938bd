import type { Command, CommandResult } from '#core/state/commands.ts'
import type { Admit, CreateToken } from '#core/state/host-commands.ts'
import { Violation } from './violation.ts'

interface TokenSheet {
  readonly uses: number
  readonly endMs: number
  readonly spentBy: Set<string>
  isRevoked: boolean
}

/** Own books of tokens, and of the hosts they let in. Throws a Violation where somebody is let in, or turned away, wrongly. */
export class Doors {
  readonly #tokens = new Map<string, TokenSheet>()
  /** Names of admitted hosts by id. */
  readonly #hosts = new Map<string, string>([['first', 'first']])

  /** The host with this name, or undefined. */
  idOf(name: string): string | undefined {
    return [...this.#hosts].find(([, other]) => other === name)?.[0]
  }

  created({ id, uses, expiresAtMs }: CreateToken): void {
    if (!this.#tokens.has(id)) this.#tokens.set(id, { uses, endMs: expiresAtMs, spentBy: new Set(), isRevoked: false })
  }

  /** No open token opens any more. */
  revokeAll(): void {
    for (const token of this.#tokens.values()) token.isRevoked = true
  }

  admitted({ tokenId, host }: Admit, name: string, nowMs: number): void {
    const token = this.#tokens.get(tokenId)
    if (token === undefined) throw new Violation(`${host.id} was let in by ${tokenId}, which is no token`)
    if (this.#hosts.has(host.id) && token.spentBy.has(host.id)) return
    if (token.isRevoked || nowMs >= token.endMs)
      throw new Violation(`${host.id} was let in by ${tokenId}, which has ended`)
    token.spentBy.add(host.id)
    if (token.spentBy.size > token.uses)
      throw new Violation(`${tokenId} is good for ${token.uses} and let in ${[...token.spentBy].join(' ')}`)
    const other = this.idOf(name)
    if (other !== undefined) throw new Violation(`${host.id} and ${other} are both called ${name}`)
    this.#hosts.set(host.id, name)
  }

  removed(id: string): void {
    this.#hosts.delete(id)
  }

  /** A refusal must have its reason. */
  refused(command: Command, { code }: Extract<CommandResult, { ok: false }>): void {
    if (command.type !== 'admit') return
    const token = this.#tokens.get(command.tokenId)
    if (code === 'TOKEN_SPENT' && token !== undefined && token.spentBy.size < token.uses)
      throw new Violation(`${command.tokenId} is said to be spent after ${token.spentBy.size} of ${token.uses} uses`)
    if (code === 'NAME_TAKEN' && this.idOf(command.host.name) === undefined)
      throw new Violation(`${command.host.name} is said to be taken, but nobody has it`)
  }
}
