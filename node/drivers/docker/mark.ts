import type { LabName, NodeName } from '#core/model/ids.ts'
import { LAB_NAME, NODE_NAME } from '#core/model/ids.ts'
import type { Workload, WorkloadSpec } from '#core/model/resource.ts'
import { readSpec } from '../kept-spec.ts'
import { MARK_KEY } from '../owner-mark.ts'

/** Value of the label that makes a container ours. */
const MARK_VALUE = 'workload'

const LABEL = {
  lab: `${MARK_KEY}.lab`,
  node: `${MARK_KEY}.node`,
  name: `${MARK_KEY}.name`,
  /** `specHash`. */
  spec: `${MARK_KEY}.spec`,
  /** The spec itself, JSON: what was asked for, to be read back. */
  asked: `${MARK_KEY}.asked`,
} as const

/** The label the engine is asked for, as its `label` filter takes it. */
export const MARK_FILTER = `${MARK_KEY}=${MARK_VALUE}`

/** The labels of a container: the user's, and ours over them. */
export const containerLabels = (workload: Workload): Readonly<Record<string, string>> => ({
  ...workload.spec.labels,
  [MARK_KEY]: MARK_VALUE,
  [LABEL.lab]: workload.lab,
  [LABEL.node]: workload.node,
  [LABEL.name]: workload.containerName,
  [LABEL.spec]: workload.specHash,
  [LABEL.asked]: JSON.stringify(workload.spec),
})

/** Label filters that only the container of this lab node passes. */
export const ownFilters = (workload: Workload): readonly string[] => [
  MARK_FILTER,
  `${LABEL.lab}=${workload.lab}`,
  `${LABEL.node}=${workload.node}`,
]

/** What our labels say of a container. */
export interface ContainerMark {
  readonly lab: LabName
  readonly node: NodeName
  /** The name it was given; `docker rename` does not change this. */
  readonly name: string
  readonly specHash: string
  /** Undefined where the label cannot be read. */
  readonly spec: WorkloadSpec | undefined
}

/** Reads our labels; undefined means: not ours. */
export const readMark = (labels: Readonly<Record<string, string>>): ContainerMark | undefined => {
  const { [LABEL.lab]: lab, [LABEL.node]: node, [LABEL.name]: name } = labels
  if (labels[MARK_KEY] !== MARK_VALUE || lab === undefined || node === undefined || name === undefined) return undefined
  if (!LAB_NAME.test(lab) || !NODE_NAME.test(node)) return undefined
  return {
    lab: lab as LabName,
    node: node as NodeName,
    name,
    specHash: labels[LABEL.spec] ?? '',
    spec: readSpec(labels[LABEL.asked]),
  }
}
