import type { StageStep } from '#core/plan/stages.ts'
import { labFolderName } from '#core/topology/node-files.ts'
import type { Clock } from '#platform/clock.ts'
import type { Logger } from '#platform/log.ts'
import type { Store } from '#store/index.ts'

/** What a command came to. */
export interface RunResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

type Until = NonNullable<Extract<StageStep, { type: 'run' }>['until']>

/** Between two questions whether software has started: it takes seconds to minutes, and a command in a container costs some 100 ms. */
const AGAIN_MS = 2_000

export interface RunsOptions {
  readonly clock: Pick<Clock, 'monotonicMs'>
  readonly store: Pick<Store, 'getMeta' | 'putMeta'>
  readonly log: Logger
  run(containerId: string, argv: readonly string[]): Promise<RunResult>
  runOnHost(argv: readonly string[]): Promise<RunResult>
  /** Where files of a lab are on this host. */
  folder(lab: string): string
  changed(): void
}

/** How far the commands of one start of a container got; kept, so an agent that dies half-way goes on after the last one. */
interface Progress {
  readonly start: string
  readonly done: number
  /** All of the list as it was then; one that was changed since runs when the node starts next. */
  readonly isAll?: boolean
  readonly notes: readonly string[]
}

/** A list of commands of one node; those that were done in this start are not run again. */
export interface Run {
  readonly key: string
  readonly start: string
  readonly lab: string
  readonly node: string
  readonly containerId: string
  readonly steps: readonly Extract<StageStep, { type: 'run' }>[]
  /** True where nothing comes after them. */
  readonly isLast: boolean
  /** True where they are rather run twice than not at all: nothing tells one time from the next. */
  readonly isFleeting?: boolean
  done?(): void
}

/** Runs lists of commands, each one after the other, and remembers how far they got. */
export class Runs {
  readonly #options: RunsOptions
  readonly #progress = new Map<string, Progress>()
  readonly #busy = new Set<string>()

  constructor(options: RunsOptions) {
    this.#options = options
  }

  isBusy(key: string): boolean {
    return this.#busy.has(key)
  }

  /** How far a list got in this start; undefined where that is not known. */
  progress(key: string, start: string): Progress | undefined {
    const held = this.#progress.get(key)
    return held?.start === start ? held : undefined
  }

  notes(key: string): readonly string[] {
    return this.#progress.get(key)?.notes ?? []
  }

  forget(key: string): void {
    this.#progress.delete(key)
  }

  changed(): void {
    this.#options.changed()
  }

  /** Reads what was remembered of a list, for `progress`. */
  recall(key: string, start: string): void {
    this.run({ key, start, lab: '', node: '', containerId: '', steps: [], isLast: false })
  }

  /** Runs a list in the background, unless it is being run. */
  run(run: Run): void {
    if (this.#busy.has(run.key)) return
    this.#busy.add(run.key)
    void this.#runAll(run)
  }

  async #runAll(run: Run): Promise<void> {
    const { key, start } = run
    try {
      const kept = this.#progress.get(key) ?? (await this.#remembered(run))
      let progress: Progress = kept?.start === start ? kept : { start, done: 0, notes: [] }
      for (const step of progress.isAll === true ? [] : run.steps.slice(progress.done)) {
        const note = await this.#runOne(run, step)
        progress = {
          start,
          done: progress.done + 1,
          notes: note === undefined ? progress.notes : [...progress.notes, note],
        }
        this.#progress.set(key, progress)
        await this.#remember(run, progress)
      }
      if (run.isLast && progress.isAll !== true) {
        progress = { ...progress, isAll: true }
        await this.#remember(run, progress)
      }
      this.#progress.set(key, progress)
      run.done?.()
    } catch (error) {
      this.#options.log.warn({ node: run.node, err: error }, 'post-start commands stopped, gone on with later')
      await new Promise((resolve) => setTimeout(resolve, 1_000).unref())
    } finally {
      this.#busy.delete(key)
      this.#options.changed()
    }
  }

  async #remembered({ key, isFleeting }: Run): Promise<Progress | undefined> {
    return isFleeting === true ? undefined : ((await this.#options.store.getMeta(key)) as Progress | undefined)
  }

  async #remember({ key, isFleeting }: Run, progress: Progress): Promise<void> {
    if (isFleeting !== true) await this.#options.store.putMeta(key, progress)
  }

  async #runOne(run: Run, step: Run['steps'][number]): Promise<string | undefined> {
    const { node, lab, containerId } = run
    const { argv: written, target, until } = step
    const argv = written.map((word) => this.#spell(word, lab, node))
    if (until !== undefined) return this.#runUntil(run, argv, until)
    const result = await (target === 'host' ? this.#options.runOnHost(argv) : this.#options.run(containerId, argv))
    this.#options.log.info({ node, argv, target, code: result.exitCode }, 'post-start command ran')
    if (result.exitCode === 0) return undefined
    const said = (result.stderr.trim() || result.stdout.trim()).split('\n')[0] ?? ''
    const where = target === 'host' ? ' on the host' : ''
    return `${node}: \`${argv.join(' ')}\`${where} exited ${result.exitCode}${said === '' ? '' : `: ${said.slice(0, 200)}`}`
  }

  /** Again and again, until it says so; after its time is over what comes next is done all the same. */
  async #runUntil(run: Run, argv: readonly string[], until: Until): Promise<string | undefined> {
    const { node, containerId } = run
    const { clock, log, run: runIn } = this.#options
    const beganMs = clock.monotonicMs()
    for (;;) {
      const { exitCode, stdout } = await runIn(containerId, argv)
      const tookMs = Math.round(clock.monotonicMs() - beganMs)
      if (exitCode === 0 && stdout.includes(until.prints)) {
        log.info({ node, argv, tookMs }, 'software of the node has started')
        return undefined
      }
      if (tookMs >= until.withinMs)
        return `${node}: not ready after ${Math.round(tookMs / 1000)} s: \`${argv.join(' ')}\` does not print "${until.prints}"`
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS).unref())
    }
  }

  /** containerlab's words for folders: on each host they are where the lab's files are. */
  #spell(word: string, lab: string, node: string): string {
    if (!word.includes('__clab')) return word
    const folder = `${this.#options.folder(lab)}/files/${labFolderName(lab)}`
    return word.replaceAll('__clabNodeDir__', `${folder}/${node}`).replaceAll('__clabDir__', folder)
  }
}
