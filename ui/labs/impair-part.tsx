import { useState } from 'preact/hooks'
import type { ImpairedLink, ImpairLink, LinkView } from '#agent/port.ts'
import { impairmentText } from '#core/impairment/text.ts'
import { post } from '../api.ts'
import { Button } from '../parts/button.tsx'
import { may } from '../stores.ts'
import { done } from '../toasts.ts'
import { endPath } from './actions.ts'
import { formOf, type ImpairForm, readForm } from './impair-form.ts'

const FIELDS: readonly (readonly [keyof ImpairForm, string, string])[] = [
  ['delayMs', 'Delay', 'ms'],
  ['jitterMs', 'Jitter', 'ms'],
  ['lossPercent', 'Loss', '%'],
  ['corruptPercent', 'Corruption', '%'],
  ['rateMbps', 'Rate', 'Mbit/s'],
  ['flapDownS', 'Flap: down', 's'],
  ['flapUpS', 'Flap: up', 's'],
]

/** Makes a link worse on purpose, takes it down, or makes it whole again. */
export function ImpairPart({ lab, link }: { readonly lab: string; readonly link: LinkView }) {
  const [form, setForm] = useState(() => formOf(link))
  const { ask, mistakes } = readForm(form)
  const now = Object.values(link.impairments ?? {})
  const isDown = now.some(({ down }) => down === true)
  const set = async (wish: ImpairLink, text: string): Promise<void> => {
    const [end] = link.endpoints
    if (end === undefined) return
    const { impairments } = await post<ImpairedLink>(`${endPath(lab, end)}/impairment`, wish)
    setForm(formOf({ impairments }))
    done(`${link.id}: ${text}`)
  }
  const isAllowed = may('operator')
  return (
    <details class="part" open={now.length > 0}>
      <summary>Impair</summary>
      <p class="hint">
        {now.length === 0
          ? 'Nothing is done to it on purpose.'
          : Object.entries(link.impairments ?? {})
              .map(([end, what]) => `${end}: ${impairmentText(what)}`)
              .join('; ')}
      </p>
      <form
        class="impair"
        onSubmit={(event) => {
          event.preventDefault()
        }}
      >
        {FIELDS.map(([name, label, unit]) => (
          <label key={name} class="small-field">
            <span>{label}</span>
            <span class="with-unit">
              <input
                inputMode="decimal"
                autocomplete="off"
                value={form[name]}
                aria-invalid={mistakes?.[name] !== undefined}
                onInput={(event) => setForm({ ...form, [name]: event.currentTarget.value })}
              />
              <span class="hint">{unit}</span>
            </span>
            {mistakes?.[name] === undefined ? null : <span class="hint error">{mistakes[name]}</span>}
          </label>
        ))}
      </form>
      <p class="row">
        <Button
          kind="primary"
          disabled={!isAllowed || ask === null}
          onClick={() => (ask === null ? undefined : set(ask, 'impaired as asked'))}
        >
          Apply
        </Button>
        <Button disabled={!isAllowed || now.length === 0} onClick={() => set({ clear: true, up: true }, 'whole again')}>
          Clear
        </Button>
        <Button
          disabled={!isAllowed}
          onClick={() => (isDown ? set({ up: true }, 'taken up') : set({ down: true }, 'taken down'))}
        >
          {isDown ? 'Take up' : 'Take down'}
        </Button>
      </p>
    </details>
  )
}
