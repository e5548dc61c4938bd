import type { Engine } from '#core/engine/engine.ts'
import { MeshError } from '#core/model/errors.ts'
import { type PlacedEnd, showEnd, type TestParams } from '#core/model/iperf.ts'
import { type Iperf, markOf } from '#drivers/iperf/iperf.ts'
import { within } from './later.ts'
import type { EndAddress, MeasureAsk, Measured, Runner, ServeAsk, Serving } from './runner.ts'

export interface LocalRunnerOptions {
  readonly engine: Engine
  readonly driver?: Iperf
  pidOf(lab: string, node: string): number | undefined
}

/** A process that was told to go has gone by then. */
const GONE_MS = 5_000

/** Carries out ends of this host, and of lab nodes on it, by iperf3 of the host. */
export class LocalRunner implements Runner {
  readonly #options: LocalRunnerOptions
  /** Marks of what runs. */
  readonly marks = new Set<string>()

  constructor(options: LocalRunnerOptions) {
    this.#options = options
  }

  async serve({ end, test, params, port, limitMs, heard }: ServeAsk, signal: AbortSignal): Promise<Serving> {
    const where = this.#where(end)
    const addresses = await this.#addresses(end, params, where)
    if (params.tool === 'ping') return { addresses, ended: Promise.resolve(undefined), stop: async () => undefined }
    const mark = this.#mark(test, 'server')
    const job = await this.#driver.serve({ port, ...where, mark, limitMs, params, heard }).catch((error: unknown) => {
      this.marks.delete(mark)
      throw error
    })
    const stop = (): void => job.kill()
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) job.kill()
    const ended = job.ended.then(({ type, code, stderr }) => {
      signal.removeEventListener('abort', stop)
      this.marks.delete(mark)
      if (type === 'exited' && code === 0) return undefined
      if (type === 'limit') return 'the server was ended after its time'
      return type === 'killed' ? 'the server was ended' : `iperf3 -s ended with ${code}: ${lastLine(stderr)}`
    })
    return {
      addresses,
      ended,
      stop: async () => {
        job.kill()
        await within(ended, GONE_MS)
      },
    }
  }

  async measure({ end, test, params, port, address, limitMs }: MeasureAsk, signal: AbortSignal): Promise<Measured> {
    const where = this.#where(end)
    const mark = this.#mark(test, 'client')
    try {
      return await this.#driver.measure({ ...where, port, address, params, mark, limitMs }, signal)
    } finally {
      this.marks.delete(mark)
    }
  }

  get #driver(): Iperf {
    const { driver } = this.#options
    if (driver === undefined) throw new MeshError('TOOL_MISSING', 'this host has nothing to measure with')
    return driver
  }

  #mark(test: number, role: 'client' | 'server'): string {
    const mark = markOf(this.#options.engine.self, test, role)
    this.marks.add(mark)
    return mark
  }

  #where(end: PlacedEnd): { readonly pid?: number } {
    if (end.type !== 'node') return {}
    const pid = this.#options.pidOf(end.lab, end.node)
    if (pid !== undefined) return { pid }
    throw new MeshError('NOT_FOUND', `${showEnd({ type: 'node', lab: end.lab, node: end.node })} does not run`)
  }

  async #addresses(
    end: PlacedEnd,
    { way }: TestParams,
    where: { readonly pid?: number },
  ): Promise<readonly EndAddress[]> {
    if (end.type === 'node') return this.#driver.addresses(where)
    const { engine } = this.#options
    const entry = engine.roster?.hosts.find(({ id }) => id === engine.self)
    const address = way === 'underlay' ? entry?.addresses[0] : entry?.overlayAddress
    if (address === undefined) throw new MeshError('UNREACHABLE', `host ${end.name} has no address for the ${way}`)
    return [{ address }]
  }
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? ''
