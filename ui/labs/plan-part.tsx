import type { PlanView } from '#agent/port.ts'
import { EmptyState } from '../parts/empty-state.tsx'
import { Trouble } from '../parts/error-box.tsx'
import { planRows, planSummary, planWarnings } from './plan-rows.ts'

const SIGNS = { '+': 'ok', '~': 'warn', '-': 'error', '=': 'unknown' } as const

/** What would come of a lab: what is made, changed and removed, each with its reason. */
export function PlanPart({ plan }: { readonly plan: PlanView }) {
  const rows = planRows(plan)
  const warnings = planWarnings(plan)
  return (
    <section class="plan" aria-label="Plan">
      <h2>
        Plan of {plan.lab}: {planSummary(rows)}
      </h2>
      <p class="hint">
        {plan.running === null
          ? 'It does not run yet.'
          : `Revision ${plan.running} runs; only the difference is applied.`}
      </p>
      {warnings.map((warning) => (
        <Trouble key={warning} tone="warn" what={warning} />
      ))}
      {rows.length === 0 ? (
        <EmptyState title="Nothing to do." />
      ) : (
        <div class="table-box">
          <table>
            <caption class="hidden">What the plan does</caption>
            <thead>
              <tr>
                <th scope="col">What</th>
                <th scope="col">Name</th>
                <th scope="col">Where</th>
                <th scope="col">Why</th>
              </tr>
            </thead>
            <tbody>
              {rows.map(({ sign, part, name, change, where, why }) => (
                <tr key={`${part}/${name}`}>
                  <td class={`change tone-${SIGNS[sign]}`}>
                    <span class="mono">{sign}</span> {change} {part}
                  </td>
                  <td>
                    <code>{name}</code>
                  </td>
                  <td>{where}</td>
                  <td>{why}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}
