import { asApiError } from '../api.ts'
import { StateIcon } from './icon.tsx'
import { Prose } from './prose.tsx'

/** Something red or yellow: what, why, and what to do next. */
export function Trouble({
  what,
  cause,
  next,
  tone = 'error',
}: {
  readonly what: string
  readonly cause?: string | undefined
  readonly next?: string | undefined
  readonly tone?: 'error' | 'warn'
}) {
  return (
    <div class={`trouble ${tone}`} role={tone === 'error' ? 'alert' : 'status'}>
      <StateIcon tone={tone} />
      <div>
        <p class="what">
          <Prose text={what} />
        </p>
        {cause === undefined ? null : (
          <p>
            <Prose text={cause} />
          </p>
        )}
        {next === undefined ? null : (
          <p class="next">
            <strong>Next:</strong> <Prose text={next} />
          </p>
        )}
      </div>
    </div>
  )
}

/** An error of the API: what happened and what to do next. */
export function ErrorBox({ error }: { readonly error: unknown }) {
  const { message, hint, details } = asApiError(error)
  const problems = Array.isArray(details.problems)
    ? (details.problems as readonly { path?: string; message?: string }[])
    : []
  return (
    <div>
      <Trouble what={message} next={hint} />
      {problems.length < 2 ? null : (
        <ul class="problems">
          {problems.map(({ path = '', message: text = '' }) => (
            <li key={path + text}>
              <code>{path}</code> {text}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
