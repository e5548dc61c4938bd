import { closeToast, toasts } from '../toasts.ts'
import { Button } from './button.tsx'
import { StateIcon } from './icon.tsx'
import { Prose } from './prose.tsx'

/** What was done and what failed, in the corner. */
export function Toasts() {
  return (
    <div class="toasts" role="log" aria-live="polite" aria-label="What was done">
      {toasts.value.map(({ id, tone, text, hint, host }) => (
        <div key={id} class={`toast ${tone}`}>
          <StateIcon tone={tone} />
          <div>
            <p>
              <Prose text={text} />
            </p>
            {hint === undefined ? null : (
              <p class="hint">
                <Prose text={hint} />
              </p>
            )}
            {host === undefined ? null : <p class="hint">by {host}</p>}
          </div>
          <Button kind="quiet" label="Close" onClick={() => closeToast(id)}>
            ✕
          </Button>
        </div>
      ))}
    </div>
  )
}
