import { request } from 'node:http'
import { type SkeinHosts, until } from '#testing/skein-hosts.ts'
import type { Sights } from './detect-sights.ts'
import { type Detecting, LIMIT_MS, pidsOf } from './detect-system.ts'

const LOG = '/var/log/skein.log'
/** One node that runs. A delay of its start that changes is a new wish, and changes nothing on any host. */
const lab = (host: string, delayS: number): string =>
  `name: bench\ntopology:\n  nodes:\n    a: { kind: linux, image: "alpine:3", startup-delay: ${delayS}, labels: { skein/host: ${host} } }\n`

interface Host {
  readonly id: string
  readonly name: string
  readonly state: string
}

/** The mesh that runs on these hosts. */
export const skeinOn = async (hosts: SkeinHosts, sights: Sights): Promise<Detecting> => {
  const { bed } = hosts
  const roster = await hosts.json<Host[]>(bed.hosts[0] ?? '', 'host', 'ls')
  const nameOf = new Map(roster.map(({ id, name }) => [id, name]))
  const told = (line: string): string | undefined => {
    if (!line.includes('"HOST_STATE"')) return undefined
    const { host, to } = JSON.parse(line) as { host: string; to: string }
    return `${to} ${nameOf.get(host)}`
  }
  for (const host of bed.hosts) {
    sights.follow(host, `/proc/${await bed.pid(host)}/root${LOG}`, told)
    await followEvents(await socketOf(hosts, host), (what) => sights.note(host, what))
  }
  const [first = ''] = bed.hosts
  let wishes = 0
  await submit(await socketOf(hosts, first), lab(first, wishes))
  await until(
    'the lab is up',
    LIMIT_MS,
    async () => (await hosts.json<Host>(first, 'lab', 'show', 'bench')).state === 'up',
  )
  const isWholeAt = async (host: string): Promise<boolean> =>
    (await hosts.json<Host[]>(host, 'host', 'ls')).every(({ state }) => state === 'alive')
  return {
    name: 'skein',
    isWhole: async () => (await Promise.all(bed.hosts.map(isWholeAt))).every(Boolean),
    pids: (host) => pidsOf(bed, host, 'main.ts run'),
    start: async (host) => {
      await hosts.start(host)
      await followEvents(await socketOf(hosts, host), (what) => sights.note(host, what))
    },
    knownDown: (host, by, fromMs) => sights.all(`down ${host}`, by, fromMs, LIMIT_MS),
    event: async (from) => {
      const fromMs = performance.now()
      const socket = await socketOf(hosts, from)
      const generation = await submit(socket, lab(first, ++wishes))
      // From where its own host has it: taking the wish is another matter.
      const atMs = await sights.all(`event ${generation}`, [from], fromMs, LIMIT_MS)
      return (await sights.all(`event ${generation}`, bed.hosts, fromMs, LIMIT_MS)) - atMs
    },
  }
}

const socketOf = async ({ bed }: SkeinHosts, host: string): Promise<string> =>
  `/proc/${await bed.pid(host)}/root/run/skein/skein.sock`

/** Submits the lab once more; answers which generation of it that is. */
const submit = (socketPath: string, topology: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' }
    const call = request({ socketPath, method: 'POST', path: '/v1/labs', headers }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        if (answer.statusCode === 202) resolve((JSON.parse(text) as { generation: number }).generation)
        else reject(new Error(`the lab was not taken: ${text}`))
      })
    })
    call.on('error', reject)
    call.end(JSON.stringify({ topology }))
  })

/** Reads the feed of a host until its agent ends: `event` and the generation of each lab that was submitted anywhere. */
const followEvents = (socketPath: string, onEvent: (what: string) => void): Promise<void> =>
  new Promise((resolve, reject) => {
    const call = request({ socketPath, path: '/v1/events/follow' }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (part: string) => {
        const lines = (text + part).split('\n')
        text = lines.pop() ?? ''
        for (const line of lines) tellOf(line, onEvent)
        resolve()
      })
      // The agent is killed again and again.
      answer.on('error', () => undefined)
    })
    call.on('error', reject)
    call.end()
  })

const tellOf = (line: string, onEvent: (what: string) => void): void => {
  const { event } = JSON.parse(line) as { event?: { code: string; message: string } }
  const generation = event?.code === 'LAB_SUBMITTED' ? /generation (\d+)/.exec(event.message)?.[1] : undefined
  if (generation !== undefined) onEvent(`event ${generation}`)
}
