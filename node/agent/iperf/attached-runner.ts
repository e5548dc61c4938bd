import type { SampleResult } from '#core/iperf/combine.ts'
import { MeshError } from '#core/model/errors.ts'
import { type PlacedEnd, showEnd } from '#core/model/iperf.ts'
import type { AttachedEnd, AttachedRun, AttachedTasks } from './attached-tasks.ts'
import type { MeasureAsk, Measured, Runner, ServeAsk, Serving } from './runner.ts'

export interface AttachedRunnerOptions {
  readonly tasks: Pick<AttachedTasks, 'add'>
  /** Why a machine can do nothing; undefined where it can. */
  whyNot(machine: string): string | undefined
  /** Where servers on it are reached, as it told. */
  addressOf(machine: string): string | undefined
  /** Reads what iperf3 printed. Throws TOOL_FAILED. */
  parse(output: unknown): { readonly sample: SampleResult; readonly isPartial: boolean }
}

/** Carries out ends that are attached machines: hands tasks to them and waits for what they tell. UNREACHABLE, TIMEOUT, TOOL_FAILED. */
export class AttachedRunner implements Runner {
  readonly #options: AttachedRunnerOptions

  constructor(options: AttachedRunnerOptions) {
    this.#options = options
  }

  async serve(ask: ServeAsk, signal: AbortSignal): Promise<Serving> {
    const machine = this.#machine(ask.end, signal)
    const address = this.#options.addressOf(machine)
    if (address === undefined)
      throw new MeshError('UNREACHABLE', `${machine} told no address where servers on it are reached`)
    const addresses = [{ address }]
    // Whoever has the address answers.
    if (ask.params.tool === 'ping') return { addresses, ended: Promise.resolve(undefined), stop: async () => undefined }
    const run = this.#begin({ ...ask, machine, role: 'server' }, signal)
    if (!(await run.started)) throw why(machine, await run.ended)
    return {
      addresses,
      ended: run.ended.then((end) => (isGood(end) ? undefined : why(machine, end).message)),
      stop: async () => {
        run.leave()
        await run.ended
      },
    }
  }

  async measure(ask: MeasureAsk, signal: AbortSignal): Promise<Measured> {
    const machine = this.#machine(ask.end, signal)
    if (ask.params.tool === 'ping')
      throw new MeshError('BAD_INPUT', `${machine} is attached: it measures by iperf3, not by ping alone`)
    const run = this.#begin({ ...ask, machine, role: 'client' }, signal)
    const end = await run.ended
    if (end.type !== 'told' || end.outcome.state !== 'succeeded') throw why(machine, end)
    const raw = end.outcome.output
    if (raw === undefined) throw new MeshError('TOOL_FAILED', `${machine} told no output of its iperf3`)
    return { ...this.#options.parse(raw), raw }
  }

  #begin(wish: Parameters<AttachedTasks['add']>[0], signal: AbortSignal): AttachedRun {
    const { machine, role, exercise, test, params, port, limitMs } = wish
    const run = this.#options.tasks.add({
      ...{ machine, role, exercise, test, params, port, limitMs },
      ...(wish.address === undefined ? {} : { address: wish.address }),
    })
    signal.addEventListener('abort', run.drop, { once: true })
    void run.ended.then(() => signal.removeEventListener('abort', run.drop))
    return run
  }

  #machine(end: PlacedEnd, signal: AbortSignal): string {
    const machine = showEnd(end)
    if (signal.aborted) throw why(machine, { type: 'dropped' })
    const whyNot = this.#options.whyNot(machine)
    if (whyNot !== undefined) throw new MeshError('UNREACHABLE', whyNot)
    return machine
  }
}

/** Whether a server did what it was there for. */
const isGood = (end: AttachedEnd): boolean =>
  end.type === 'dropped' || (end.type === 'told' && end.outcome.state === 'succeeded')

const why = (machine: string, end: AttachedEnd): MeshError => {
  if (end.type === 'lost') return end.error
  if (end.type === 'dropped') return new MeshError('TEST_STATE', `the task of ${machine} was ended`)
  const { state, error = `its task ${state}` } = end.outcome
  return new MeshError('TOOL_FAILED', `${machine}: ${error}`)
}
