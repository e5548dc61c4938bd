import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import {
  type Client,
  credentials,
  type GrpcObject,
  loadPackageDefinition,
  type ServiceClientConstructor,
} from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import { type Cluster, freePort, nextSuccess, type Op, runCallers, together, until, wallMs } from './allocate-load.ts'

interface Member {
  readonly name: string
  readonly args: readonly string[]
  readonly address: string
  process: ChildProcess
}

type Call = (request: object, deadlineMs: number) => Promise<Readonly<Record<string, unknown>>>

/** A caller's way to one member. */
interface Way {
  put: Call
  status: Call
  members: Call
  close(): void
}

/** A key is one number: the revision that its `Put` made, the cheapest unique number etcd gives. */
const putOnce = async (way: Way, key: string, deadlineMs = 10_000): Promise<number> => {
  const { header } = await way.put({ key: Buffer.from(key), value: Buffer.from('1') }, deadlineMs)
  return Number((header as { revision: string }).revision)
}

/** Three members of etcd on loopback with its defaults, in `folder`; the callers are in this process, one connection to each member. */
export const etcdCluster = async (folder: string): Promise<Cluster> => {
  const members = await startMembers(folder)
  const ways = members.map(({ address }) => wayTo(address))
  const keys = counter()
  await until('an etcd leader', 20_000, async () => {
    await putOnce(first(ways), keys(), 1_000)
    return true
  })
  return {
    name: 'etcd',
    load: async (callers, ms) =>
      together(await Promise.all(ways.map((way, i) => runCallers(callers[i] ?? 0, ms, () => putOnce(way, keys()))))),
    failover: async () => {
      const leader = await leaderOf(members, ways)
      const way = wayTo(first(members.filter((member) => member !== leader)).address)
      const watch = watchPuts(way, keys)
      await pause(1_000)
      const killedMs = wallMs()
      leader.process.kill('SIGKILL')
      await until('a success after the kill', 30_000, async () => watch.ops.some(({ startMs }) => startMs > killedMs))
      watch.stop()
      way.close()
      await restart(leader)
      await until('etcd is whole again', 30_000, async () => isWhole(ways))
      return nextSuccess(watch.ops, killedMs)
    },
    stop: async () => {
      for (const way of ways) way.close()
      await Promise.all(members.map(end))
    },
  }
}

const startMembers = async (folder: string): Promise<readonly Member[]> => {
  const plans = await Promise.all(
    ['m1', 'm2', 'm3'].map(async (name) => ({ name, client: await freePort(), peer: await freePort() })),
  )
  const cluster = plans.map(({ name, peer }) => `${name}=http://127.0.0.1:${peer}`).join(',')
  return plans.map(({ name, client, peer }) => {
    const [clients, peers] = [`http://127.0.0.1:${client}`, `http://127.0.0.1:${peer}`]
    const args = ['--name', name, '--data-dir', join(folder, `etcd-${name}`), '--initial-cluster', cluster]
    args.push('--listen-client-urls', clients, '--advertise-client-urls', clients)
    args.push('--listen-peer-urls', peers, '--initial-advertise-peer-urls', peers)
    return { name, args, address: `127.0.0.1:${client}`, process: launch(args) }
  })
}

/** Of Debian's etcd-server. */
export const ETCD = 'etcd'

const launch = (args: readonly string[]): ChildProcess => spawn(ETCD, args, { stdio: 'ignore' })

const restart = async (member: Member): Promise<void> => {
  await exited(member.process)
  member.process = launch(member.args)
}

const exited = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode === null && child.signalCode === null) await new Promise((resolve) => child.once('exit', resolve))
}

const end = async (member: Member): Promise<void> => {
  member.process.kill('SIGKILL')
  await exited(member.process)
}

const leaderOf = async (members: readonly Member[], ways: readonly Way[]): Promise<Member> => {
  const { leader } = await first(ways).status({}, 5_000)
  const list = (await first(ways).members({}, 5_000)).members as readonly { ID: string; name: string }[]
  const name = list.find(({ ID }) => ID === leader)?.name
  const found = members.find((member) => member.name === name)
  if (found === undefined) throw new Error('etcd has no leader')
  return found
}

/** All answer, and none lacks an entry. */
const isWhole = async (ways: readonly Way[]): Promise<boolean> => {
  const said = await Promise.all(ways.map((way) => way.status({}, 1_000)))
  const indexes = said.map(({ raftIndex }) => Number(raftIndex))
  return Math.max(...indexes) - Math.min(...indexes) <= 1
}

/** A new attempt every 20 ms, none waiting for another: etcd drops what was under way when its leader dies, and its callers would wait for that. */
const watchPuts = (way: Way, keys: () => string) => {
  const ops: Op[] = []
  const attempt = (): void => {
    const startMs = wallMs()
    putOnce(way, keys(), 2_000).then(
      () => void ops.push({ startMs, endMs: wallMs() }),
      () => undefined,
    )
  }
  const timer = setInterval(attempt, 20)
  return { ops, stop: () => clearInterval(timer) }
}

const wayTo = (address: string): Way => {
  const options = { longs: String, keepCase: true, bytes: Buffer } as const
  const loaded = loadPackageDefinition(loadSync(join(import.meta.dirname, 'allocate-etcd.proto'), options))
  const services = loaded.etcdserverpb as GrpcObject
  const clientOf = (name: string): Client =>
    new (services[name] as ServiceClientConstructor)(address, credentials.createInsecure())
  const [kv, maintenance, cluster] = [clientOf('KV'), clientOf('Maintenance'), clientOf('Cluster')]
  return {
    put: callOf(kv, 'Put'),
    status: callOf(maintenance, 'Status'),
    members: callOf(cluster, 'MemberList'),
    close: () => {
      for (const client of [kv, maintenance, cluster]) client.close()
    },
  }
}

type Method = (
  request: object,
  options: { deadline: number },
  done: (error: Error | null, answer: Readonly<Record<string, unknown>>) => void,
) => void

const callOf = (client: Client, name: string): Call => {
  const method = (client as unknown as Readonly<Record<string, Method>>)[name]?.bind(client)
  if (method === undefined) throw new Error(`allocate-etcd.proto has no ${name}`)
  return (request, deadlineMs) =>
    new Promise((resolve, reject) => {
      method(request, { deadline: Date.now() + deadlineMs }, (error, answer) =>
        error === null ? resolve(answer) : reject(error),
      )
    })
}

const counter = (): (() => string) => {
  let count = 0
  return () => `skein-bench/${process.pid}/${++count}`
}

const first = <T>(items: readonly T[]): T => {
  const [item] = items
  if (item === undefined) throw new Error('nothing there')
  return item
}
