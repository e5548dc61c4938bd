import { endpointKey } from '../model/ids.ts'
import type { Bind, LabNode } from '../model/lab.ts'
import type { WorkloadSpec } from '../model/resource.ts'
import { canonical } from '../record/canonical.ts'
import { compareText } from '../record/version.ts'
import type { DesiredInput, WantedLab } from './desired-input.ts'

/** A router needs to forward and to speak IPv6, which container engines switch off; containerlab does the same. A node may say otherwise. */
const SYSCTLS = { 'net.ipv4.ip_forward': '1', 'net.ipv6.conf.all.disable_ipv6': '0' } as const

/** What the container of a node is made from: the node, with paths of this host and the labels others look for. */
export function workloadSpec(node: LabNode, lab: WantedLab, input: DesiredInput): WorkloadSpec {
  const { cmd, entrypoint, user, cpu, memoryBytes } = node
  return {
    image: node.image,
    hostname: node.name,
    ...(cmd === undefined ? {} : { cmd }),
    ...(entrypoint === undefined ? {} : { entrypoint }),
    env: { [INTERFACE_COUNT]: String(countInterfaces(node, lab)), ...node.env },
    labels: { ...labels(node, lab, input), ...node.labels, ...marks(node, lab, input) },
    sysctls: { ...SYSCTLS, ...node.sysctls },
    binds: node.binds.map((bind) => onHost(bind, `${input.labFolder(lab.intent.name)}/files`)),
    ports: node.ports,
    ...(user === undefined ? {} : { user }),
    ...(cpu === undefined ? {} : { cpu }),
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
  }
}

const endsOf = (node: LabNode, { intent }: WantedLab): readonly string[] =>
  intent.segments.flatMap(({ endpoints }) =>
    endpoints.filter((end) => end.node === node.name).map((end) => endpointKey(end.node, end.interface)),
  )

/** Read when a node starts, to know how many interfaces to wait for. */
const INTERFACE_COUNT = 'CLAB_INTFS'

/** containerlab tells a node how many interfaces to wait for, not counting the management one. */
const countInterfaces = (node: LabNode, lab: WantedLab): number => new Set(endsOf(node, lab)).size

/** Ours, which a topology cannot change: by them the container is found again. */
const marks = (node: LabNode, { intent }: WantedLab, { meshId }: DesiredInput): Readonly<Record<string, string>> => ({
  'skein/lab': intent.name,
  'skein/node': node.name,
  'skein/mesh': meshId,
})

/** containerlab's, so that tools made for it find the nodes: containerlab.dev/manual/nodes. */
const labels = (node: LabNode, { intent }: WantedLab, { names }: DesiredInput): Readonly<Record<string, string>> => ({
  containerlab: intent.name,
  'clab-node-name': node.name,
  'clab-node-longname': names.container(intent, node.name),
  'clab-node-kind': node.kind,
  'clab-node-type': '',
  'clab-node-group': '',
  'clab-owner': 'skein',
})

const onHost = (bind: Bind, files: string): Bind =>
  bind.travels ? { ...bind, source: `${files}/${bind.source}`, travels: false } : bind

/**
 * Differs when the container must be made again: another spec, or other content of a file it binds. Not when only the number of its
 * interfaces changes: a link is plugged into a running node.
 */
export function specDigest(spec: WorkloadSpec, lab: WantedLab, input: DesiredInput): string {
  const files = `${input.labFolder(lab.intent.name)}/files/`
  const isBound = (path: string): boolean =>
    spec.binds.some(
      ({ source }) =>
        source === files + path || (files + path).startsWith(source.endsWith('/') ? source : `${source}/`),
    )
  const bound = lab.intent.files
    .filter(({ path }) => isBound(path))
    .map(({ path, sha256, mode }) => [path, sha256, mode] as const)
  const env = Object.fromEntries(Object.entries(spec.env).filter(([name]) => name !== INTERFACE_COUNT))
  return input.digest(canonical([{ ...spec, env }, bound.toSorted(([a], [b]) => compareText(a, b))]))
}
