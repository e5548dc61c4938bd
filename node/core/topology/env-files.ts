import type { Problem } from '../model/errors.ts'
import type { LabIntent } from '../model/lab.ts'
import type { EnvFileUse } from './read.ts'
import { MAX_PROBLEMS, quote } from './report.ts'

/** 4 MiB. What all nodes together may get of files: one file may be that of thousands of nodes. */
const MAX_ENV_CHARS = 4_194_304

/**
 * Gives nodes the environment that their `env-files` hold, under what `env` says itself. `textOf`: the text of a file that came along.
 * A line that is none of `NAME=value` is an error at the place that names the file; so is more than all nodes may get together.
 * Of more errors than a person reads the first are told.
 */
export function withEnvFiles(
  intent: LabIntent,
  uses: readonly EnvFileUse[],
  textOf: (path: string) => string | undefined,
): { readonly intent: LabIntent; readonly problems: readonly Problem[] } {
  const problems: Problem[] = []
  const usesOf = Map.groupBy(uses, (use) => use.node)
  const read = eachOnce(textOf)
  let left = MAX_ENV_CHARS
  const nodes = intent.nodes.map((node) => {
    const own = usesOf.get(node.name)
    if (own === undefined || left < 0) return node
    const found = own.flatMap((use) => {
      const { variables, wrong, chars } = read(use.path)
      if (left >= 0 && left < chars) problems.push(tooMuch(use))
      left -= chars
      for (const { line, text } of wrong.slice(0, Math.max(0, MAX_PROBLEMS - problems.length)))
        problems.push(badLine(use, line, text))
      return left < 0 ? [] : variables
    })
    return { ...node, env: Object.fromEntries([...found, ...Object.entries(node.env)]) }
  })
  return { intent: { ...intent, nodes }, problems }
}

/** A reader that takes each file apart but once. */
function eachOnce(
  textOf: (path: string) => string | undefined,
): (path: string) => EnvText & { readonly chars: number } {
  const known = new Map<string, EnvText & { readonly chars: number }>()
  return (path) => {
    const before = known.get(path)
    if (before !== undefined) return before
    const text = textOf(path) ?? ''
    const tooLong = { variables: [], wrong: [] }
    const read = { ...(text.length > MAX_ENV_CHARS ? tooLong : readEnvFile(text)), chars: text.length }
    known.set(path, read)
    return read
  }
}

interface EnvText {
  readonly variables: readonly (readonly [string, string])[]
  readonly wrong: readonly { readonly line: number; readonly text: string }[]
}

const LINE = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\s*=(.*)$/

/** As containerlab's reader has it (github.com/joho/godotenv): `#` comments, `export`, quotes around values, escapes in double ones. */
export function readEnvFile(text: string): EnvText {
  const variables: (readonly [string, string])[] = []
  const wrong: { line: number; text: string }[] = []
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    if (/^\s*(#|$)/.test(line)) continue
    const [, name, value = ''] = LINE.exec(line) ?? []
    if (name === undefined) wrong.push({ line: index + 1, text: line })
    else variables.push([name, textOfValue(value.trim())])
  }
  return { variables, wrong }
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' }

function textOfValue(value: string): string {
  const single = /^'([^']*)'(\s*#.*)?$/.exec(value)
  if (single !== null) return single[1] ?? ''
  const double = /^"((?:[^"\\]|\\.)*)"(\s*#.*)?$/.exec(value)
  if (double !== null) return (double[1] ?? '').replaceAll(/\\(.)/g, (_, char: string) => ESCAPES[char] ?? char)
  if (value.startsWith('#')) return ''
  const comment = /\s#/.exec(value)
  return comment === null ? value : value.slice(0, comment.index).trimEnd()
}

const tooMuch = ({ path, line, column }: EnvFileUse): Problem => ({
  severity: 'error',
  code: 'TOO_LARGE',
  path: 'env-files',
  line,
  column,
  message: `with ${quote(path)} all nodes together get more than ${MAX_ENV_CHARS / 1024 ** 2} MiB of environment from files`,
})

const badLine = ({ path, line, column }: EnvFileUse, at: number, text: string): Problem => ({
  severity: 'error',
  code: 'BAD_VALUE',
  path: 'env-files',
  line,
  column,
  message: `line ${at} of ${quote(path)} is not of the form \`NAME=value\`: ${quote(text)}`,
})
