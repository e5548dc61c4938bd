import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import { Button } from './button.tsx'
import { ErrorBox } from './error-box.tsx'

interface DialogProps {
  readonly title: string
  readonly children: ComponentChildren
  /** `drawer`: at the right side, the page stays in sight. */
  readonly kind?: 'dialog' | 'drawer'
  onClose(): void
}

/** Asks something; Esc closes it, focus stays inside and goes back where it was. */
export function Dialog({ title, children, kind = 'dialog', onClose }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    ref.current?.showModal()
    return () => ref.current?.close()
  }, [])
  return (
    <dialog ref={ref} class={kind} aria-labelledby={id} onClose={onClose}>
      <header class="dialog-head">
        <h2 id={id}>{title}</h2>
        <Button kind="quiet" label="Close" onClick={onClose}>
          ✕
        </Button>
      </header>
      <div class="dialog-body">{children}</div>
    </dialog>
  )
}

/** A dialog at the right side. */
export const Drawer = (props: Omit<DialogProps, 'kind'>) => <Dialog {...props} kind="drawer" />

interface ConfirmProps {
  readonly title: string
  /** What has to be typed. */
  readonly name: string
  /** What will happen. */
  readonly children: ComponentChildren
  readonly action: string
  run(): Promise<unknown>
  onClose(): void
}

/** Before what cannot be taken back: its name has to be typed. Closes once `run` is done; a failure is shown inside. */
export function ConfirmName({ title, name, children, action, run, onClose }: ConfirmProps) {
  const [typed, setTyped] = useState('')
  const [error, setError] = useState<unknown>()
  const go = async (): Promise<void> => {
    try {
      await run()
      onClose()
    } catch (problem) {
      setError(problem)
    }
  }
  const submit = (event: Event): void => {
    event.preventDefault()
    if (typed === name) void go()
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={submit}>
        {children}
        <label class="field">
          <span>
            Type <strong>{name}</strong> to confirm
          </span>
          <input
            value={typed}
            autocomplete="off"
            spellcheck={false}
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        </label>
        {error === undefined ? null : <ErrorBox error={error} />}
        <p class="actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="danger" disabled={typed !== name} onClick={go}>
            {action}
          </Button>
        </p>
      </form>
    </Dialog>
  )
}
