import { Due, type DueOptions } from './due.ts'
import { Schedules, type SchedulesOptions } from './schedules.ts'

export interface ScheduleSideOptions extends SchedulesOptions, Pick<DueOptions, 'create' | 'tell' | 'onFatal'> {}

/** Exercises that are made again and again. */
export interface ScheduleSide extends Pick<Schedules, 'list' | 'set' | 'remove'> {
  /** To be called each second or so. */
  look(): void
}

/** Puts it together; nothing runs by itself. */
export const createScheduleSide = (options: ScheduleSideOptions): ScheduleSide => {
  const { engine } = options
  const schedules = new Schedules(options)
  const due = new Due({
    ...options,
    leads: () => (engine.leader.host === null ? undefined : engine.leader.host === engine.self),
    schedules: () => schedules.all(),
  })
  return {
    list: () => schedules.list(),
    set: (wish) => schedules.set(wish),
    remove: (name) => schedules.remove(name),
    look: () => due.look(),
  }
}
