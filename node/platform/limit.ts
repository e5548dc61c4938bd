/** Runs work with at most a fixed number at once; the rest waits in order. */
export interface Limit {
  /** Starts `work` when a place is free; settles as it does. */
  run<T>(work: () => Promise<T>): Promise<T>
}

/** `places` is how many may run at once, at least 1. */
export const createLimit = (places: number): Limit => {
  const waiting: (() => void)[] = []
  let free = places
  const acquire = (): Promise<void> => {
    if (free > 0) {
      free -= 1
      return Promise.resolve()
    }
    return new Promise((resolve) => waiting.push(resolve))
  }
  const release = (): void => {
    const next = waiting.shift()
    if (next === undefined) free += 1
    else next()
  }
  return {
    run: async (work) => {
      await acquire()
      try {
        return await work()
      } finally {
        release()
      }
    },
  }
}
