import type { LabView } from '#agent/port.ts'
import type { Row } from '../instruments.ts'
import { LIMITS } from '../names.ts'
import { flag, type Part, tally } from './part.ts'

/** Labs, their nodes and links. Each host shows the links that end on it, so that a mesh shows each link twice at most. */
export const showLabs: Part = ({ self, labViews }, { show }) => {
  const { name: own } = self()
  const all = labViews()
  const shown = all.slice(0, LIMITS.labs)
  show(
    'skein_labs',
    tally(
      all.map(({ state }) => state),
      ['up'],
    ).map(([state, count]) => [{ state }, count]),
  )
  show(
    'skein_lab_state',
    shown.map(({ name: lab, state }) => [{ lab, state }, 1]),
  )
  show('skein_lab_nodes', shown.flatMap(nodesOf))
  show('skein_lab_links', shown.flatMap(linksOf))
  show('skein_nodes_here', here(all, own))
  const links = showLinks(shown, { own, show })
  show('skein_left_out', [
    [{ of: 'labs' }, all.length - shown.length],
    [{ of: 'links' }, endingOn(all, own).length - links],
  ])
}

const nodesOf = ({ name: lab, nodes }: LabView): Row<'skein_lab_nodes'>[] =>
  tally(
    nodes.map(({ state }) => state),
    ['running'],
  ).map(([state, count]) => [{ lab, state }, count])

const linksOf = ({ name: lab, links }: LabView): Row<'skein_lab_links'>[] =>
  tally(
    links.map(({ state }) => state),
    ['up'],
  ).map(([state, count]) => [{ lab, state }, count])

const here = (labs: readonly LabView[], own: string): Row<'skein_nodes_here'>[] => {
  const states = labs.flatMap(({ nodes }) => nodes.filter(({ host }) => host === own).map(({ state }) => state))
  return tally(states, ['running']).map(([state, count]) => [{ state }, count])
}

const endingOn = (labs: readonly LabView[], own: string) =>
  labs.flatMap(({ links }) => links.filter(({ endpoints }) => endpoints.some(({ host }) => host === own)))

/** Answers how many are shown. */
const showLinks = (
  labs: readonly LabView[],
  { own, show }: { readonly own: string; readonly show: Parameters<Part>[1]['show'] },
): number => {
  const links = labs
    .flatMap((lab) =>
      endingOn([lab], own)
        .slice(0, LIMITS.linksPerLab)
        .map((link) => ({ lab: lab.name, ...link })),
    )
    .slice(0, LIMITS.linksPerHost)
  show(
    'skein_link_up',
    links.map(({ lab, id: link, state }) => [{ lab, link }, flag(state === 'up')]),
  )
  show(
    'skein_link_state',
    links.map(({ lab, id: link, state }) => [{ lab, link, state }, 1]),
  )
  return links.length
}
