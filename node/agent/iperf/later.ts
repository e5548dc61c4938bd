/** Resolves after so many milliseconds, or once the signal fires. */
export const later = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted === true) return resolve()
    const done = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal?.addEventListener('abort', done, { once: true })
  })

/** What the promise comes to; undefined where that takes longer. Rejects as it does. */
export const within = async <T>(promise: Promise<T>, ms: number): Promise<T | undefined> => {
  const patience = new AbortController()
  try {
    return await Promise.race([promise, later(ms, patience.signal).then(() => undefined)])
  } finally {
    patience.abort()
  }
}
