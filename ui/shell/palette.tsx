import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { part } from '../api.ts'
import { navigate } from '../router.ts'
import { SCREENS } from '../screens/index.ts'
import { view } from '../stores.ts'
import { rank } from './rank.ts'

interface Target {
  readonly text: string
  readonly kind: string
  readonly to: string
}

function targets(): readonly Target[] {
  const mesh = view.value
  return [
    ...SCREENS.flatMap(({ title, path, menu }) =>
      menu === undefined ? [] : [{ text: title, kind: 'page', to: path }],
    ),
    ...(mesh?.labs ?? []).map(({ name }) => ({ text: name, kind: 'lab', to: `/labs/${part(name)}` })),
    ...(mesh?.hosts ?? []).map(({ name }) => ({ text: name, kind: 'host', to: `/mesh?host=${part(name)}` })),
  ]
}

const foundBy = (text: string): readonly Target[] => rank(targets(), text).slice(0, 12)

/** Finds a page, a lab or a host by some of its letters. */
export function Palette({ onClose }: { onClose(): void }) {
  const ref = useRef<HTMLDialogElement>(null)
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  // Before the next key is read: who types at once types here.
  useLayoutEffect(() => ref.current?.showModal(), [])
  const found = foundBy(text)
  const go = (target: Target | undefined): void => {
    if (target === undefined) return
    onClose()
    navigate(target.to)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (by !== 0) setAt((at + by + found.length) % Math.max(1, found.length))
    else if (event.key === 'Enter') {
      // What was typed just now may not be shown yet.
      const typed = ref.current?.querySelector('input')?.value ?? text
      go(typed === text ? found[at] : foundBy(typed)[0])
    } else return
    event.preventDefault()
  }
  return (
    <dialog ref={ref} class="palette" aria-label="Find" onClose={onClose}>
      <input
        type="text"
        role="combobox"
        autocomplete="off"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={found.length === 0 ? undefined : `palette-${at}`}
        aria-label="A page, a lab or a host"
        placeholder="A page, a lab or a host"
        value={text}
        onKeyDown={onKeyDown}
        onInput={(event) => {
          setText(event.currentTarget.value)
          setAt(0)
        }}
      />
      <div id="palette-list" role="listbox" aria-label="Found">
        {found.map((target, index) => (
          <div
            key={target.to + target.text}
            id={`palette-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === at}
            onClick={() => go(target)}
            onKeyDown={onKeyDown}
          >
            {target.text} <span>{target.kind}</span>
          </div>
        ))}
      </div>
      {found.length === 0 ? <p class="hint">Nothing is called so.</p> : null}
    </dialog>
  )
}
