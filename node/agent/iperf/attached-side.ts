import type { SampleResult } from '#core/iperf/combine.ts'
import { MeshError } from '#core/model/errors.ts'
import { decodeIperf } from '#drivers/iperf/parse.ts'
import { systemRandom } from '#platform/random.ts'
import type { AttachedPort, TaskView } from '../port-iperf.ts'
import { Attached } from './attached.ts'
import { AttachedBook } from './attached-book.ts'
import { AttachedHome } from './attached-home.ts'
import { AttachedRunner } from './attached-runner.ts'
import { AttachedTasks } from './attached-tasks.ts'
import type { IperfDeps } from './deps.ts'
import type { Runner } from './runner.ts'

export interface AttachedSideOptions
  extends Pick<IperfDeps, 'engine' | 'clock' | 'loop' | 'proposals' | 'publish' | 'request' | 'tell' | 'onFatal'> {
  /** What the mesh knows of a task. NOT_FOUND. */
  task(id: number): TaskView
}

/** Machines that cannot run an agent. */
export interface AttachedSide {
  readonly port: AttachedPort
  /** Carries out the ends that are attached to this host. */
  readonly runner: Runner
  /** The request `iperf-attached` of other hosts. */
  answer(body: unknown): Promise<unknown>
  /** To be called each second or so. */
  look(): void
}

/** Puts it together; nothing runs by itself. */
export const createAttachedSide = (options: AttachedSideOptions): AttachedSide => {
  const book = new AttachedBook(options)
  const whyNot = (machine: string): string | undefined => home.whyNot(machine)
  const whyGone = (machine: string): string | undefined => home.whyGone(machine)
  const tasks = new AttachedTasks({ clock: options.clock, whyNot, whyGone })
  const home: AttachedHome = new AttachedHome({ ...options, self: options.engine.self, book, tasks })
  const port = new Attached({ ...options, random: systemRandom, book, home })
  return {
    port,
    runner: new AttachedRunner({
      tasks,
      whyNot,
      addressOf: (machine) => book.find(machine)?.address,
      parse,
    }),
    answer: (body) => port.answer(body),
    look: () => home.look(),
  }
}

const parse = (output: unknown): { readonly sample: SampleResult; readonly isPartial: boolean } => {
  const parsed = decodeIperf(output)
  if (parsed.type === 'failed') throw new MeshError('TOOL_FAILED', parsed.message)
  return parsed
}
