import { MeshError, type Problem } from '#core/model/errors.ts'
import type { LabName } from '#core/model/ids.ts'
import type { LabFile, LabIntent } from '#core/model/lab.ts'
import { withFiles } from '#core/topology/intent.ts'
import { readTopology, type TopologyResult } from '#core/topology/read.ts'
import { receiveFiles } from './lab-files.ts'
import type { LabBody } from './schemas.ts'

/** What a request's topology comes to; `intent` is absent where a problem is an error. */
export interface ReadLab {
  readonly problems: readonly Problem[]
  readonly intent?: LabIntent
  readonly contents: ReadonlyMap<string, Uint8Array>
}

/** Parses and checks a topology with its files; never starts anything. BAD_INPUT for files that cannot be taken. */
export function readLab(body: LabBody): ReadLab {
  const { files, contents } = receiveFiles(body.files)
  const fallbackName = body.name ?? body.fallbackName
  const read = readTopology({
    text: body.topology,
    variables: body.variables,
    lenient: body.lenient,
    ...(body.fileName === undefined ? {} : { fileName: body.fileName }),
    ...(fallbackName === undefined ? {} : { fallbackName }),
  })
  if (read.intent === undefined) return { problems: read.problems, contents }
  const missing = missingSources(read.bindSources, files)
  const filled = withFiles(read.intent, files)
  const problems = [...read.problems, ...(missing.length > 0 ? missing : filled.problems)]
  if (filled.intent === undefined || problems.some(isError)) return { problems, contents }
  return { problems, intent: named(filled.intent, body.name), contents }
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
  const isThere = (path: string) =>
    files.some((file) => file.path === path || file.path.startsWith(path.endsWith('/') ? path : `${path}/`))
  return sources
    .filter(({ path }) => !isThere(path))
    .map(({ path, line, column }) => {
      const message = `\`${path}\` was not sent along with the topology`
      return { severity: 'error', code: 'BIND_SOURCE', path: 'binds', line, column, message }
    })
}

const isError = (problem: Problem): boolean => problem.severity === 'error'

/** `labBody` has checked the form of the name. */
const named = (intent: LabIntent, name: string | undefined): LabIntent =>
  name === undefined ? intent : { ...intent, name: name as LabName }
