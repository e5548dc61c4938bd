import type { Volume } from '../model/node-parts.ts'
import { isContainerPath } from './node-values.ts'
import { readTexts } from './read-lists.ts'
import { quote } from './report.ts'
import type { Reader, TextTree, Tree } from './tree.ts'

/** As the engine names volumes (moby `daemon/names`), with containerlab's magic words. */
const NAME = /^[a-zA-Z0-9_][a-zA-Z0-9_.-]*$/
const OPTIONS: readonly string[] = ['ro', 'rw', 'nocopy', 'volume-nocopy', '']

/** A list of `NAME:/place[:options]`, or `/place` for a volume without a name; of two for one place the later stays. */
export function readVolumes(tree: Tree, reader: Reader): readonly Volume[] | undefined {
  const texts = readTexts(tree, reader, '`volumes`')
  const volumes = texts?.flatMap((text) => readVolume(text, reader) ?? [])
  return volumes === undefined ? undefined : mergeVolumes(volumes)
}

/** Of two for one place in the container the later stays. */
export const mergeVolumes = (volumes: readonly Volume[]): readonly Volume[] => [
  ...new Map(volumes.map((volume) => [volume.target, volume])).values(),
]

function readVolume({ text, at }: TextTree, reader: Reader): Volume | undefined {
  const parts = text.split(':')
  const [name, target = '', options = ''] = parts.length === 1 ? [undefined, text] : parts
  const given = options.split(',')
  const problem = volumeProblem({ parts, name, target, given })
  if (problem === undefined) {
    return {
      ...(name === undefined ? {} : { name }),
      target,
      ...(given.includes('ro') ? { readOnly: true } : {}),
      ...(given.some((option) => option.endsWith('nocopy')) ? { noCopy: true } : {}),
    }
  }
  const message = `the volume ${quote(text)} ${problem}; write it as in \`data:/var/lib/data\``
  reader.report.error('BAD_VALUE', at, message)
  return undefined
}

function volumeProblem(volume: {
  readonly parts: readonly string[]
  readonly name: string | undefined
  readonly target: string
  readonly given: readonly string[]
}): string | undefined {
  const { parts, name, target, given } = volume
  if (parts.length > 3) return 'has more than three parts'
  if (name?.startsWith('/') === true) return 'names a path of the host, which is what `binds` are for'
  if (name !== undefined && !NAME.test(name)) return 'has a name no volume can have'
  if (!isContainerPath(target)) return `ends at ${quote(target)}, which is not an absolute path in the container`
  const unknown = given.find((option) => !OPTIONS.includes(option))
  return unknown === undefined ? undefined : `has the unknown option ${quote(unknown)}`
}
