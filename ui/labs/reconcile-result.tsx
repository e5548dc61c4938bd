import type { HostReconciled } from '#agent/port.ts'
import { Trouble } from '../parts/error-box.tsx'

/** What each host found and did when it was asked to look. */
export const ReconcileResult = ({ hosts }: { readonly hosts: readonly HostReconciled[] }) => (
  <div class="reconciled" role="status">
    {hosts.map(({ host, done, wrong, unreachable }) => (
      <div key={host}>
        <strong>{host}</strong>{' '}
        {unreachable === undefined && done.length + wrong.length === 0 ? (
          <span class="hint">nothing to mend</span>
        ) : null}
        {unreachable === undefined ? null : (
          <Trouble tone="warn" what={`${host} could not be asked`} cause={unreachable} />
        )}
        <ul>
          {done.map(({ op, what, reason, ok, message }) => (
            <li key={`${op}${what}${reason}`} class={ok ? '' : 'tone-error'}>
              {ok ? '✓' : '✕'} {op} {what} <span class="hint">{message ?? reason}</span>
            </li>
          ))}
          {wrong.map(({ what, reason, error }) => (
            <li key={what} class="tone-error">
              ✕ {what}: {reason} <span class="hint">{error ?? ''}</span>
            </li>
          ))}
        </ul>
      </div>
    ))}
  </div>
)
