import type { AgentPort } from '#agent/port.ts'
import { MeshError } from '#core/model/errors.ts'
import type { Metrics } from '#metrics/index.ts'
import { bundleName } from '#platform/bundle-name.ts'
import type { TarFile } from '#platform/tar.ts'
import { scrubJson, scrubLines, scrubText } from './scrub.ts'

/** What the agent itself cannot tell of its host; what is absent is left out. */
export interface SupportDeps {
  readonly config?: object
  /** Versions of the tools, by whatever uses them. */
  tools?(): Promise<object>
  /** The last lines of the log, JSON. */
  log?(): string
}

export interface SupportSources extends SupportDeps {
  readonly agent: AgentPort
  readonly version: string
  readonly metrics: Pick<Metrics, 'scrape'>
  /** Wall clock. */
  readonly nowMs: number
}

/** What there is in a bundle: the file, and its text. */
type Part = readonly [file: string, read: () => Promise<string> | string]

const EVENTS = 1_000
/** Other hosts and tools may not answer; the rest is worth having all the same. */
const PART_MS = 10_000

/** The files of a bundle one by one, without secrets; what cannot be read is told in the last one. Never throws. */
export async function* supportFiles(sources: SupportSources): AsyncGenerator<TarFile, void> {
  const folder = bundleName(sources.agent.self().name, sources.nowMs)
  const file = (name: string, text: string): TarFile => ({
    path: `${folder}/${name}`,
    bytes: Buffer.from(text),
    mode: 0o600,
  })
  const faults: string[] = []
  for (const [name, read] of [...parts(sources), ...labParts(sources.agent, faults)]) {
    try {
      yield file(name, await inTime(read))
    } catch (error) {
      faults.push(`${name}: ${scrubText(reasonOf(error))}`)
    }
  }
  yield file('about.txt', aboutText(sources, faults))
}

function parts({ agent, version, metrics, nowMs, config, tools, log }: SupportSources): readonly Part[] {
  const read = (name: string, ask: () => unknown): Part => [name, async () => scrubJson(await ask())]
  return [
    read('version.json', () => ({ version, madeAt: new Date(nowMs).toISOString(), node: process.version })),
    ...(config === undefined ? [] : [read('config.json', () => config)]),
    read('readiness.json', () => agent.readiness()),
    read('self.json', () => agent.self()),
    read('hosts.json', () => agent.hosts()),
    read('quorum.json', () => agent.quorum()),
    read('leader.json', () => agent.leader()),
    read('paths.json', () => agent.paths()),
    read('counters.json', () => agent.counters()),
    ['metrics.txt', async () => scrubText(await metrics.scrape(agent))],
    ['events.ndjson', async () => eventLines(await agent.events({ limit: EVENTS }))],
    ...(tools === undefined ? [] : [read('tools.json', () => tools())]),
    ...(log === undefined ? [] : [['log.ndjson', () => scrubLines(log())] as const]),
  ]
}

const eventLines = ({ events }: Awaited<ReturnType<AgentPort['events']>>): string =>
  events.map((event) => `${scrubJson(event, 0)}\n`).join('')

/** One file each: a large mesh has many, and only one is held as text. */
function labParts(agent: AgentPort, faults: string[]): readonly Part[] {
  try {
    return agent.labViews().map((view) => [`labs/${encodeURIComponent(view.name)}.json`, () => scrubJson(view)])
  } catch (error) {
    faults.push(`labs: ${scrubText(reasonOf(error))}`)
    return []
  }
}

async function inTime(read: Part[1]): Promise<string> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new MeshError('TIMEOUT', `no answer in ${PART_MS / 1_000} s`)), PART_MS)
  try {
    return await Promise.race([(async () => read())(), late.promise])
  } finally {
    clearTimeout(timer)
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const aboutText = ({ agent, version, nowMs, log }: SupportSources, faults: readonly string[]): string =>
  [
    `Support bundle of host ${agent.self().name}, Skein ${version}, ${new Date(nowMs).toISOString()}.`,
    '',
    'Passwords, their hashes, keys, tokens and codes are taken out where they can be told by their form or name.',
    'Names and addresses of hosts, labs, nodes and people are in it, and what tools said: read it before you hand it on.',
    log === undefined
      ? 'The log is not in it: `journalctl -u skein` has it.'
      : 'log.ndjson has the last lines of the log since the agent started; `journalctl -u skein` has all of it.',
    ...(faults.length === 0 ? [] : ['', 'What could not be read:', ...faults]),
    '',
  ].join('\n')
