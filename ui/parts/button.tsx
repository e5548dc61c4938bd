import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { ApiError } from '../api.ts'
import { failed } from '../toasts.ts'

interface ButtonProps {
  readonly children: ComponentChildren
  /** While its promise is open the button waits; a rejection is told by a toast. */
  onClick?(): unknown
  readonly kind?: 'primary' | 'danger' | 'quiet'
  readonly type?: 'button' | 'submit'
  readonly disabled?: boolean
  /** Why it is disabled, or what it does. */
  readonly title?: string
  readonly label?: string
}

/** A button that does one thing at a time. */
export function Button({ children, onClick, kind, type = 'button', disabled = false, title, label }: ButtonProps) {
  const [isBusy, setBusy] = useState(false)
  const press = async (): Promise<void> => {
    if (onClick === undefined) return
    setBusy(true)
    try {
      await onClick()
    } catch (error) {
      failed(error)
    } finally {
      setBusy(false)
    }
  }
  return (
    <button
      type={type}
      class={`button ${kind ?? ''}`}
      disabled={disabled || isBusy}
      aria-busy={isBusy}
      title={title}
      aria-label={label}
      onClick={() => void press()}
    >
      {children}
    </button>
  )
}

/** Puts a text on the clipboard. */
export function CopyButton({ text, label = 'Copy' }: { readonly text: string; readonly label?: string }) {
  const [isDone, setDone] = useState(false)
  const copy = async (): Promise<void> => {
    if (!globalThis.isSecureContext)
      throw new ApiError(0, {
        message: 'browsers let pages copy only where they came by HTTPS',
        hint: 'Select the text and copy it by hand.',
      })
    await navigator.clipboard.writeText(text)
    setDone(true)
    setTimeout(() => setDone(false), 2_000)
  }
  return (
    <Button onClick={copy}>
      <span aria-live="polite">{isDone ? 'Copied' : label}</span>
    </Button>
  )
}
