import { StateIcon } from '../parts/icon.tsx'
import { Prose } from '../parts/prose.tsx'
import { count } from '../time-text.ts'
import type { TextProblem } from './topology-text.ts'

interface ProblemListProps {
  readonly problems: readonly TextProblem[]
  /** Undefined while it is not known. */
  readonly isValid: boolean | undefined
  onGo(problem: TextProblem): void
}

/** Every mistake in a topology; each leads to its line. */
export function ProblemList({ problems, isValid, onGo }: ProblemListProps) {
  const errors = problems.filter(({ severity }) => severity === 'error').length
  const words =
    isValid === undefined
      ? 'Checking …'
      : problems.length === 0
        ? 'No mistakes.'
        : [
            errors === 0 ? '' : count(errors, 'mistake'),
            errors === problems.length ? '' : count(problems.length - errors, 'warning'),
          ]
            .filter((text) => text !== '')
            .join(', ')
  return (
    <section class="mistakes" aria-label="Mistakes">
      <p role="status" class="row">
        <StateIcon tone={isValid === undefined ? 'busy' : errors > 0 ? 'error' : problems.length > 0 ? 'warn' : 'ok'} />
        <strong>{words}</strong>
      </p>
      <ul>
        {problems.map((problem) => (
          <li key={`${problem.line}/${problem.column}/${problem.message}`}>
            <button type="button" class="plain" onClick={() => onGo(problem)}>
              <span class={`mono tone-${problem.severity === 'error' ? 'error' : 'warn'}`}>
                {problem.severity === 'error' ? '✕' : '▲'} {problem.line}:{problem.column}
              </span>
              <span>
                <Prose text={problem.message} />
              </span>
              {problem.path === '' ? null : <code class="hint">{problem.path}</code>}
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}
