import { MeshError, type Problem } from '#core/model/errors.ts'
import type { LabName } from '#core/model/ids.ts'
import type { LabFile, LabIntent } from '#core/model/lab.ts'
import { withEnvFiles } from '#core/topology/env-files.ts'
import { foldersOf, withFiles } from '#core/topology/intent.ts'
import { readTopology, type TopologyResult } from '#core/topology/read.ts'
import { MAX_PROBLEMS } from '#core/topology/report.ts'
import { type ReceivedFiles, receiveFiles } from './lab-files.ts'
import type { LabBody } from './schemas.ts'

/** What a request's topology comes to; `intent` is absent where a problem is an error. */
export interface ReadLab {
  readonly problems: readonly Problem[]
  readonly intent?: LabIntent
  readonly contents: ReadonlyMap<string, Uint8Array>
}

/** Parses and checks a topology with its files; never starts anything. BAD_INPUT for files that cannot be taken. */
export function readLab(body: LabBody): ReadLab {
  const fallbackName = body.name ?? body.fallbackName
  const read = readTopology({
    text: body.topology,
    variables: body.variables,
    lenient: body.lenient,
    ...(body.fileName === undefined ? {} : { fileName: body.fileName }),
    ...(fallbackName === undefined ? {} : { fallbackName }),
  })
  const received = receiveFiles([...body.files, ...read.inlineFiles.map(asSent)])
  const { contents } = received
  if (read.intent === undefined) return { problems: read.problems, contents }
  const missing = missingSources(read.bindSources, received.files).slice(0, MAX_PROBLEMS)
  const filled = withFiles(read.intent, received.files)
  const more = missing.length > 0 ? missing : filled.problems
  if (filled.intent === undefined || more.some(isError)) return { problems: [...read.problems, ...more], contents }
  const { intent, problems } = withEnvFiles(filled.intent, read.envFiles, textsOf(received))
  const all = [...read.problems, ...more, ...problems]
  return all.some(isError) ? { problems: all, contents } : { problems: all, intent: named(intent, body), contents }
}

const asSent = ({ path, text }: { readonly path: string; readonly text: string }): LabBody['files'][number] => ({
  path,
  mode: 0o644,
  contentBase64: Buffer.from(text).toString('base64'),
})

function textsOf({ files, contents }: ReceivedFiles): (path: string) => string | undefined {
  const digests = new Map(files.map(({ path, sha256 }) => [path, sha256]))
  return (path) => {
    const bytes = contents.get(digests.get(path) ?? '')
    return bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8')
  }
}

/** As `readLab`, where only a lab without errors will do. BAD_TOPOLOGY lists all of them in `details.problems`. */
export function readGoodLab(body: LabBody): Required<ReadLab> {
  const { problems, intent, contents } = readLab(body)
  if (intent !== undefined) return { problems, intent, contents }
  const errors = problems.filter(isError)
  const [first] = errors
  const what = first === undefined ? 'it has errors' : `line ${first.line}: ${first.message}`
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
  throw new MeshError('BAD_TOPOLOGY', `the topology cannot be used: ${what}${more}`, { problems })
}

/** `withFiles` finds these too, but does not know where in the text they are. */
function missingSources(sources: TopologyResult['bindSources'], files: readonly LabFile[]): readonly Problem[] {
  const there = new Set(files.flatMap(({ path }) => [path, ...foldersOf(path)]))
  const isThere = (path: string): boolean => there.has(path) || there.has(path.endsWith('/') ? path : `${path}/`)
  return sources
    .filter(({ path, optional }) => !optional && !isThere(path))
    .map(({ from, line, column }) => {
      const message = `\`${from}\` was not sent along with the topology`
      return { severity: 'error', code: 'BIND_SOURCE', path: 'binds', line, column, message }
    })
}

const isError = (problem: Problem): boolean => problem.severity === 'error'

/** `labBody` has checked the form of the name. */
const named = (intent: LabIntent, { name, strictMtu }: LabBody): LabIntent => ({
  ...intent,
  ...(name === undefined ? {} : { name: name as LabName }),
  ...(strictMtu === true ? { strictMtu } : {}),
})
