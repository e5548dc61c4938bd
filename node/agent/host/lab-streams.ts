import type { Engine } from '#core/engine/engine.ts'
import { MeshError } from '#core/model/errors.ts'
import type { Mesh } from '#mesh/mesh.ts'
import { nameOf } from '../consensus/quorum.ts'
import type { ByteStream, CaptureAsk, LogsAsk } from '../port.ts'
import { hostOfNode } from './node-host.ts'
import { Capture, type HostStreams, Logs } from './streams.ts'

export interface LabStreamsOptions {
  readonly engine: Engine
  readonly here: Pick<HostStreams, 'capture' | 'logs'>
  stream: Mesh['stream']
  /** A part of an image this host has. */
  giveImage(body: unknown, signal: AbortSignal): AsyncIterable<Uint8Array>
}

/** Frames and output of lab nodes, on whichever hosts these are. */
export class LabStreams {
  readonly #options: LabStreamsOptions

  constructor(options: LabStreamsOptions) {
    this.#options = options
  }

  async capture(ask: CaptureAsk, signal: AbortSignal): Promise<ByteStream> {
    return this.#from('capture', ask, { signal, here: () => this.#options.here.capture(ask, signal) })
  }

  async logs(ask: LogsAsk, signal: AbortSignal): Promise<ByteStream> {
    return this.#from('logs', ask, { signal, here: () => this.#options.here.logs(ask, signal) })
  }

  /** What another host asks of this one. */
  answer(name: string, body: unknown, signal: AbortSignal): AsyncIterable<Uint8Array> {
    const { here, giveImage } = this.#options
    if (name === 'image') return giveImage(body, signal)
    if (name === 'capture') return here.capture(Capture.parse(body), signal)
    if (name === 'logs') return here.logs(Logs.parse(body), signal)
    throw new MeshError('BAD_INPUT', `this host does not know the stream ${name}; its version may be older`)
  }

  #from(
    name: string,
    ask: CaptureAsk | LogsAsk,
    { signal, here }: { readonly signal: AbortSignal; here(): AsyncIterable<Uint8Array> },
  ): ByteStream {
    const { engine, stream } = this.#options
    const host = hostOfNode(engine, ask)
    const bytes = host === engine.self ? here() : stream(host, name, ask, signal)
    return { host: nameOf(engine, host), bytes }
  }
}
