import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { type KeyBinding, KeyReader } from './keys.ts'
import { singleKeys } from './settings.ts'

/** What the keyboard does now; the help lists it. */
export const bindings = signal<readonly KeyBinding[]>([])

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || target.closest('input, textarea, select, .xterm, .cm-editor') !== null)

/** Adds keys; the answer takes them back. */
export function bindKeys(more: readonly KeyBinding[]): () => void {
  bindings.value = [...bindings.value, ...more]
  return () => {
    bindings.value = bindings.value.filter((one) => !more.includes(one))
  }
}

/** Keys of a screen, while it is shown. */
export function useKeys(more: readonly KeyBinding[]): void {
  useEffect(() => bindKeys(more), [])
}

/** Key presses do something from now on. */
export function startKeys(): void {
  const reader = new KeyReader()
  document.addEventListener('keydown', (event) => {
    const { key, ctrlKey: ctrl, metaKey: meta, altKey: alt } = event
    if (document.querySelector('dialog[open]') !== null && key !== 'k') return
    const press = { key, ctrl, meta, alt, isTyping: isTyping(event.target), atMs: event.timeStamp }
    const binding = reader.read(press, bindings.value, singleKeys.value)
    if (binding === undefined) return
    event.preventDefault()
    binding.run()
  })
}
