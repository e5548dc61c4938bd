import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { again } from './again.ts'
import { ErrorBox } from './parts/error-box.tsx'

/** A component whose code comes when it is first shown. */
export function lazy<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  let loaded: ComponentType<P> | undefined
  return function Lazy(props: P) {
    const [Component, setComponent] = useState<ComponentType<P> | undefined>(() => loaded)
    const [error, setError] = useState<unknown>()
    useEffect(() => {
      if (Component !== undefined) return
      again(load).then((found) => {
        loaded = found
        setComponent(() => found)
      }, setError)
    }, [])
    if (error !== undefined) return <ErrorBox error={error} />
    return Component === undefined ? <p class="loading">Loading …</p> : <Component {...props} />
  }
}
