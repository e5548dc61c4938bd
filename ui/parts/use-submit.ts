import { useRef, useState } from 'preact/hooks'

interface Submit {
  /** What the last try failed with; undefined where it did not. */
  readonly error: unknown
  readonly isBusy: boolean
  /** For `onSubmit` of a form. */
  submit(event: Event): void
}

/** Sends a form once, however often it is pressed; what goes wrong is kept to be shown in it. */
export function useSubmit(run: () => Promise<unknown>): Submit {
  const [error, setError] = useState<unknown>()
  const [isBusy, setBusy] = useState(false)
  const busy = useRef(false)
  const go = async (): Promise<void> => {
    if (busy.current) return
    busy.current = true
    setBusy(true)
    setError(undefined)
    try {
      await run()
    } catch (problem) {
      setError(problem)
    } finally {
      busy.current = false
      setBusy(false)
    }
  }
  return {
    error,
    isBusy,
    submit: (event) => {
      event.preventDefault()
      void go()
    },
  }
}
