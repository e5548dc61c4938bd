import { accessBody, accessOf } from '#core/engine/access.ts'
import type { Engine } from '#core/engine/engine.ts'
import type { AccessBody, ApiTokenEntry, UserEntry } from '#core/model/access.ts'
import { compareVersions } from '#core/record/version.ts'

const NOBODY: AccessBody = { epoch: 0, term: 0, index: 0, users: [], tokens: [], isCodeOpen: false }

/** What this host knows of who may use the API. */
export class Known {
  readonly #engine: Pick<Engine, 'book' | 'replica'>

  constructor(engine: Pick<Engine, 'book' | 'replica'>) {
    this.#engine = engine
  }

  /**
   * As the log of this host has it while that follows a leader: what gossip tells may be of anybody who holds the key of a core host. Without
   * one, or without a log, as whoever tells the newest.
   */
  get now(): AccessBody {
    const { book, replica } = this.#engine
    const told = accessOf(book)
    const own = replica?.state ?? undefined
    if (own === undefined) return told ?? NOBODY
    if (replica?.standing.leader != null) return accessBody(own)
    const at = [own.epoch, own.access.at.term, own.access.at.index]
    if (told !== undefined && compareVersions([told.epoch, told.term, told.index], at) >= 0) return told
    return accessBody(own)
  }

  user(name: string): UserEntry | undefined {
    return this.now.users.find((user) => user.name === name)
  }

  /** Only where this is the password. */
  userWith(name: string, hash: string): UserEntry | undefined {
    const user = this.user(name)
    return user?.password === hash ? user : undefined
  }

  token(id: string): ApiTokenEntry | undefined {
    return this.now.tokens.find((token) => token.id === id)
  }
}
