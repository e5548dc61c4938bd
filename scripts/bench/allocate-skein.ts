import { type ChildProcess, fork } from 'node:child_process'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { LeaderView } from '#agent/port.ts'
import { bootstrap, join as joinMesh } from '../../node/setup.ts'
import {
  type Cluster,
  freePort,
  type Giver,
  type Load,
  nextSuccess,
  type Op,
  runCallers,
  together,
  until,
  wallMs,
} from './allocate-load.ts'

interface State extends LeaderView {
  readonly alive: number
  readonly counters: Readonly<Record<string, number>>
}

/** One agent in a process of its own. */
interface Host {
  readonly name: string
  readonly args: readonly string[]
  process: ChildProcess
}

const NAMES = ['h1', 'h2', 'h3'] as const

/** Our three members; their callers are inside the agents, those of `overHttp` in this process, on the agents' sockets. */
export interface SkeinCluster extends Cluster {
  readonly overHttp: Giver
}

/** Three agents on loopback, each with its own process, store and key, made by bootstrap and join. */
export const skeinCluster = async (folder: string): Promise<SkeinCluster> => {
  const hosts: Host[] = []
  const stop = async (): Promise<void> => {
    await Promise.all(hosts.map(end))
  }
  try {
    for (const name of NAMES) hosts.push(await addHost({ folder, name, contact: hosts[0] }))
    await until('three voters that hear each other', 60_000, () => isWhole(hosts))
  } catch (error) {
    await stop()
    throw error
  }
  return {
    name: 'skein',
    load: async (callers, ms) =>
      together(await Promise.all(hosts.map((host, i) => ask<Load>(host, 'load', callers[i] ?? 0, ms)))),
    overHttp: { name: 'skein by HTTP', load: (callers, ms) => loadOverHttp(hosts, callers, ms) },
    failover: () => failover(hosts),
    stop,
  }
}

let asked = 0
const loadOverHttp = async (hosts: readonly Host[], callers: readonly number[], ms: number): Promise<Load> => {
  const agent = new Agent({ keepAlive: true })
  const allocate = async (host: Host): Promise<number> => {
    const { values } = await post(agent, host, { pool: 'vni', owner: `bench/http/${process.pid}/${++asked}` })
    return Number(values[0])
  }
  try {
    return together(await Promise.all(hosts.map((host, i) => runCallers(callers[i] ?? 0, ms, () => allocate(host)))))
  } finally {
    agent.destroy()
  }
}

const post = (agent: Agent, { args: [dataDir = ''] }: Host, body: object): Promise<{ values: readonly unknown[] }> =>
  new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' }
    const options = { socketPath: join(dataDir, 'skein.sock'), path: '/v1/allocations', method: 'POST', headers, agent }
    const asking = request(options, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        if (response.statusCode === 201) resolve(JSON.parse(text))
        else reject(new Error(`the API answers ${response.statusCode}: ${text}`))
      })
    })
    asking.on('error', reject)
    asking.end(JSON.stringify(body))
  })

const failover = async (hosts: readonly Host[]): Promise<number> => {
  const leader = await leaderOf(hosts)
  const [survivor] = hosts.filter((host) => host !== leader)
  if (survivor === undefined) throw new Error('no survivor')
  const watched = ask<readonly Op[]>(survivor, 'watch', 6_000)
  await pause(1_000)
  const killedMs = wallMs()
  await end(leader)
  const ops = await watched
  leader.process = await launch(leader.args)
  await until('the mesh is whole again', 60_000, () => isWhole(hosts))
  return nextSuccess(ops, killedMs)
}

const leaderOf = (hosts: readonly Host[]): Promise<Host> =>
  until('a leader', 20_000, async () => {
    const first = hosts[0]
    const said = first === undefined ? undefined : await ask<State>(first, 'state')
    return hosts.find(({ name }) => name === said?.leader)
  })

const isWhole = async (hosts: readonly Host[]): Promise<boolean> => {
  const all = await Promise.all(hosts.map((host) => ask<State>(host, 'state')))
  return all.every(({ voters, alive, leader }) => voters.length === 3 && alive === 3 && leader === all[0]?.leader)
}

interface Adding {
  readonly folder: string
  readonly name: string
  readonly contact: Host | undefined
}

const addHost = async ({ folder, name, contact }: Adding): Promise<Host> => {
  const dataDir = join(folder, name)
  const port = await freePort()
  const options = { name, dataDir, advertise: '127.0.0.1', env: { SKEIN_LIBP2P_PORT: String(port) } }
  if (contact === undefined) await bootstrap(options)
  else await joinMesh({ ...options, token: await until('a token', 30_000, () => ask<string>(contact, 'token')) })
  const args = [dataDir, String(port)]
  return { name, args, process: await launch(args) }
}

const launch = async (args: readonly string[]): Promise<ChildProcess> => {
  const file = join(import.meta.dirname, 'allocate-host.ts')
  const child = fork(file, args, { serialization: 'advanced' })
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve())
    child.once('exit', (code) => reject(new Error(`the agent of ${args[0]} ended with ${code} before it was ready`)))
  })
  return child
}

let lastId = 0
const ask = <T>({ process, name }: Host, what: string, ...args: readonly number[]): Promise<T> =>
  new Promise((resolve, reject) => {
    const id = ++lastId
    const onExit = (): void => reject(new Error(`${name} ended`))
    const onMessage = (answer: { id: number; value: T; error?: string }): void => {
      if (answer.id !== id) return
      process.off('message', onMessage)
      process.off('exit', onExit)
      if (answer.error === undefined) resolve(answer.value)
      else reject(new Error(`${name}: ${answer.error}`))
    }
    process.on('message', onMessage)
    process.once('exit', onExit)
    process.send({ id, name: what, args })
  })

const end = async ({ process }: Host): Promise<void> => {
  if (process.exitCode !== null || process.signalCode !== null) return
  const gone = new Promise((resolve) => process.once('exit', resolve))
  process.kill('SIGKILL')
  await gone
}
