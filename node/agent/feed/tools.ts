import type { FeedTold } from '#core/model/feed.ts'
import type { Pass } from '../host/reconciler.ts'

export interface ToolNewsOptions {
  tell(told: FeedTold): void
}

/** Tells of tools that do not tell or answer any more, once, and once they do again. */
export class ToolNews {
  readonly #options: ToolNewsOptions
  readonly #silent = new Set<string>()

  constructor(options: ToolNewsOptions) {
    this.#options = options
  }

  /** What a look could read, by the kinds of things it could not. */
  passed({ wanted, troubles }: Pass): void {
    const blind = new Map<string, string>()
    const kinds = new Set<string>(wanted.map(({ kind }) => kind))
    for (const { id, kind } of wanted) {
      const doing = troubles.get(id)?.doing
      if (doing?.type === 'blind') blind.set(kind, doing.error)
    }
    for (const [kind, error] of blind) this.silent(`reading ${kind}`, error)
    for (const kind of kinds) if (!blind.has(kind)) this.back(`reading ${kind}`)
  }

  silent(tool: string, why: string): void {
    if (this.#silent.has(tool)) return
    this.#silent.add(tool)
    this.#options.tell({ level: 'warn', code: 'TOOL_SILENT', about: tool, message: `${tool}: ${why}` })
  }

  back(tool: string): void {
    if (this.#silent.delete(tool))
      this.#options.tell({ level: 'info', code: 'TOOL_BACK', about: tool, message: `${tool}: it answers again` })
  }
}
