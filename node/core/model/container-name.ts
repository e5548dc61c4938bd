import type { LabName, NodeName } from './ids.ts'

/** The prefix that asks for `<lab>-<node>`. */
const LAB_NAME_ONLY = '__lab-name'

/** `<prefix>-<lab>-<node>` as containerlab names containers; `<lab>-<node>` for `__lab-name`, the node alone for an empty prefix. */
export const containerName = (prefix: string, lab: LabName, node: NodeName): string =>
  [...(prefix === '' ? [] : prefix === LAB_NAME_ONLY ? [lab] : [prefix, lab]), node].join('-')
