import type { Event } from '#core/engine/event.ts'
import { readHostFacts } from '#platform/host-facts.ts'
import { ProcessorWait } from '#platform/processor-wait.ts'
import type { AgentOptions } from './options.ts'

export interface FactsOptions
  extends Pick<AgentOptions, 'engine' | 'clock' | 'capabilities' | 'mtuAt' | 'promisedPercent'> {
  dispatch(event: Event): void
}

/** An agent that waits for a processor this share of its time is starved: eight of them waited 0.06 to 0.57 at a load of 22 on two processors, three at most 0.01 at a load of 1. */
const STARVED_SHARE = 0.25

/** Tells the engine what this host is like now, each time it is called. */
export function createFacts(options: FactsOptions): () => Promise<void> {
  const { engine, clock } = options
  const wait = new ProcessorWait()
  return async () => {
    const facts = readHostFacts()
    const capabilities = await options.capabilities()
    const own = engine.roster?.hosts.find((one) => one.id === engine.self)
    // Before the roster tells which of them others use, all count.
    const used = own === undefined ? facts.addresses : [own.addresses[0], own.secondary?.[0]]
    const mtu = options.mtuAt?.(used.filter((address) => address !== undefined))
    options.dispatch({
      type: 'facts',
      cpuFree: facts.freeCpus,
      memFreeMiB: facts.freeMemoryMib,
      total: { cpu: facts.cpus * 100, mem: facts.memoryMib },
      ...(options.promisedPercent === undefined ? {} : { percent: options.promisedPercent }),
      capabilities,
      ...(mtu === undefined ? {} : { underlayMtuBytes: mtu }),
      isStarved: wait.share(clock.monotonicMs()) >= STARVED_SHARE,
    })
  }
}
