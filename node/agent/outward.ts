import type { HostId } from '#core/model/ids.ts'
import type { Resource } from '#core/model/resource.ts'
import { HostNames } from './names/index.ts'
import type { AgentOptions } from './options.ts'
import { PortCheck } from './ports/check.ts'
import { Published } from './ports/published.ts'

export interface OutwardOptions extends Pick<AgentOptions, 'engine' | 'identity' | 'clock' | 'log' | 'outward'> {
  seen(): readonly Resource[]
  count(code: string): void
  request(peer: HostId, name: string, body: unknown, timeoutMs: number): Promise<unknown>
}

/** What this host shows of labs to who is in none: names, and published ports. */
export interface OutwardSide {
  readonly names: HostNames
  readonly ports: PortCheck
  /** What is wrong with it, and is worth telling of a lab. */
  notes(lab: string): readonly string[]
  /** Makes it follow what runs. */
  look(): Promise<void>
  stop(): Promise<void>
}

/** Puts it together; nothing runs by itself. */
export function createOutwardSide(options: OutwardOptions): OutwardSide {
  const { engine, clock, log, identity, outward } = options
  const names = new HostNames({
    engine,
    clock,
    log,
    count: options.count,
    name: identity.name,
    hostsFile: '',
    resolvFile: '',
    ...outward,
    seen: () => options.seen(),
  })
  const published = new Published({ engine, clock, log })
  return {
    names,
    ports: new PortCheck({ engine, published, request: (peer, ...ask) => options.request(peer, 'ports', ...ask) }),
    notes: (lab) => (outward === undefined ? [] : [...names.troubles, ...published.troubles(lab)]),
    look: async () => {
      if (outward !== undefined) await Promise.all([names.look(), published.look()])
    },
    stop: async () => {
      await names.close()
      await published.close()
    },
  }
}
