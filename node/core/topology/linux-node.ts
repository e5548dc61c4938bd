import type { NodeName } from '../model/ids.ts'
import type { LabNode } from '../model/lab.ts'
import type { StageName, Stages } from '../model/node-parts.ts'
import type { NodeFields } from './fields.ts'
import { labFolderName, type NodeFiles } from './node-files.ts'

interface NodeText {
  readonly name: string
  readonly lab: string
  readonly fields: NodeFields
}

/** A node that is a container, from what its sections say and the files they name. Only what is written has a field. */
export function linuxNode(name: NodeName, draft: NodeText, files: NodeFiles): LabNode {
  const { fields } = draft
  const respell = (command: readonly string[]): readonly string[] => command.map((word) => spell(word, draft))
  const { startupConfig, license } = files
  return {
    name,
    kind: 'linux',
    image: fields.image?.text ?? '',
    exec: (fields.exec ?? []).map(respell),
    binds: files.binds,
    env: textsOf(fields.env, (text) => spell(text, draft)),
    labels: textsOf(fields.labels),
    sysctls: textsOf(fields.sysctls),
    ports: fields.ports ?? [],
    startupDelayMs: fields.startupDelayMs ?? 0,
    ...process(fields),
    ...network(fields),
    ...rights(fields),
    ...storage(fields, draft),
    ...waits(fields, respell),
    ...optional({ startupConfig, license }),
  }
}

/** Replaces containerlab's magic words; those that name folders stay, for each host has its own. */
const spell = (text: string, { name, lab }: NodeText): string =>
  text.replaceAll('__clabNodeName__', () => name).replaceAll('__clabLabName__', () => labFolderName(lab))

/** Without the fields that are undefined, or hold nothing. */
const optional = <T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => !isNothing(value))) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }

const isNothing = (value: unknown): boolean =>
  value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0)

const process = ({ cmd, entrypoint, user, hostname, cpu, memoryBytes, type, group, ...rest }: NodeFields) =>
  optional({
    cmd,
    entrypoint,
    user: user?.text,
    hostname: hostname?.text,
    cpu,
    memoryBytes,
    type: type?.text,
    group: group?.text,
    cpuSet: rest.cpuSet?.text,
    shmBytes: rest.shmBytes,
    pull: rest.pull === 'ifnotpresent' ? undefined : rest.pull,
    restart: restartOf(rest),
  })

const restartOf = ({ restart, autoRemove, stages }: NodeFields): LabNode['restart'] => {
  if (autoRemove === true) return 'no'
  if (restart !== undefined) return restart === 'no' || restart === 'on-failure' ? restart : undefined
  return stages?.has('exit') === true ? 'no' : undefined
}

const network = ({ networkMode: mode, mgmtIpv4, mgmtIpv6, aliases, dns }: NodeFields) =>
  optional({
    networkMode: mode === undefined || mode.type === 'bridge' ? undefined : mode.type,
    networkOf: mode?.type === 'container' ? (mode.of.text as NodeName) : undefined,
    mgmtIpv4: mgmtIpv4?.text,
    mgmtIpv6: mgmtIpv6?.text,
    aliases: aliases?.map(({ text }) => text),
    dns,
  })

const rights = ({ capAdd, privileged, securityOpts, devices, cgroupns, cgroupParent, pid }: NodeFields) =>
  optional({ capAdd, privileged, securityOpts, devices, cgroupns, cgroupParent: cgroupParent?.text, pid })

const storage = ({ volumes, tmpfs }: NodeFields, draft: NodeText) =>
  optional({
    volumes: (volumes ?? []).map((volume) =>
      volume.name === undefined ? volume : { ...volume, name: spell(volume.name, draft) },
    ),
    tmpfs: textsOf(tmpfs),
  })

function waits({ healthcheck, stages }: NodeFields, respell: (command: readonly string[]) => readonly string[]) {
  const all = [...(stages ?? [])].map(([stage, { waitFor, exec }]): [StageName, Stages[StageName]] => [
    stage,
    {
      waitFor: waitFor.map((wait) => ({ node: wait.node.text as NodeName, stage: wait.stage })),
      exec: exec.map(({ argv, phase, target }) => ({ argv: respell(argv), phase, target })),
    },
  ])
  const written: Stages = Object.fromEntries(all)
  return optional({ healthcheck, stages: written })
}

/** `fromEntries` makes even `__proto__` an ordinary key. */
export const textsOf = (
  map: NodeFields['env'],
  change: (text: string) => string = (text) => text,
): Record<string, string> => Object.fromEntries([...(map ?? [])].map(([key, { text }]) => [key, change(text)]))
