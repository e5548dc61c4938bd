import type { NodeName } from '#core/model/ids.ts'
import type { LabNode } from '#core/model/lab.ts'
import type { Workload } from '#core/model/resource.ts'
import type { Logger } from '#platform/log.ts'
import type { Store } from '#store/index.ts'

export interface PostStartOptions {
  readonly store: Pick<Store, 'getMeta' | 'putMeta'>
  readonly log: Logger
  run(containerId: string, argv: readonly string[]): Promise<{ exitCode: number; stdout: string; stderr: string }>
  changed(): void
}

/** How far the commands of one start of a container got; kept, so an agent that dies half-way goes on after the last one. */
interface Progress {
  readonly start: string
  readonly done: number
  readonly notes: readonly string[]
}

const metaKey = (lab: string, node: string): string => `exec/${lab}/${node}`

/** Runs a node's `exec` once per start of its container, after its links are there. A failing command is told, not fatal. */
export class PostStart {
  readonly #options: PostStartOptions
  readonly #progress = new Map<string, Progress>()
  readonly #busy = new Set<string>()

  constructor(options: PostStartOptions) {
    this.#options = options
  }

  /** Whether all commands ran since this container started; begins with them where not. `linked`: its links are all there. */
  isDone(node: LabNode, workload: Workload, linked: boolean): boolean {
    const key = metaKey(workload.lab, node.name)
    const start = `${workload.containerId}@${workload.startedAt}`
    const held = this.#progress.get(key)
    if (held?.start === start && held.done >= node.exec.length) return true
    if (linked && !this.#busy.has(key)) {
      this.#busy.add(key)
      void this.#runAll(node, workload, start)
    }
    return node.exec.length === 0 && linked
  }

  notes(lab: string, nodes: readonly NodeName[]): readonly string[] {
    return nodes.flatMap((node) => this.#progress.get(metaKey(lab, node))?.notes ?? [])
  }

  async #runAll(node: LabNode, workload: Workload, start: string): Promise<void> {
    const key = metaKey(workload.lab, node.name)
    try {
      const kept = this.#progress.get(key) ?? ((await this.#options.store.getMeta(key)) as Progress | undefined)
      let progress: Progress = kept?.start === start ? kept : { start, done: 0, notes: [] }
      for (const argv of node.exec.slice(progress.done)) {
        const note = await this.#runOne(node.name, workload.containerId ?? '', argv)
        progress = {
          start,
          done: progress.done + 1,
          notes: note === undefined ? progress.notes : [...progress.notes, note],
        }
        this.#progress.set(key, progress)
        await this.#options.store.putMeta(key, progress)
      }
      this.#progress.set(key, progress)
    } catch (error) {
      this.#options.log.warn({ node: node.name, err: error }, 'post-start commands stopped, gone on with later')
      await new Promise((resolve) => setTimeout(resolve, 1_000).unref())
    } finally {
      this.#busy.delete(key)
      this.#options.changed()
    }
  }

  async #runOne(node: NodeName, containerId: string, argv: readonly string[]): Promise<string | undefined> {
    const result = await this.#options.run(containerId, argv)
    this.#options.log.info({ node, argv, code: result.exitCode }, 'post-start command ran')
    if (result.exitCode === 0) return undefined
    const said = (result.stderr.trim() || result.stdout.trim()).split('\n')[0] ?? ''
    return `${node}: \`${argv.join(' ')}\` exited ${result.exitCode}${said === '' ? '' : `: ${said.slice(0, 200)}`}`
  }
}
