import { isMap, isScalar, LineCounter, parseDocument } from 'yaml'
import type { Problem } from '#core/model/errors.ts'
import { nearest } from '#core/model/nearest.ts'
import { CONFIG_FILE_VARIABLE, type ConfigKey, RULES } from './defaults.ts'

/** One value somebody set, and where: `at` is what a person would look for. */
export interface Setting {
  readonly key: ConfigKey
  readonly value: unknown
  readonly at: string
  readonly line: number
  readonly column: number
}

/** What one source says: its settings, and everything that is wrong with how it is written. */
export interface Source {
  readonly settings: readonly Setting[]
  readonly problems: readonly Problem[]
}

const KEYS = Object.keys(RULES) as readonly ConfigKey[]

/** `dataDir` → `data-dir`, as the file and flags write it. */
const kebab = (key: string): string => key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

/** `dataDir` → `SKEIN_DATA_DIR`. */
const variableOf = (key: string): string => `SKEIN_${kebab(key).replaceAll('-', '_').toUpperCase()}`

const BY_NAME: ReadonlyMap<string, ConfigKey> = new Map(KEYS.map((key) => [kebab(key), key]))
const BY_VARIABLE: ReadonlyMap<string, ConfigKey> = new Map(KEYS.map((key) => [variableOf(key), key]))

const problem = (path: string, message: string, { line, column }: { line: number; column: number }): Problem => ({
  severity: 'error',
  code: 'BAD_CONFIG',
  path,
  line,
  column,
  message,
})

const NOWHERE = { line: 0, column: 0 }

const unknownKey = (name: string, known: readonly string[]): string => {
  const near = nearest(name, known)
  return `unknown setting ${name}; ${near === undefined ? `known are ${known.join(', ')}` : `did you mean ${near}?`}`
}

/** A configuration file: YAML 1.2, one flat map. `file` names it in problems. */
export const readYaml = (file: string, text: string): Source => {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const where = (offset: number | undefined) => {
    const { line, col } = lines.linePos(offset ?? 0)
    return { line, column: col }
  }
  if (document.errors.length > 0) {
    return { settings: [], problems: document.errors.map((error) => problem(file, error.message, where(error.pos[0]))) }
  }
  const root = document.contents
  if (root === null || (isScalar(root) && root.value === null)) return { settings: [], problems: [] }
  if (!isMap(root))
    return { settings: [], problems: [problem(file, 'must be a map of settings to values', where(root.range?.[0]))] }
  const settings: Setting[] = []
  const problems: Problem[] = []
  for (const { key, value } of root.items) {
    const name = isScalar(key) ? String(key.value) : String(key)
    const place = where(isScalar(key) ? key.range?.[0] : 0)
    const known = BY_NAME.get(name)
    if (known === undefined) problems.push(problem(name, unknownKey(name, [...BY_NAME.keys()]), place))
    else
      settings.push({
        key: known,
        value: isScalar(value) ? value.value : value,
        at: `${file}:${place.line}: ${name}`,
        ...place,
      })
  }
  return { settings, problems }
}

/** `SKEIN_*` of an environment. Variables that are no settings pass, unless they look like a slip of one. */
export const readEnvironment = (env: Readonly<Record<string, string | undefined>>): Source => {
  const settings: Setting[] = []
  const problems: Problem[] = []
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith('SKEIN_') || value === undefined || value === '' || name === CONFIG_FILE_VARIABLE) continue
    const key = BY_VARIABLE.get(name)
    if (key !== undefined) settings.push({ key, value, at: name, ...NOWHERE })
    else if (isSlip(name)) problems.push(problem(name, unknownKey(name, [...BY_VARIABLE.keys()]), NOWHERE))
  }
  return { settings, problems }
}

const isSlip = (name: string): boolean =>
  nearest(
    name.slice('SKEIN_'.length),
    [...BY_VARIABLE.keys()].map((one) => one.slice('SKEIN_'.length)),
  ) !== undefined

/** Flags as commander gives them: keys in camel case, absent ones undefined. */
export const readFlags = (flags: Readonly<Record<string, unknown>>): Source => {
  const given = Object.entries(flags).filter(([, value]) => value !== undefined)
  return {
    settings: given.flatMap(([key, value]) => (isKey(key) ? [{ key, value, at: `--${kebab(key)}`, ...NOWHERE }] : [])),
    problems: given
      .filter(([key]) => !isKey(key))
      .map(([key]) => problem(`--${kebab(key)}`, unknownKey(kebab(key), [...BY_NAME.keys()]), NOWHERE)),
  }
}

const isKey = (key: string): key is ConfigKey => Object.hasOwn(RULES, key)
