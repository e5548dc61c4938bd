import type { LabName, NodeName } from '#core/model/ids.ts'
import { LAB_NAME, NODE_NAME } from '#core/model/ids.ts'
import type { Workload, WorkloadSpec } from '#core/model/resource.ts'
import { readSpec } from '../kept-spec.ts'
import { MARK_KEY } from '../owner-mark.ts'
import { instanceName } from './names.ts'

/** LXD keeps keys of this form for whoever sets them (LXD, "Instance options", `user.*`). */
const USER = 'user.'
const MARK = `${USER}${MARK_KEY}`

const KEY = {
  /** `lab/node`: one text that says whose it is. */
  of: `${MARK}.of`,
  /** The container name asked for; the instance's own may have had to be changed. */
  name: `${MARK}.name`,
  /** `specHash`. */
  spec: `${MARK}.spec`,
  /** The spec itself, JSON. */
  asked: `${MARK}.asked`,
} as const

const VALUE = 'workload'

/** Labels of the node and, over them, our mark. */
export const userConfig = (workload: Workload): Readonly<Record<string, string>> => ({
  ...Object.fromEntries(Object.entries(workload.spec.labels).map(([key, value]) => [`${USER}${key}`, value])),
  [MARK]: VALUE,
  [KEY.of]: ownerOf(workload),
  [KEY.name]: workload.containerName,
  [KEY.spec]: workload.specHash,
  [KEY.asked]: JSON.stringify(workload.spec),
})

const ownerOf = ({ lab, node }: Pick<Workload, 'lab' | 'node'>): string => `${lab}/${node}`

/** What the JSON of an instance holds where it is of this lab node, and of no other. */
export const ownerText = (workload: Pick<Workload, 'lab' | 'node'>): string =>
  `${JSON.stringify(KEY.of)}:${JSON.stringify(ownerOf(workload))}`

/** What our keys say of an instance. */
export interface InstanceMark {
  readonly lab: LabName
  readonly node: NodeName
  readonly containerName: string
  readonly specHash: string
  /** Undefined where the key cannot be read. */
  readonly spec: WorkloadSpec | undefined
}

/**
 * Reads our keys; undefined means: not ours. One of another name than it was made with is a copy, which has all keys of what it was
 * copied from, or was renamed by hand: it is its maker's.
 */
export const readMark = (name: string, config: Readonly<Record<string, string>>): InstanceMark | undefined => {
  const { [KEY.of]: of = '', [KEY.name]: containerName } = config
  const [lab = '', node = ''] = of.split('/')
  if (config[MARK] !== VALUE || containerName === undefined || instanceName(containerName) !== name) return undefined
  if (!LAB_NAME.test(lab) || !NODE_NAME.test(node)) return undefined
  return {
    lab: lab as LabName,
    node: node as NodeName,
    containerName,
    specHash: config[KEY.spec] ?? '',
    spec: readSpec(config[KEY.asked]),
  }
}
