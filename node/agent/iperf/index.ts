import { MeshError } from '#core/model/errors.ts'
import type { HostId } from '#core/model/ids.ts'
import type { IperfPort } from '../port-iperf.ts'
import type { IperfDeps } from './deps.ts'

/** Measuring: what the API asks, what other hosts ask, and what goes on by itself. */
export interface IperfSide {
  readonly port: IperfPort
  /** By name of the request; the body is not checked yet. */
  readonly requests: Readonly<Record<string, (body: unknown, from: HostId) => Promise<unknown>>>
  start(): Promise<void>
  /** Ends what runs. */
  stop(): Promise<void>
}

/** Puts it together; nothing runs before `start`. */
export function createIperfSide(_deps: IperfDeps): IperfSide {
  const never = (): never => {
    throw new MeshError('BUSY', 'this host does not measure yet')
  }
  return {
    port: {
      plan: async () => never(),
      create: async () => never(),
      addTest: async () => never(),
      start: async () => never(),
      stop: async () => never(),
      remove: async () => never(),
      list: () => [],
      exercise: never,
      tasks: () => [],
      task: never,
      cancelTask: async () => never(),
      raw: async () => never(),
      matrix: () => ({ ends: [], cells: [] }),
      reservations: async () => [],
      schedules: () => [],
      setSchedule: async () => never(),
      removeSchedule: async () => never(),
      attached: {
        create: async () => never(),
        list: () => [],
        get: never,
        remove: async () => never(),
        register: async () => never(),
        heartbeat: async () => never(),
        claim: async () => never(),
        started: async () => never(),
        result: async () => never(),
      },
    },
    requests: {},
    start: async () => undefined,
    stop: async () => undefined,
  }
}
