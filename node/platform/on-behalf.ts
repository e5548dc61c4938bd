import { AsyncLocalStorage } from 'node:async_hooks'

const asked = new AsyncLocalStorage<string>()

/** The longest name that is handed on. */
const MAX_NAME = 100

/** Does `work`, and all that comes of it, on behalf of `name`: who asked for it, in words. */
export const onBehalfOf = <T>(name: string, work: () => T): T => asked.run(name.slice(0, MAX_NAME), work)

/** On whose behalf this is done; undefined where nobody asked. */
export const whoAsked = (): string | undefined => asked.getStore()
