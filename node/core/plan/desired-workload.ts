import type { ResourceId } from '../model/ids.ts'
import type { LabNode } from '../model/lab.ts'
import { own } from '../model/own.ts'
import type { Image, Workload } from '../model/resource.ts'
import { imageId, workloadId } from '../model/resource-ids.ts'
import { startArchive } from '../model/software.ts'
import { labDomain } from '../names/names.ts'
import type { DesiredInput, WantedLab } from './desired-input.ts'
import { nameServer } from './desired-mgmt.ts'
import { lxdImage } from './lxd-image.ts'
import { specDigest, workloadSpec } from './spec.ts'

/** The image of a node that is a container. */
export const wantedImage = (node: LabNode, lab: WantedLab, input: DesiredInput): Image => {
  const { kind, image: name, pull } = node
  if (kind === 'lxd') return lxdImage(node, lab, input)
  const pin = pinned(node, lab, input)
  if (pin !== undefined) return { kind: 'image', id: imageId(pin.digest), needs: [], name, ...pin }
  return { kind: 'image', id: imageId(name), needs: [], name, ...(pull === 'never' ? { mayFetch: false } : {}) }
}

/**
 * The image the lab runs under this name, where the name does not stand for it on this host. What it stands for here is not replaced. A
 * node that says itself where its image comes from has its own.
 */
function pinned(
  { image, pull }: LabNode,
  { intent }: WantedLab,
  { seen }: DesiredInput,
): { readonly digest: string; readonly mayFetch?: boolean } | undefined {
  const digest = pull === undefined ? own(intent.images ?? {}, image) : undefined
  if (digest === undefined) return undefined
  const here = seen.find(({ id }) => id === imageId(image))
  if (here?.kind !== 'image') return { digest }
  return here.digest === digest ? undefined : { digest, mayFetch: false }
}

/** A node as the container it is on this host. */
export function wantedWorkload(node: LabNode, lab: WantedLab, input: DesiredInput): Workload {
  const image = wantedImage(node, lab, input)
  const spec = { ...workloadSpec(node, lab, input), image: image.name }
  return {
    kind: 'workload',
    id: workloadId(lab.intent.name, node.name),
    needs: [image.id, ...sharedWith(node, lab)],
    provider: node.kind === 'lxd' ? 'lxd' : 'docker',
    lab: lab.intent.name,
    node: node.name,
    containerName: input.names.container(lab.intent, node.name),
    spec,
    specHash: specDigest(spec, lab, input),
    state: 'running',
    ...(node.restart === undefined ? {} : { restart: node.restart }),
    ...(node.pull === 'always' ? { pull: node.pull } : {}),
    ...(image.digest === undefined ? {} : { imageDigest: image.digest }),
    ...startOf(node, lab, input),
    ...resolverOf(node, lab, input),
    ...joinedBy(node, lab, input),
  }
}

const startOf = ({ name, software }: LabNode, { intent }: WantedLab, input: DesiredInput): Pick<Workload, 'start'> =>
  software?.config === undefined && software?.licensePath === undefined
    ? {}
    : { start: startArchive(input.labFolder(intent.name), name) }

const sharedWith = ({ networkOf }: LabNode, { intent }: WantedLab): readonly ResourceId[] =>
  networkOf === undefined ? [] : [workloadId(intent.name, networkOf)]

/** The container it shares the network of, as it runs now. */
function joinedBy(node: LabNode, lab: WantedLab, { seen }: DesiredInput): Pick<Workload, 'joins'> {
  const [id] = sharedWith(node, lab)
  const other = seen.find((resource) => resource.id === id)
  if (other?.kind !== 'workload' || other.state !== 'running' || other.containerId === undefined) return {}
  const { containerId, startedAt } = other
  return { joins: { containerId, ...(startedAt === undefined ? {} : { startedAt }) } }
}

/** Short names are looked for in the lab's own domain. */
function resolverOf(node: LabNode, { intent, assignment }: WantedLab, input: DesiredInput): Pick<Workload, 'resolver'> {
  const server = nameServer(node, assignment, input)
  return server === undefined ? {} : { resolver: { server, search: labDomain(intent.name) } }
}
