import { useEffect, useRef, useState } from 'preact/hooks'
import { theme } from '../settings.ts'
import { me, signOut } from '../stores.ts'

const THEMES = ['auto', 'light', 'dark'] as const

/** Who is signed in, the theme, the keys, the way out. */
export function UserMenu({ onKeys }: { onKeys(): void }) {
  const [isOpen, setOpen] = useState(false)
  const box = useRef<HTMLDivElement>(null)
  useCloseOutside(box, isOpen, () => setOpen(false))
  const go = (call: () => unknown) => () => {
    setOpen(false)
    call()
  }
  return (
    <div class="user-menu" ref={box}>
      <button
        type="button"
        class="plain"
        aria-expanded={isOpen}
        aria-controls="user-menu"
        onClick={() => setOpen(!isOpen)}
      >
        {me.value?.name ?? ''} <span aria-hidden="true">▾</span>
      </button>
      {isOpen ? (
        <div class="menu" id="user-menu">
          <p class="hint">{me.value?.role}</p>
          <ThemeChoice />
          <button type="button" onClick={go(onKeys)}>
            Keys <kbd>?</kbd>
          </button>
          <a href="/settings" onClick={() => setOpen(false)}>
            Settings
          </a>
          <button type="button" onClick={go(signOut)}>
            Sign out
          </button>
        </div>
      ) : null}
    </div>
  )
}

/** Light, dark, or as the system has it. */
export function ThemeChoice() {
  return (
    <fieldset class="choice">
      <legend>Theme</legend>
      {THEMES.map((one) => (
        <label key={one}>
          <input
            type="radio"
            name="theme"
            checked={theme.value === one}
            onChange={() => {
              theme.value = one
            }}
          />
          <span>{one}</span>
        </label>
      ))}
    </fieldset>
  )
}

function useCloseOutside(box: { readonly current: HTMLElement | null }, isOpen: boolean, close: () => void): void {
  useEffect(() => {
    if (!isOpen) return
    const onPointer = (event: Event): void => {
      if (event.target instanceof Node && box.current?.contains(event.target) !== true) close()
    }
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') close()
    }
    document.addEventListener('pointerdown', onPointer)
    document.addEventListener('keydown', onKey)
    return () => {
      document.removeEventListener('pointerdown', onPointer)
      document.removeEventListener('keydown', onKey)
    }
  }, [isOpen])
}
