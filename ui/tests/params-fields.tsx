import { useId } from 'preact/hooks'
import { Select } from '../parts/field.tsx'
import type { ParamsForm, ReadParams } from './params-form.ts'

const WHATS = [
  { value: 'tcp', text: 'TCP' },
  { value: 'udp', text: 'UDP' },
  { value: 'ping', text: 'ping: round trips alone' },
] as const
const DIRECTIONS = [
  { value: 'forward', text: 'the source sends' },
  { value: 'reverse', text: 'the destination sends' },
  { value: 'bidir', text: 'both at once' },
] as const
const WAYS = [
  { value: 'overlay', text: 'through WireGuard' },
  { value: 'underlay', text: 'the network below it' },
] as const

interface FieldsProps {
  readonly form: ParamsForm
  readonly mistakes: ReadParams['mistakes']
  onChange(form: ParamsForm): void
}

/** How it is measured. */
export function ParamsFields({ form, mistakes, onChange }: FieldsProps) {
  const set = (change: Partial<ParamsForm>): void => onChange({ ...form, ...change })
  const isPing = form.what === 'ping'
  const number = (name: 'timeS' | 'parallel' | 'samples' | 'rateMbps', label: string, unit = '') => (
    <NumberField
      {...{ label, unit, value: form[name], mistake: mistakes?.[name] }}
      onInput={(value) => set({ [name]: value })}
    />
  )
  return (
    <>
      <div class="params">
        <Select label="What" value={form.what} options={WHATS} onChange={(what) => set({ what })} />
        {isPing ? null : (
          <Select
            label="Direction"
            value={form.direction}
            options={DIRECTIONS}
            onChange={(direction) => set({ direction })}
          />
        )}
        <Select label="Between hosts" value={form.way} options={WAYS} onChange={(way) => set({ way })} />
        {number('timeS', 'Time of a sample', 's')}
        {number('samples', 'Samples')}
        {isPing ? null : number('parallel', 'Streams')}
        {isPing ? null : number('rateMbps', form.what === 'udp' ? 'Rate (1 if empty)' : 'Rate at most', 'Mbit/s')}
      </div>
      <label class="check">
        <input
          type="checkbox"
          checked={form.isBackground}
          aria-invalid={mistakes?.isBackground !== undefined}
          onChange={(event) => set({ isBackground: event.currentTarget.checked })}
        />
        Background: so little that it may overlap with other tests
      </label>
      {mistakes?.isBackground === undefined ? null : <p class="hint error">{mistakes.isBackground}</p>}
    </>
  )
}

interface NumberProps {
  readonly label: string
  readonly unit: string
  readonly value: string
  readonly mistake: string | undefined
  onInput(value: string): void
}

function NumberField({ label, unit, value, mistake, onInput }: NumberProps) {
  const id = useId()
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <span class="with-unit">
        <input
          id={id}
          inputMode="decimal"
          autocomplete="off"
          value={value}
          aria-invalid={mistake !== undefined}
          aria-describedby={mistake === undefined ? undefined : `${id}-wrong`}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
        {unit}
      </span>
      {mistake === undefined ? null : (
        <span id={`${id}-wrong`} class="hint error">
          {mistake}
        </span>
      )}
    </div>
  )
}
