import type { Datagrams, Remote } from '#platform/datagrams.ts'

type Listener = (bytes: Uint8Array, from: Remote) => void

/** UDP between addresses in one process: a datagram arrives in a microtask of its own, or not at all. */
export interface MemoryWire {
  open(address: string, onMessage: Listener): Promise<Datagrams>
  /** Nothing passes between these addresses until `heal`. */
  cut(a: string, b: string): void
  heal(): void
}

export function memoryWire(): MemoryWire {
  const listeners = new Map<string, Listener>()
  const cuts = new Set<string>()
  const pair = (a: string, b: string): string => [a, b].toSorted().join(' ')
  return {
    open: (address, onMessage) => {
      listeners.set(address, onMessage)
      return Promise.resolve({
        send: (bytes, to) => {
          const copy = Uint8Array.from(bytes)
          if (!cuts.has(pair(address, to.address)))
            queueMicrotask(() => listeners.get(to.address)?.(copy, { address, port: to.port }))
        },
        close: () => listeners.delete(address),
      })
    },
    cut: (a, b) => cuts.add(pair(a, b)),
    heal: () => cuts.clear(),
  }
}
