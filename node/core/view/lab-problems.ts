import { ERRORS } from '../model/errors.ts'
import type { LabView, LinkView, NodeView, Problem } from './types.ts'

/** What is wrong with a lab: what it waits for, its nodes, its links. What is just being made is not wrong. */
export const labProblems = (lab: LabView): readonly Problem[] => [
  ...waitingProblem(lab),
  ...lab.nodes.flatMap((node) => nodeProblem(lab, node)),
  ...lab.links.flatMap((link) => linkProblem(lab, link)),
]

function waitingProblem({ name, waiting }: LabView): readonly Problem[] {
  if (waiting === undefined) return []
  const { code, message } = waiting
  const what = `lab ${name} waits`
  // It goes on by itself as soon as there is a majority; whatever else it is refused for stays until a person acts.
  const severity = code === 'NO_QUORUM' ? 'warn' : 'error'
  return [{ severity, what, cause: message, next: ERRORS[code].hint, lab: name }]
}

function nodeProblem({ name: lab }: LabView, node: NodeView): readonly Problem[] {
  const isWrong = node.state === 'error' || node.state === 'stopped'
  if (!isWrong && node.error === undefined) return []
  const place = node.host === null || node.host === '' ? {} : { host: node.host }
  const { what, next } = ofNode(lab, node)
  const cause = node.error ?? 'it ended without being asked to'
  return [{ severity: isWrong ? 'error' : 'warn', what, cause, next, lab, node: node.name, ...place }]
}

/** As drivers and the carrying of images word it. */
const IMAGE_LACKS = /^image \S+ (?:of \S+ )?(?:\(\S+\) )?is (?:not|here)\b/

function ofNode(lab: string, { name, error = '', doing, state }: NodeView): Pick<Problem, 'what' | 'next'> {
  if (IMAGE_LACKS.test(error))
    return { what: `the image of node ${name} of lab ${lab} is missing`, next: ERRORS.IMAGE_MISSING.hint }
  const what = state === 'stopped' ? `node ${name} of lab ${lab} has stopped` : `node ${name} of lab ${lab} has failed`
  return {
    what,
    next: remedy(error, doing) ?? `It is tried again by itself; see what it says: \`skein lab logs ${lab} ${name}\`.`,
  }
}

function linkProblem({ name: lab }: LabView, { id, state, error, doing }: LinkView): readonly Problem[] {
  if (state !== 'error') return []
  const next = remedy(error, doing) ?? `It is mended by itself; \`skein lab reconcile ${lab}\` does so now.`
  return [
    { severity: 'error', what: `link ${id} of lab ${lab} is broken`, cause: error ?? 'unknown', next, lab, link: id },
  ]
}

/** Where the cause is a host that is not there, that host; else what is being done already. */
function remedy(error = '', doing: string | undefined): string | undefined {
  const gone = /^host (\S+) (is down|has left)$/.exec(error)
  if (gone?.[2] === 'is down') return `Start host ${gone[1]}; it comes back by itself then.`
  if (gone !== null) return 'Submit the lab again: it is placed on hosts that are there.'
  return doing === undefined ? undefined : `Wait: ${doing}.`
}
