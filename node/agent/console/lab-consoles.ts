import { z } from 'zod'
import type { Engine } from '#core/engine/engine.ts'
import type { HostId } from '#core/model/ids.ts'
import type { Mesh } from '#mesh/mesh.ts'
import { nameOf } from '../consensus/quorum.ts'
import { hostOfNode } from '../host/node-host.ts'
import type { ConsoleAsk, ConsoleInput, ConsoleOutput } from '../port.ts'
import type { Consoles } from './consoles.ts'
import { decodeInput, decodeOutput, encodeConsole, terminalSize } from './wire.ts'

export interface LabConsolesOptions {
  readonly engine: Engine
  readonly here: Pick<Consoles, 'watch'>
  duplex: Mesh['duplex']
}

/** What another host asks of this one. */
const Ask: z.ZodType<ConsoleAsk> = z.object({
  lab: z.string(),
  node: z.string(),
  ...terminalSize,
  session: z.string().max(64).optional(),
  after: z.int().min(0).optional(),
  view: z.boolean().optional(),
  counts: z.boolean().optional(),
  who: z.string().max(200),
})

/** Terminals in lab nodes, on whichever hosts these are. */
export class LabConsoles {
  readonly #options: LabConsolesOptions

  constructor(options: LabConsolesOptions) {
    this.#options = options
  }

  /** What a viewer sees. Throws, with the first message or a later one, NOT_FOUND, BUSY, UNREACHABLE, TOOL_FAILED, TIMEOUT. */
  async *watch(
    ask: ConsoleAsk,
    input: AsyncIterable<ConsoleInput>,
    signal: AbortSignal,
  ): AsyncGenerator<ConsoleOutput, void> {
    const { engine, here, duplex } = this.#options
    const host = hostOfNode(engine, ask)
    if (host === engine.self) return yield* here.watch(ask, { input, signal, by: nameOf(engine, host) })
    for await (const bytes of duplex(host, 'console', ask, { input: mapped(input, encodeConsole), signal })) {
      const message = decodeOutput(bytes)
      if (message !== undefined) yield message
    }
  }

  /** For a viewer whose connection another host has. */
  async *answer(
    from: HostId,
    body: unknown,
    { input, signal }: { readonly input: AsyncIterable<Uint8Array>; readonly signal: AbortSignal },
  ): AsyncGenerator<Uint8Array, void> {
    const { engine, here } = this.#options
    const ask = Ask.parse(body)
    yield* mapped(
      here.watch(ask, { input: mapped(input, decodeInput), signal, by: nameOf(engine, from) }),
      encodeConsole,
    )
  }
}

async function* mapped<T, R>(items: AsyncIterable<T>, map: (item: T) => R | undefined): AsyncGenerator<R, void> {
  for await (const item of items) {
    const made = map(item)
    if (made !== undefined) yield made
  }
}
