import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { connect } from 'node:tls'
import type { WebSocket } from 'ws'
import { until } from '#testing/skein-hosts.ts'
import type { Caller } from './hostile-requests.ts'
import { liveTab, type Target } from './hostile-wires.ts'

/** At least so many. */
const TABS = 200
/** Fewer than one user may have. */
const TABS_OF_ONE = 29
/** Told of nothing else, a tab hears the time every two seconds. */
const HEARD = 4
const PATIENCE_MS = 60_000
/** As often as a tab may ask, two times a second. */
const ASKS = 18
/** Answers of 100 KiB and more that are asked for at once, and not taken off. */
const PIPELINED = 2_000

export interface TabsReport {
  /** Resident memory of the agent, MiB, before there were tabs and while all were open. */
  readonly rssMiB: { readonly before: number; readonly after: number }
  /** Tabs that were open to the end and heard all the time. */
  readonly tabs: number
}

/** So many tabs, one of which takes nothing off and asks for all of it again and again, and a client that asks for answers and reads none. */
export async function openTabs(target: Target, caller: Caller, admin: string, pid: number): Promise<TabsReport> {
  const users = Array.from({ length: Math.ceil(TABS / TABS_OF_ONE) }, (_, at) => ({
    name: `tabs-${at}`,
    role: 'viewer',
  }))
  const tokens: string[] = []
  for (const user of users)
    tokens.push((await caller.json<{ token: string }>(admin, 'POST', '/v1/api-tokens', user)).token)
  const before = rssOf(pid)
  const tabs: WebSocket[] = []
  while (tabs.length < TABS) {
    const more = tokens.map((token) => liveTab(target, { authorization: `Bearer ${token}` }))
    tabs.push(...(await Promise.all(more)))
  }
  const heard = tabs.map(countOf)
  const stuck = await liveTab(target, { authorization: `Bearer ${target.token}` })
  stuck.pause()
  const pipe = pipeline(target)
  await until('every tab has heard enough', PATIENCE_MS, async () => {
    for (let time = 0; time < ASKS; time += 1) stuck.send('{"type":"resync"}')
    await pause(400)
    return heard.every((count) => count() >= HEARD)
  })
  const after = rssOf(pid)
  const open = tabs.filter(({ readyState, OPEN }) => readyState === OPEN)
  for (const socket of [...tabs, stuck]) socket.terminate()
  pipe.destroy()
  return { rssMiB: { before, after }, tabs: open.length }
}

const countOf = (socket: WebSocket): (() => number) => {
  let count = 0
  socket.on('message', () => {
    count += 1
  })
  return () => count
}

const pipeline = ({ host, port, ca, token }: Target) => {
  const socket = connect({ host, port, ca: readFileSync(ca) })
  socket.on('error', () => {})
  socket.pause()
  socket.write(`GET /openapi.json HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`.repeat(PIPELINED))
  return socket
}

/** `VmRSS` of proc(5), in MiB. */
const rssOf = (pid: number): number =>
  Math.round(Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024)
