import { useEffect, useRef, useState } from 'preact/hooks'
import { ApiError, get } from '../api.ts'

/** What a path answered last. `error`: the last try failed with it, and `value` may be old. */
export interface Poll<T> {
  readonly value: T | undefined
  readonly error: unknown
  /** Asks at once, as after a change. */
  load(): void
}

interface Known<T> {
  readonly value?: T
  readonly error?: unknown
}

const AGAIN_MS = 3_000

/** Asks a path again and again while it is shown and looked at; `everyMs` says how long to wait after an answer. */
export function usePoll<T>(path: string, everyMs: (value: T) => number): Poll<T> {
  const [known, setKnown] = useState<Known<T>>({})
  const asker = useRef<() => void>(() => undefined)
  useEffect(() => {
    const control = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    let newest = 0
    const look = async (): Promise<void> => {
      clearTimeout(timer)
      newest += 1
      const mine = newest
      let waitMs = AGAIN_MS
      try {
        if (!document.hidden || mine === 1) {
          const value = await get<T>(path, control.signal)
          if (mine !== newest || control.signal.aborted) return
          waitMs = everyMs(value)
          setKnown({ value })
        }
      } catch (error) {
        if (mine !== newest || control.signal.aborted) return
        setKnown(({ value }) => ({ error, ...(isGone(error) || value === undefined ? {} : { value }) }))
      }
      timer = setTimeout(() => void look(), waitMs)
    }
    asker.current = () => void look()
    void look()
    return () => {
      control.abort()
      clearTimeout(timer)
    }
  }, [path])
  return { value: known.value, error: known.error, load: () => asker.current() }
}

const isGone = (error: unknown): boolean => error instanceof ApiError && error.status === 404
