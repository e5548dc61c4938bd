import { type Tone, toneOf } from '../states.ts'
import { StateIcon } from './icon.tsx'

/** A state as shape, colour and word. `tone`: where the word alone does not give it. */
export function Badge({
  state,
  tone = toneOf(state),
  title,
}: {
  readonly state: string
  readonly tone?: Tone
  readonly title?: string
}) {
  return (
    <span class={`badge tone-${tone}`} title={title}>
      <StateIcon tone={tone} />
      {state}
    </span>
  )
}
