import type { NodeName } from '../model/ids.ts'
import type { LabNode } from '../model/lab.ts'
import type { NodeFields } from './fields.ts'
import { fileSource } from './lab-paths.ts'
import { linuxNode } from './linux-node.ts'
import { type FileUse, type NodeFiles, spellPath } from './node-files.ts'
import { quote } from './report.ts'
import type { Reader, TextTree } from './tree.ts'

interface LxdDraft {
  readonly name: string
  readonly lab: string
  readonly fields: NodeFields
}

/** Keys that say something of a container of an engine and nothing of an LXD instance, which runs its own init. */
const NO_EFFECT: readonly (readonly [keyof NodeFields, string])[] = [
  ['cmd', 'cmd'],
  ['entrypoint', 'entrypoint'],
  ['user', 'user'],
  ['pull', 'image-pull-policy'],
  ['volumes', 'volumes'],
  ['shmBytes', 'shm-size'],
  ['devices', 'devices'],
  ['capAdd', 'cap-add'],
  ['tmpfs', 'tmpfs'],
  ['securityOpts', 'security-opts'],
  ['cgroupns', 'cgroupns-mode'],
  ['cgroupParent', 'cgroup-parent'],
  ['pid', 'pid-mode'],
  ['healthcheck', 'healthcheck'],
]

/** What an archive is called; everything else that is no path is an alias or a fingerprint. */
const ARCHIVE = /\.(tar|tar\.gz|tgz|tar\.xz|txz|tar\.zst|squashfs)$/

/** Files of an image: one unified archive, or metadata and root file system with `+` between. Empty where it is none of files. */
const imageFilesOf = (image: string): readonly string[] => {
  const parts = image.split('+')
  return parts.length <= 2 && parts.every((part) => /^(\.{1,2}|~)?\//.test(part) || ARCHIVE.test(part)) ? parts : []
}

/** A node that is an LXD system container, from what its sections say and the files they name. */
export function lxdNode(name: NodeName, draft: LxdDraft, files: NodeFiles): LabNode {
  const imageFiles = (files.image ?? []).map(({ path }) => path)
  const node = linuxNode(name, draft, files)
  return { ...node, kind: 'lxd', ...(imageFiles.length === 0 ? {} : { imageFiles }) }
}

/** Finds out which files the image needs, and says which keys have no effect. */
export function checkLxdNode(draft: LxdDraft, reader: Reader): readonly FileUse[] {
  const { fields } = draft
  const lost = NO_EFFECT.filter(([field]) => isSaid(fields[field])).map(([, key]) => `\`${key}\``)
  if (lost.length > 0 && fields.kind !== undefined) {
    const message = `without effect on ${quote(draft.name)}: ${lost.join(', ')}; an LXD instance runs what its image starts`
    reader.report.warn('NOT_SUPPORTED_YET', fields.kind.at, message)
  }
  const mode = fields.networkMode
  if ((mode?.type === 'host' || mode?.type === 'container') && fields.kind !== undefined) {
    const message = `${quote(draft.name)} is an LXD instance, which has a network of its own; leave \`network-mode\` out`
    reader.report.error('CONFLICT', fields.kind.at, message)
  }
  return fields.image === undefined ? [] : imageUses(fields.image, draft, reader)
}

/** Sections that say nothing of a list or map leave it empty. */
const isSaid = (value: NodeFields[keyof NodeFields]): boolean => {
  if (value instanceof Map) return value.size > 0
  return Array.isArray(value) ? value.length > 0 : value !== undefined
}

const imageUses = ({ text, at }: TextTree, draft: LxdDraft, reader: Reader): readonly FileUse[] =>
  imageFilesOf(text).flatMap((part): readonly FileUse[] => {
    const found = fileSource(spellPath(part, draft))
    if (found.type === 'travels' && !found.isFolder)
      return [{ path: found.path, from: found.from, optional: false, line: at.line, column: at.column }]
    const why = found.type === 'refused' ? found.reason : 'it is no file that can travel with the lab'
    reader.report.error('BAD_VALUE', at, `the image cannot be ${quote(part)}: ${why}`)
    return []
  })
