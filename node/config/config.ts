import { readFileSync } from 'node:fs'
import { MeshError, type Problem } from '#core/model/errors.ts'
import { isMissing } from '#platform/files.ts'
import { CONFIG_FILE, CONFIG_FILE_VARIABLE, type Config, DEFAULTS, parseNetwork, RULES, type Rule } from './defaults.ts'
import { readEnvironment, readFlags, readYaml, type Setting, type Source } from './sources.ts'

export type { Config } from './defaults.ts'

export interface ConfigInput {
  /** Then it must be there; otherwise `SKEIN_CONFIG`, which must be there too, or the default place, which need not. */
  readonly file?: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** By key of `Config`; undefined ones count as not given. */
  readonly flags?: Readonly<Record<string, unknown>>
}

/**
 * The configuration of this host, frozen: defaults, over them the file, over it `SKEIN_*`, over it flags. Throws MeshError
 * BAD_INPUT with every problem of all sources at once, in its message and as `details.problems`.
 */
export const loadConfig = (input: ConfigInput): Config => {
  const sources = [readConfigFile(input), readEnvironment(input.env), readFlags(input.flags ?? {})]
  const values: Record<string, unknown> = { ...DEFAULTS }
  const problems: Problem[] = []
  for (const setting of sources.flatMap((source) => source.settings)) {
    const checked = check(setting)
    if ('problem' in checked) problems.push(checked.problem)
    else values[setting.key] = checked.value
  }
  problems.unshift(...sources.flatMap((source) => source.problems))
  const config = values as unknown as Config
  if (problems.length === 0) problems.push(...checkTogether(config))
  if (problems.length > 0) throw badConfig(problems)
  return Object.freeze(config)
}

const readConfigFile = ({ file, env }: ConfigInput): Source => {
  const named = file ?? (env[CONFIG_FILE_VARIABLE] || undefined)
  const path = named ?? CONFIG_FILE
  try {
    return readYaml(path, readFileSync(path, 'utf8'))
  } catch (error) {
    if (named === undefined && isMissing(error)) return { settings: [], problems: [] }
    const why = isMissing(error) ? 'there is no such file' : error instanceof Error ? error.message : String(error)
    return { settings: [], problems: [bad({ at: path, line: 0, column: 0 }, why)] }
  }
}

const check = (setting: Setting): { readonly value: string | number } | { readonly problem: Problem } => {
  const rule = RULES[setting.key]
  const value = rule.type === 'integer' ? toInteger(setting.value) : setting.value
  if (rule.type === 'integer') {
    if (value !== undefined && Number(value) >= rule.min && Number(value) <= rule.max) return { value: Number(value) }
    return {
      problem: bad(setting, `must be a whole number from ${rule.min} to ${rule.max}, not ${shown(setting.value)}`),
    }
  }
  if (typeof value !== 'string') return { problem: bad(setting, `must be ${textRule(rule)}, not ${shown(value)}`) }
  const why = rule.check(value)
  return why === undefined ? { value } : { problem: bad(setting, `${why}, not ${shown(value)}`) }
}

const textRule = (rule: Extract<Rule, { type: 'text' }>): string => rule.what

const toInteger = (value: unknown): number | undefined => {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : undefined
}

const shown = (value: unknown): string =>
  typeof value === 'object' && value !== null ? 'a list or map' : JSON.stringify(value)

const checkTogether = (config: Config): readonly Problem[] =>
  contradictions(config).map(([at, why]) => bad({ at, line: 0, column: 0 }, why))

/** Settings that are right each for itself and not together. */
const contradictions = (config: Config): readonly (readonly [at: string, why: string])[] => {
  const { vniMin, vniMax, portMin, portMax, libp2pPort, imagePort, apiPort, wireguardPort, vxlanPort, overlay, mgmt } =
    config
  const [ours, theirs] = [parseNetwork(overlay), parseNetwork(mgmt)]
  const own = [libp2pPort, imagePort, wireguardPort, vxlanPort, apiPort].find(
    (port) => port >= portMin && port <= portMax,
  )
  return [
    ...only(vniMin > vniMax, 'vni-min', `must not be above vni-max: ${vniMin} > ${vniMax}`),
    ...only(portMin > portMax, 'port-min', `must not be above port-max: ${portMin} > ${portMax}`),
    ...only(own !== undefined, 'port-min', `to port-max must not have ${own}, which the agent itself uses`),
    ...only(apiPort === libp2pPort, 'api-port', `must not be libp2p-port, both are ${apiPort}/tcp`),
    ...only(apiPort === imagePort, 'api-port', `must not be image-port, both are ${apiPort}/tcp`),
    ...only(
      config.apiTls === 'files' && (config.apiTlsCert === '' || config.apiTlsKey === ''),
      'api-tls',
      'is files: name them with api-tls-cert and api-tls-key',
    ),
    ...only(imagePort === libp2pPort, 'image-port', `must not be libp2p-port, both are ${imagePort}/tcp`),
    ...only(wireguardPort === vxlanPort, 'vxlan-port', `must not be wireguard-port, both are ${vxlanPort}/udp`),
    ...only(
      ours !== undefined && theirs !== undefined && ours.first <= theirs.last && theirs.first <= ours.last,
      'mgmt',
      `must not share addresses with overlay: ${mgmt} and ${overlay}`,
    ),
  ]
}

const only = (isSo: boolean, at: string, why: string): readonly (readonly [at: string, why: string])[] =>
  isSo ? [[at, why]] : []

const bad = ({ at, line, column }: Pick<Setting, 'at' | 'line' | 'column'>, message: string): Problem => ({
  severity: 'error',
  code: 'BAD_CONFIG',
  path: at,
  line,
  column,
  message,
})

const badConfig = (problems: readonly Problem[]): MeshError => {
  const lines = problems.map(
    ({ path, line, message }) =>
      `${path}${line > 0 && !path.includes(`:${line}`) ? ` (line ${line})` : ''}: ${message}`,
  )
  return new MeshError('BAD_INPUT', `the configuration cannot be used: ${lines.join('; ')}`, { problems })
}
