import { part } from '../api.ts'
import { Drawer } from '../parts/dialog.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { Trouble } from '../parts/error-box.tsx'
import { view } from '../stores.ts'
import type { Problem } from '../view.ts'

/** All that is wrong, each with cause and next action. */
export function Problems({ onClose }: { onClose(): void }) {
  const problems = view.value?.problems ?? []
  return (
    <Drawer title="What is wrong" onClose={onClose}>
      {problems.length === 0 ? (
        <EmptyState title="Nothing, as this host sees it." />
      ) : (
        <ul class="problem-list">
          {problems.map((problem) => (
            <li key={[problem.what, problem.lab, problem.link, problem.node, problem.host].join('\n')}>
              <Trouble what={problem.what} cause={problem.cause} next={problem.next} tone={problem.severity} />
              <Where problem={problem} onGo={onClose} />
            </li>
          ))}
        </ul>
      )}
    </Drawer>
  )
}

function Where({ problem: { lab, host, link, node }, onGo }: { readonly problem: Problem; onGo(): void }) {
  if (lab !== undefined)
    return (
      <a
        href={`/labs/${part(lab)}${link === undefined ? (node === undefined ? '' : `?node=${part(node)}`) : `?link=${part(link)}`}`}
        onClick={onGo}
      >
        Open {link === undefined ? (node === undefined ? '' : `${node} in `) : `${link} in `}lab {lab}
      </a>
    )
  return host === undefined ? null : (
    <a href="/mesh" onClick={onGo}>
      Look at the mesh
    </a>
  )
}
