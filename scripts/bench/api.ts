/**
 * How fast one host answers, and what tabs cost it: `node scripts/bench/api.ts [--seconds 3] [--tabs 50]`. The rival is a bare Fastify route in
 * the same process and the same run; each request logs in by a bearer token, as from a network, but without TLS.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { Pool } from 'undici'
import { WebSocket } from 'ws'
import { option, quantile } from './support.ts'

const ROUTES = ['/healthz', '/v1/self', '/v1/leader', '/v1/hosts', '/v1/labs', '/v1/labs/ring', '/v1/events', '/agents']
const CONNECTIONS = 16
/** Requests before it counts: the first ones are compiled. */
const WARM_UP = 200
const SETTLE_MS = 3_000
const WATCH_MS = 20_000

interface Used {
  readonly cpuUs: number
  readonly rssMiB: number
}

const main = async (): Promise<void> => {
  const child = spawn(process.execPath, [new URL('api-host.ts', import.meta.url).pathname], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async <T>(): Promise<T> => JSON.parse((await lines.next()).value ?? '') as T
  try {
    const { api, bare, tokens } = await next<{ api: number; bare: number; tokens: readonly string[] }>()
    const [token = ''] = tokens
    const used = async (): Promise<Used> => {
      child.stdin.write('cpu\n')
      return next<Used>()
    }
    await reads(`http://127.0.0.1:${api}`, { origin: `http://127.0.0.1:${bare}`, path: '/bare', token, used })
    await tabs(`ws://127.0.0.1:${api}/v1/live`, tokens, used)
  } finally {
    child.kill()
  }
}

interface Loaded {
  readonly origin: string
  readonly path: string
  readonly token: string
  used(): Promise<Used>
}

const reads = async (api: string, bare: Loaded): Promise<void> => {
  const rival = await load(bare)
  const rows = [{ route: 'a bare route', ...rival, 'CPU of the bare one': 1 }]
  for (const path of ROUTES) {
    const row = await load({ ...bare, origin: api, path })
    rows.push({ route: path, ...row, 'CPU of the bare one': Number((row['CPU ms'] / rival['CPU ms']).toFixed(1)) })
  }
  console.table(rows)
}

/** As many requests as it answers, some at once; what they cost is more to the point on a machine that does other things. */
const load = async ({ origin, path, token, used }: Loaded) => {
  const pool = new Pool(origin, { connections: CONNECTIONS })
  const ask = async (): Promise<number> => {
    const headers = { authorization: `Bearer ${token}` }
    const { body, statusCode } = await pool.request({ path, method: 'GET', headers })
    if (statusCode !== 200) throw new Error(`${path} answers ${statusCode}`)
    return (await body.text()).length
  }
  for (let time = 0; time < WARM_UP; time += 1) await ask()
  const took: number[] = []
  const before = await used()
  const endMs = performance.now() + option('seconds', 3) * 1000
  const many = async (): Promise<void> => {
    while (performance.now() < endMs) {
      const startMs = performance.now()
      await ask()
      took.push(performance.now() - startMs)
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, many))
  const cpuMs = ((await used()).cpuUs - before.cpuUs) / 1000
  const bytes = await ask()
  await pool.close()
  const sorted = took.toSorted((a, b) => a - b)
  return {
    'requests/s': Math.round(took.length / option('seconds', 3)),
    'p50 ms': Number(quantile(sorted, 0.5).toFixed(1)),
    'p99 ms': Number(quantile(sorted, 0.99).toFixed(1)),
    'CPU ms': Number((cpuMs / took.length).toFixed(3)),
    bytes,
  }
}

const tabs = async (url: string, tokens: readonly string[], used: () => Promise<Used>): Promise<void> => {
  const rows = []
  let heard = 0
  let messages = 0
  for (const count of [0, option('tabs', 50)]) {
    const sockets = Array.from(
      { length: count },
      (_, at) => new WebSocket(url, { headers: { authorization: `Bearer ${tokens[at % tokens.length] ?? ''}` } }),
    )
    for (const socket of sockets) {
      socket.on('message', (data: Buffer) => {
        heard += data.length
        messages += 1
      })
      await once(socket, 'open')
      socket.send(JSON.stringify({ type: 'watch', lab: 'ring' }))
    }
    await pause(SETTLE_MS)
    ;[heard, messages] = [0, 0]
    const before = await used()
    await pause(WATCH_MS)
    const after = await used()
    const share = (after.cpuUs - before.cpuUs) / 10 / WATCH_MS
    rows.push({
      tabs: count,
      'CPU % of one': Number(share.toFixed(2)),
      'RSS MiB': after.rssMiB,
      'patches/s per tab': count === 0 ? 0 : Number((messages / count / (WATCH_MS / 1000)).toFixed(2)),
      'bytes/s per tab': count === 0 ? 0 : Math.round(heard / count / (WATCH_MS / 1000)),
    })
    for (const socket of sockets) socket.terminate()
  }
  console.table(rows)
}

await main()
