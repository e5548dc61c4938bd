import { endpointKey } from '../model/ids.ts'
import type { Bind, LabNode } from '../model/lab.ts'
import type { WorkloadSpec } from '../model/resource.ts'
import { writtenKind } from '../model/software.ts'
import { canonical } from '../record/canonical.ts'
import { compareText } from '../record/version.ts'
import type { DesiredInput, WantedLab } from './desired-input.ts'
import { isTheirs } from './theirs.ts'

/** A router needs to forward and to speak IPv6, which container engines switch off; containerlab does the same. A node may say otherwise. */
const SYSCTLS = { 'net.ipv4.ip_forward': '1', 'net.ipv6.conf.all.disable_ipv6': '0' } as const

/** What the container of a node is made from: the node, with paths of this host and the labels others look for. */
export function workloadSpec(node: LabNode, lab: WantedLab, input: DesiredInput): WorkloadSpec {
  const { cmd, entrypoint, user, cpu, memoryBytes } = node
  const files = `${input.labFolder(lab.intent.name)}/files`
  const all = { ...labels(node, lab, input), ...node.labels, ...marks(node, lab, input) }
  return {
    image: node.image,
    hostname: node.hostname ?? node.name,
    ...(cmd === undefined ? {} : { cmd }),
    ...(entrypoint === undefined ? {} : { entrypoint }),
    env: { [INTERFACE_COUNT]: String(countInterfaces(node, lab)), ...labelVariables(all), ...node.env },
    labels: all,
    sysctls: { ...sysctlsOf(node), ...node.sysctls },
    binds: node.binds.map((bind) => onHost(bind, files)),
    ports: node.ports,
    ...(user === undefined ? {} : { user }),
    ...(cpu === undefined ? {} : { cpu }),
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
    ...networkOf(node, lab, input),
    ...asAsked(node),
    ...(node.privileged === undefined && isTheirs(node) ? { isPrivilegedIfGranted: true } : {}),
  }
}

/** What a spec takes over from its node as it is. */
const AS_ASKED = [
  ...(['volumes', 'cpuSet', 'shmBytes', 'devices', 'capAdd', 'privileged', 'tmpfs', 'securityOpts'] as const),
  ...(['cgroupns', 'cgroupParent', 'pid', 'dns', 'healthcheck'] as const),
]

const asAsked = (node: LabNode): Pick<WorkloadSpec, (typeof AS_ASKED)[number]> =>
  Object.fromEntries(AS_ASKED.flatMap((key) => (node[key] === undefined ? [] : [[key, node[key]]])))

const networkOf = (node: LabNode, { intent }: WantedLab, { names }: DesiredInput): Pick<WorkloadSpec, 'network'> => {
  if (node.networkMode === 'host') return { network: 'host' }
  if (node.networkOf === undefined) return {}
  return { network: { containerName: names.container(intent, node.networkOf) } }
}

/** A network that is not the node's own is not the node's to change. */
const sysctlsOf = ({ networkMode }: LabNode): WorkloadSpec['sysctls'] =>
  networkMode === 'host' || networkMode === 'container' ? {} : SYSCTLS

/** containerlab tells a node its labels this way: containerlab.dev/manual/nodes, "env". */
const labelVariables = (all: WorkloadSpec['labels']): Record<string, string> =>
  Object.fromEntries(
    Object.entries(all).map(([key, value]) => [
      `${LABEL_VARIABLE}${key.toUpperCase().replaceAll(/[^A-Z0-9_]/g, '_')}`,
      value,
    ]),
  )

const LABEL_VARIABLE = 'CLAB_LABEL_'

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
  'clab-node-kind': writtenKind(node),
  'clab-node-type': node.type ?? '',
  'clab-node-group': node.group ?? '',
  'clab-owner': 'skein',
})

const onHost = (bind: Bind, files: string): Bind =>
  bind.travels ? { ...bind, source: `${files}/${bind.source}`, travels: false } : bind

/** Labels that say what is known from elsewhere; their values before they said anything. */
const TOLD_LABELS = { 'clab-node-type': '', 'clab-node-group': '' }

/** Names of variables that say what is known from elsewhere: of links, which are plugged into a running node, and of labels. */
const isTold = (name: string): boolean => name === INTERFACE_COUNT || name.startsWith(LABEL_VARIABLE)

/**
 * Differs when the container must be made again: another spec, or other content of a file it binds. Not when only what is told of it by
 * the way changes. A field that is absent counts for nothing, so that a spec without it keeps its digest when there comes to be one.
 */
export function specDigest(spec: WorkloadSpec, lab: WantedLab, input: DesiredInput): string {
  const started = startedWith(spec, lab)
  const files = `${input.labFolder(lab.intent.name)}/files/`
  const isBound = (path: string): boolean =>
    spec.binds.some(
      ({ source }) =>
        source === files + path || (files + path).startsWith(source.endsWith('/') ? source : `${source}/`),
    )
  const bound = lab.intent.files
    .filter(({ path }) => isBound(path))
    .map(({ path, sha256, mode }) => [path, sha256, mode] as const)
  const env = Object.fromEntries(Object.entries(spec.env).filter(([name]) => !isTold(name)))
  const labels = { ...spec.labels, ...TOLD_LABELS }
  const told = [{ ...spec, env, labels }, bound.toSorted(([a], [b]) => compareText(a, b))]
  return input.digest(canonical(started.length === 0 ? told : [...told, started]))
}

/** Digests of what a node of a vendor's kind starts with, as its topology has it: what was saved of it is no reason to make it again. */
function startedWith({ labels }: WorkloadSpec, { intent }: WantedLab): readonly string[] {
  const node = intent.nodes.find(({ name }) => name === labels['skein/node'])
  const { config, licensePath } = node?.software ?? {}
  const paths = [config && node?.startupConfig, licensePath && node?.license]
  return paths.flatMap((path) => intent.files.find((file) => file.path === path)?.sha256 ?? [])
}
