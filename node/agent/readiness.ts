import type { Engine } from '#core/engine/engine.ts'
import { isRemoved, REMOVED_HERE } from '#core/membership/removed.ts'
import type { Store } from '#store/index.ts'
import type { Pass } from './host/reconciler.ts'
import type { ReadyCheck } from './port-readiness.ts'

export interface ReadinessOptions {
  readonly engine: Engine
  readonly store: Pick<Store, 'getMeta'>
  /** What the last look at this host found. */
  lastPass(): Pick<Pass, 'ms' | 'unreadable'>
}

/** Whether this host can do its work, and why not. A majority is not part of it: without one, labs that run go on. Never rejects. */
export const readiness = async (options: ReadinessOptions): Promise<readonly ReadyCheck[]> => [
  check('member', isRemoved(options.engine.roster, options.engine.self) ? `this host was ${REMOVED_HERE}` : null),
  check('store', await storeFault(options.store)),
  check('mesh', meshFault(options.engine)),
  check('tools', toolFault(options.lastPass())),
]

const check = (name: ReadyCheck['name'], why: string | null): ReadyCheck => ({ name, ok: why === null, why })

async function storeFault(store: ReadinessOptions['store']): Promise<string | null> {
  try {
    await store.getMeta('ready')
    return null
  } catch (error) {
    return `the store cannot be read: ${error instanceof Error ? error.message : String(error)}`
  }
}

function meshFault({ roster, self, membership }: Engine): string | null {
  const others = (roster?.hosts ?? []).filter(({ id, state }) => id !== self && state === 'admitted')
  if (others.length === 0 || others.some(({ id }) => membership.isAlive(id))) return null
  return `none of ${others.length} other hosts can be heard: ${others.map(({ name }) => name).join(', ')}`
}

/** One tool may be read for several sorts of things. */
function toolFault({ ms, unreadable = new Map() }: Pick<Pass, 'ms' | 'unreadable'>): string | null {
  if (ms === undefined) return 'this host was not looked at yet'
  const faults = new Set(unreadable.values())
  return faults.size === 0 ? null : [...faults].join('; ')
}
