import { readFileSync } from 'node:fs'
import { Caller, everyMethod, nearlyFittingAsks, type OpenApi } from './hostile-requests.ts'
import { openTabs, type TabsReport } from './hostile-tabs.ts'
import { slowOnes, stolenCookie, type Target, wrongEnds, wrongLines } from './hostile-wires.ts'

/** Somebody who means no good, run inside a simulated host. Takes a `HostileTask` as JSON on standard input and prints a `HostileReport`. */
export interface HostileTask extends Target {
  /** API token of an admin; `token` is that of an operator. */
  readonly admin: string
  /** Body of a login. */
  readonly login: object
  /** Requests that nearly fit, and WebSockets. */
  readonly count: number
  readonly sockets: number
  readonly seed: number
  /** Process id of the agent. */
  readonly pid: number
  /** What no answer may hold. */
  readonly secrets: readonly string[]
}

export interface HostileReport extends TabsReport {
  /** How often each status was answered. */
  readonly counts: Readonly<Record<string, number>>
  /** What was answered with 500, held a secret, or was not refused as it should. */
  readonly faults: readonly string[]
  readonly slow: number
}

const main = async (task: HostileTask): Promise<HostileReport> => {
  const { host, port, ca, token, admin, login, count, seed, pid, secrets } = task
  const caller = new Caller(`https://${host}:${port}`, ca)
  const faults = await stolenCookie(task, caller, login)
  const document = await caller.json<OpenApi>(admin, 'GET', '/openapi.json')
  const slow = slowOnes(task)
  const counts: Record<string, number> = {}
  const asks = [
    ...nearlyFittingAsks(document, ['', token, admin], count, seed),
    ...everyMethod(document, ''),
    ...everyMethod(document, admin),
  ]
  await caller.all(asks, ({ method, path }, { status, headers, text }) => {
    counts[status] = (counts[status] ?? 0) + 1
    const all = `${JSON.stringify(headers)}\n${text}`
    if (status === 500) faults.push(`${method} ${path}: 500 ${text.slice(0, 300)}`)
    if (secrets.some((secret) => all.includes(secret))) faults.push(`${method} ${path}: holds a secret`)
  })
  faults.push(...(await wrongLines(task)), ...(await wrongEnds(task, task.sockets, seed)))
  const hung = await slow
  const open = await openTabs(task, caller, admin, pid)
  return { counts, faults: faults.slice(0, 20), slow: hung, ...open }
}

process.stdout.write(JSON.stringify(await main(JSON.parse(readFileSync(0, 'utf8')) as HostileTask)))
process.exit(0)
