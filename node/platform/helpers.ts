import type { ProcessCommand, Result } from './exec.ts'
import { toolFailed } from './failure.ts'
import { Helper } from './helper.ts'
import { createLimit } from './limit.ts'

/** So many commands run at once; some may wait for a switch that does not answer. */
const HELPERS = 6
/** One that nothing was asked of for so long ends. */
const IDLE_MS = 10_000

/** Helpers, as many as have to do; each is started when it is first needed, and again after it ended. `run` is as `Helper.run`. */
export const createHelpers = (): { run(command: ProcessCommand, signal?: AbortSignal): Promise<Result> } => {
  const places = createLimit(HELPERS)
  const idle: { readonly helper: Helper; readonly timer: NodeJS.Timeout }[] = []
  const rest = (helper: Helper): void => {
    if (helper.isOver) return
    const timer = setTimeout(() => {
      const at = idle.findIndex((one) => one.helper === helper)
      if (at >= 0) idle.splice(at, 1)
      helper.stop()
    }, IDLE_MS)
    timer.unref()
    idle.push({ helper, timer })
  }
  const take = (): Helper => {
    for (let last = idle.pop(); last !== undefined; last = idle.pop()) {
      clearTimeout(last.timer)
      if (!last.helper.isOver) return last.helper
    }
    return new Helper()
  }
  return {
    run: (command, signal) =>
      places.run(async () => {
        if (signal?.aborted === true) throw toolFailed(command, 'stopped on request')
        const helper = take()
        try {
          return await helper.run(command, signal)
        } finally {
          rest(helper)
        }
      }),
  }
}
