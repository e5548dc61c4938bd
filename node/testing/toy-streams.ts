import type { StreamDoors } from '#agent/host/streams.ts'
import { MeshError } from '#core/model/errors.ts'
import { type ToyTerminal, toyTerminal } from './toy-terminal.ts'

/** Streams of lab nodes without nodes: a capture says what was asked for, and logs that follow go on until nobody reads them. */
export interface ToyStreams extends StreamDoors {
  /** Streams that were begun and did not end. */
  readonly open: Set<string>
  /** Terminals that were opened, by container, the newest last. */
  readonly terminals: { readonly container: string; readonly terminal: ToyTerminal }[]
}

/** `bad` is the one filter that is none. */
export const toyStreams = (): ToyStreams => {
  const open = new Set<string>()
  const terminals: { container: string; terminal: ToyTerminal }[] = []
  const counted = async function* (name: string, signal: AbortSignal, ...texts: readonly string[]) {
    open.add(name)
    try {
      for (const text of texts) yield Buffer.from(text)
      if (name.includes('follow')) await new Promise((resolve) => signal.addEventListener('abort', resolve))
    } finally {
      open.delete(name)
    }
  }
  return {
    open,
    terminals,
    openTerminal: async (container, wish) => {
      const terminal = toyTerminal(wish)
      terminals.push({ container, terminal })
      return terminal
    },
    checkCapture: ({ filter }) =>
      filter === 'bad'
        ? Promise.reject(new MeshError('BAD_INPUT', 'tcpdump cannot capture this: syntax error'))
        : Promise.resolve(),
    capture: ({ interface: name, filter = 'all', pid }, signal) =>
      counted(`capture ${name}${filter === 'follow' ? ' follow' : ''}`, signal, `pcap of ${name} in ${pid}: `, filter),
    logs: (container, { follow, tail }, signal) =>
      counted(
        `logs ${container}${follow === true ? ' follow' : ''}`,
        signal,
        `{"stdout":"last ${tail ?? 'all'} of ${container}\\n"}\n`,
      ),
  }
}
