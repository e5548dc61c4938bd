import { useEffect, useRef, useState } from 'preact/hooks'
import { view } from '../stores.ts'
import { changesOf, type States, statesOf } from './changes.ts'

/** Reads changes of state aloud, and nothing else. */
export function Announcer() {
  const before = useRef<States | undefined>(undefined)
  const [text, setText] = useState('')
  const mesh = view.value
  useEffect(() => {
    if (mesh === null) return
    const now = statesOf(mesh)
    const changes = before.current === undefined ? [] : changesOf(before.current, now)
    before.current = now
    if (changes.length > 0) setText(changes.slice(0, 5).join('. '))
  }, [mesh])
  return (
    <div class="hidden" aria-live="polite" aria-atomic="true">
      {text}
    </div>
  )
}
