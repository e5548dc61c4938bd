import { impairmentText } from '../impairment/text.ts'
import { endpointKey, type HostId, type NodeName, type ResourceId } from '../model/ids.ts'
import type { LabNode } from '../model/lab.ts'
import { own } from '../model/own.ts'
import type { Resource, Workload } from '../model/resource.ts'
import { workloadId } from '../model/resource-ids.ts'
import { changedKeys, keyText } from './changed-keys.ts'
import type { WantedLab } from './desired-input.ts'
import { type FileChange, fileChanges } from './file-changes.ts'
import { type ResourceFound, resourceChanges } from './resource-changes.ts'

type Change = 'create' | 'remove' | 'recreate' | 'move' | 'change' | 'keep'

/** What becomes of a lab node. */
interface NodeChange {
  readonly name: NodeName
  readonly change: Change
  /** Keys in which what is asked for differs, also where nothing comes of it. */
  readonly keys: readonly string[]
  /** Why, in words; empty where nothing differs. */
  readonly why: string
}

interface LinkChange {
  readonly id: string
  readonly change: Exclude<Change, 'move' | 'recreate'>
  readonly why: string
}

export interface LabChanges {
  readonly nodes: readonly NodeChange[]
  readonly links: readonly LinkChange[]
  readonly files: readonly FileChange[]
}

export interface LabChangesInput {
  /** Undefined for a lab that is new. */
  readonly before: WantedLab | undefined
  readonly after: WantedLab
  /** Everything a host must have for this lab. */
  desiredOn(host: HostId, lab: WantedLab | undefined): readonly Resource[]
  nameOf(host: HostId): string
}

/**
 * What bringing a lab from one intent and assignment to another does, found by what its hosts would be asked for before and after, with
 * the very rules by which they act. A host that is not as it should be does more; that is not told here.
 */
export function labChanges(input: LabChangesInput): LabChanges {
  const files = fileChanges(input.before?.intent.files ?? [], input.after.intent.files)
  const resources = resourceChanges(
    hostsOf(input).map((host) => ({
      before: input.desiredOn(host, input.before),
      after: input.desiredOn(host, input.after),
    })),
  )
  return { nodes: nodeChanges(input, { files, resources }), links: linkChanges(input, resources), files }
}

const hostsOf = ({ before, after }: LabChangesInput): readonly HostId[] => [
  ...new Set([before, after].flatMap((lab) => Object.values(lab?.assignment.hosts ?? {}))),
]

interface Found {
  readonly files: readonly FileChange[]
  readonly resources: ReadonlyMap<ResourceId, ResourceFound>
}

function nodeChanges(input: LabChangesInput, found: Found): readonly NodeChange[] {
  const { before, after } = input
  const kept = after.intent.nodes.filter(({ name }) => own(after.assignment.hosts, name) !== undefined)
  const gone = (before?.intent.nodes ?? []).filter(
    ({ name }) =>
      own(before?.assignment.hosts ?? {}, name) !== undefined && own(after.assignment.hosts, name) === undefined,
  )
  return [
    ...kept.map((node) => nodeChange(node, input, found)),
    ...gone.map(({ name }) => ({ name, change: 'remove', keys: [], why: 'no longer in the topology' }) as const),
  ]
}

function nodeChange(node: LabNode, { before, after, nameOf }: LabChangesInput, found: Found): NodeChange {
  const { name } = node
  const was = before?.intent.nodes.find((one) => one.name === name)
  const [from, to] = [own(before?.assignment.hosts ?? {}, name), own(after.assignment.hosts, name)]
  if (was === undefined || from === undefined) return { name, change: 'create', keys: [], why: 'new' }
  const changed = changedKeys(was, node)
  const files = filesOf(node, found.files)
  const keys = [...changed.map(({ key }) => key), ...files.map(({ path }) => `file ${path}`)]
  const texts = [keyText(changed), ...files.map(({ path, why }) => `file ${path} ${why}`)].filter((text) => text !== '')
  if (from !== to && to !== undefined)
    return { name, change: 'move', keys, why: [`from ${nameOf(from)} to ${nameOf(to)}`, ...texts].join(', ') }
  const done = found.resources.get(workloadId(after.intent.name, name))
  if (done === undefined)
    return {
      name,
      change: 'keep',
      keys,
      why: keptWhy(
        changed.map(({ key }) => key),
        texts,
      ),
    }
  const why = texts.length > 0 ? texts.join(', ') : ownWhy(done)
  return { name, change: done.fix === 'remake' ? 'recreate' : 'change', keys, why }
}

/** Where the topology says the same and what is made of it differs, what the container is made from tells more. */
function ownWhy({ resource, was, reason }: ResourceFound): string {
  if (resource.kind !== 'workload' || was?.kind !== 'workload') return reason
  const text = keyText(changedKeys((was as Workload).spec, (resource as Workload).spec))
  return text === '' ? reason : text
}

const keptWhy = (keys: readonly string[], texts: readonly string[]): string => {
  if (texts.length === 0) return ''
  const later = keys.includes('exec') ? '; exec runs when the node starts next' : ''
  return `${texts.join(', ')}${later}`
}

/** The files a node binds or names, of those that change. */
const filesOf = (node: LabNode, files: readonly FileChange[]): readonly FileChange[] =>
  files.filter(
    ({ path, change }) =>
      change !== 'keep' &&
      (Object.values(node).includes(path) ||
        node.binds.some(({ travels, source }) => travels && (source === path || path.startsWith(folder(source))))),
  )

const folder = (source: string): string => (source.endsWith('/') ? source : `${source}/`)

function linkChanges({ before, after }: LabChangesInput, resources: Found['resources']): readonly LinkChange[] {
  const old = new Set((before?.intent.links ?? []).map(({ id }) => id))
  const now = new Set(after.intent.links.map(({ id }) => id))
  const lab = after.intent.name
  return [
    ...after.intent.links.map((link): LinkChange => {
      const { id } = link
      if (!old.has(id)) return { id, change: 'create', why: 'new' }
      const about = new Set<string>([
        link.segment,
        ...link.endpoints.map((end) => endpointKey(end.node, end.interface)),
      ])
      const reasons = [...resources.values()].flatMap((found) => {
        const subject = linkPart(found.resource, lab)
        return subject !== undefined && about.has(subject) ? [reasonOf(found)] : []
      })
      const why = [...new Set(reasons)].join(', ')
      return { id, change: why === '' ? 'keep' : 'change', why }
    }),
    ...[...old]
      .filter((id) => !now.has(id))
      .map((id) => ({ id, change: 'remove', why: 'no longer in the topology' }) as const),
  ]
}

/** That something is new says little of what is done to frames. */
const reasonOf = ({ resource, fix, reason }: ResourceFound): string => {
  if (resource.kind !== 'shaper' || fix === 'update') return reason
  const text = [resource.towards, resource.from].map(impairmentText).filter((one) => one !== '')
  return `${text.join(', ')} ${fix === 'remove' ? 'no longer' : 'new'} at ${resource.endpoint}`
}

/** The endpoint or segment a resource is for; undefined where it is for neither. */
function linkPart(resource: Resource, lab: string): string | undefined {
  if ('endpoint' in resource && typeof resource.endpoint === 'string') return resource.endpoint
  if ('segment' in resource && typeof resource.segment === 'string') return resource.segment
  if (!('owner' in resource) || resource.owner?.startsWith(`${lab}/`) !== true) return undefined
  return resource.owner.slice(lab.length + 1)
}
