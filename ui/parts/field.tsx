import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'

interface FieldProps {
  readonly label: string
  readonly value: string
  onInput(value: string): void
  readonly type?: 'text' | 'password'
  readonly autocomplete?: 'off' | 'username' | 'current-password' | 'new-password' | 'one-time-code'
  readonly hint?: string
  readonly required?: boolean
  readonly minLength?: number
  readonly autofocus?: boolean
}

/** A line of text with its name above and help below. */
export function Field({ label, value, onInput, type = 'text', hint, autocomplete = 'off', ...rest }: FieldProps) {
  const id = useId()
  const given = {
    ...rest,
    id,
    value,
    autocomplete,
    spellcheck: false,
    'aria-describedby': hint === undefined ? undefined : `${id}-hint`,
    onInput: (event: { readonly currentTarget: HTMLInputElement }) => onInput(event.currentTarget.value),
  }
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {type === 'password' ? <input type="password" {...given} /> : <input type="text" {...given} />}
      {hint === undefined ? null : (
        <span id={`${id}-hint`} class="hint">
          {hint}
        </span>
      )}
    </div>
  )
}

interface SelectProps<V extends string> {
  readonly label: string
  readonly value: V
  readonly options: readonly { readonly value: V; readonly text: string }[]
  onChange(value: V): void
}

/** One of few. */
export function Select<V extends string>({ label, value, options, onChange }: SelectProps<V>) {
  const id = useId()
  const choose = (text: string): void => {
    const found = options.find((option) => option.value === text)
    if (found !== undefined) onChange(found.value)
  }
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => choose(event.currentTarget.value)}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.text}
          </option>
        ))}
      </select>
    </div>
  )
}

/** Names and values, one under the other. */
export function Facts({ rows }: { readonly rows: readonly (readonly [name: string, value: ComponentChildren])[] }) {
  return (
    <dl class="facts">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
