import { ERRORS } from '../model/errors.ts'
import type { HostState } from '../model/lab.ts'
import { labProblems } from './lab-problems.ts'
import type { LabView, Problem } from './types.ts'

/** What problems are found in: the mesh as one host sees it. */
export interface ProblemsInput {
  /** Name of the host that looks. */
  readonly self: string
  readonly hosts: readonly { readonly name: string; readonly state: HostState; readonly reason?: string }[]
  readonly leader: string | null
  /** Voters that can be heard, and how many of them decide. */
  readonly quorum: { readonly have: number; readonly need: number }
  /** Voters that cannot be heard. */
  readonly missing: readonly string[]
  readonly labs: readonly LabView[]
  /** How this host reaches others. */
  readonly paths: readonly {
    readonly name: string
    readonly inUse: string | null
    readonly paths: readonly { readonly path: string; readonly condition: string }[]
  }[]
}

/** More are counted, not told: who has so many needs the first ones. */
export const MAX_PROBLEMS = 200

/** All that is wrong, errors first, then in the order of hosts, quorum, paths and labs. */
export function problems(input: ProblemsInput): readonly Problem[] {
  const found = [
    ...quorumProblems(input),
    ...input.hosts.flatMap((host) => hostProblem(host, input.self)),
    ...input.labs.flatMap(labProblems),
    ...pathProblems(input),
  ]
  const ordered = [
    ...found.filter(({ severity }) => severity === 'error'),
    ...found.filter(({ severity }) => severity === 'warn'),
  ]
  if (ordered.length <= MAX_PROBLEMS) return ordered
  const rest = ordered.length - MAX_PROBLEMS
  const more: Problem = {
    severity: 'warn',
    what: `${rest} more problems`,
    cause: `no more than ${MAX_PROBLEMS} are listed`,
    next: 'Mend the first ones; most others often go with them.',
  }
  return [...ordered.slice(0, MAX_PROBLEMS), more]
}

function quorumProblems({ leader, quorum: { have, need }, missing }: ProblemsInput): readonly Problem[] {
  if (have < need) {
    const cause = `${have} voters can be heard, ${need} are needed; missing: ${missing.join(', ')}`
    return [{ severity: 'error', what: 'no majority of voters', cause, next: ERRORS.NO_QUORUM.hint }]
  }
  if (leader !== null) return []
  const next = 'Wait some seconds. If it stays so, look with `skein quorum status`.'
  return [{ severity: 'warn', what: 'no host leads', cause: 'an election is under way', next }]
}

function hostProblem({ name, state, reason }: ProblemsInput['hosts'][number], self: string): readonly Problem[] {
  const cause = reason ?? 'it is not heard of'
  if (state === 'suspect') {
    const next = 'Wait some seconds: it is heard again, or called down.'
    return [{ severity: 'warn', what: `host ${name} is suspect`, cause, next, host: name }]
  }
  if (state === 'down') {
    const next = `Start the machine or its agent (\`systemctl start skein\`); of one that is gone for good, \`skein host remove ${name}\`.`
    return [{ severity: 'error', what: `host ${name} is down`, cause, next, host: name }]
  }
  if (state !== 'left' || name !== self) return []
  const next = 'Remove its data folder and join again with a new token, or uninstall it.'
  return [{ severity: 'error', what: 'this host is no longer of the mesh', cause, next, host: name }]
}

function pathProblems({ hosts, paths }: ProblemsInput): readonly Problem[] {
  const alive = new Set(hosts.flatMap(({ name, state }) => (state === 'alive' ? [name] : [])))
  return paths
    .filter(({ name }) => alive.has(name))
    .flatMap((peer) =>
      peer.paths
        .filter(({ condition }) => condition === 'lost' || condition === 'degraded')
        .map(({ path, condition }): Problem => {
          const cause = condition === 'lost' ? 'probes on it are not answered' : 'probes on it are lost or late'
          const next = `Look at that network; ${peer.inUse === path ? 'what goes to that host goes there now' : 'the other path is used'}.`
          return {
            severity: 'warn',
            what: `the ${path} path to ${peer.name} is ${condition}`,
            cause,
            next,
            host: peer.name,
          }
        }),
    )
}
