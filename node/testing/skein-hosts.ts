import { setTimeout as pause } from 'node:timers/promises'
import { codeFolder } from '#platform/code-cache.ts'
import { createExec } from '#platform/run.ts'
import { commandLine, onlyAsks, type Said, SOCKET } from './command-line.ts'
import type { Testbed } from './testbed.ts'

const ROOT = new URL('../..', import.meta.url).pathname
const MAIN = `${ROOT}node/main.ts`
const LOG = '/var/log/skein.log'
const ANY_CODE = Array.from({ length: 256 }, (_, code) => code)

/** Agents on the hosts of a testbed, driven as a person would: by the command line. */
export interface SkeinHosts {
  readonly bed: Testbed
  /** The first host bootstraps, the others join by token, all run; resolves when every host sees every other alive. */
  makeMesh(): Promise<void>
  /** Starts the agent of a host and waits until it answers. */
  start(host: string): Promise<void>
  /** `kill -9` of the agent. */
  killAgent(host: string): Promise<void>
  signalAgent(host: string, signal: string): Promise<void>
  /** What a person types on that host. What only asks the agent is done in this process. */
  skein(host: string, ...args: readonly string[]): Promise<Said>
  /** Runs with --json; rejects where it does not exit with 0. */
  json<T>(host: string, ...args: readonly string[]): Promise<T>
  /** Runs a script of sh, however it exits; 60 s at most. */
  sh(host: string, script: string): Promise<Said>
  /** Writes the configuration of every host; for agents that are not started yet. */
  configure(text: string): Promise<void>
  /** `lab up` of this topology by a host, which must not fail. */
  labUp(host: string, topology: string): Promise<void>
  /** Every image of scripts/images.sh, in every host. */
  loadImages(): Promise<void>
  log(host: string): Promise<string>
}

/** Asks until the answer is what is waited for; rejects after `limitMs` with the last answer or error. */
export const until = async <T>(
  what: string,
  limitMs: number,
  ask: () => Promise<T | undefined | false>,
): Promise<T> => {
  const endMs = performance.now() + limitMs
  let last: unknown
  for (;;) {
    try {
      const answer = await ask()
      if (answer !== undefined && answer !== false) return answer
    } catch (error) {
      last = error
    }
    if (performance.now() > endMs) throw new Error(`waited ${limitMs / 1000} s for: ${what}`, { cause: last })
    await pause(100)
  }
}

/** `agent`: the program that is the agent, where it is not the product's own; it is told `run`. */
export const skeinHosts = (bed: Testbed, { agent = MAIN }: { readonly agent?: string } = {}): SkeinHosts => {
  const local = createExec()
  const asked = commandLine(bed)
  const skein: SkeinHosts['skein'] = async (host, ...args) => {
    if (onlyAsks(args)) return asked(host, ...args)
    const okCodes = [0, 1, 2, 3, 130]
    // As the installed command does.
    const env = `NODE_COMPILE_CACHE=${codeFolder(0, '/root')}`
    return bed.run(host, ['env', env, process.execPath, MAIN, ...args], { okCodes, timeoutMs: 300_000 })
  }
  const json = async <T>(host: string, ...args: readonly string[]): Promise<T> => {
    const said = await skein(host, ...args, '--json')
    if (said.code !== 0) throw new Error(`skein ${args.join(' ')} on ${host} exited ${said.code}: ${said.stderr}`)
    return JSON.parse(said.stdout) as T
  }
  const start: SkeinHosts['start'] = async (host) => {
    await bed.run(host, [
      'sh',
      '-c',
      `exec setsid --fork "$0" "$1" run >>${LOG} 2>&1 </dev/null`,
      process.execPath,
      agent,
    ])
    // Not by the command line: to start a program ten times a second is a load of its own.
    const ask = { socket: SOCKET, method: 'GET', path: '/v1/hosts', timeoutMs: 5_000 } as const
    await until(`the agent of ${host} answers`, 90_000, async () => (await bed.exec(host).run(ask)).code === 200)
  }
  const signalAgent: SkeinHosts['signalAgent'] = async (host, signal) => {
    await bed.run(host, ['pkill', `-${signal}`, '-f', `${agent} run`])
  }
  return {
    bed,
    skein,
    json,
    start,
    signalAgent,
    killAgent: async (host) => {
      await signalAgent(host, 'KILL')
      await until(
        `the agent of ${host} is gone`,
        5_000,
        async () => (await bed.run(host, ['pgrep', '-f', `${agent} run`], { okCodes: [0, 1] })).code === 1,
      )
    },
    makeMesh: async () => {
      const [first = '', ...others] = bed.hosts
      await json(first, 'bootstrap', '--name', first, '--advertise', bed.address(first))
      await start(first)
      for (const host of others) {
        const { token } = await until('a token', 20_000, () => json<{ token: string }>(first, 'token', 'create'))
        await json(host, 'join', token, '--name', host, '--advertise', bed.address(host))
        await start(host)
      }
      await Promise.all(
        bed.hosts.map((host) => until(`${host} sees all alive`, 30_000, () => allAlive(json, host, bed.hosts.length))),
      )
    },
    sh: (host, script) => bed.run(host, ['sh', '-c', script], { okCodes: ANY_CODE, timeoutMs: 60_000 }),
    configure: async (text) => {
      const write = ['sh', '-c', 'mkdir -p /etc/skein; cat >/etc/skein/config.yaml']
      await Promise.all(bed.hosts.map((host) => bed.run(host, write, { stdin: text })))
    },
    labUp: async (host, topology) => {
      await bed.run(host, ['tee', '/tmp/lab.clab.yml'], { stdin: topology })
      const said = await skein(host, 'lab', 'up', '/tmp/lab.clab.yml', '--timeout', '90s')
      if (said.code !== 0) throw new Error(`the lab did not come up: ${said.stderr}`)
    },
    loadImages: async () => {
      await local.run({ file: `${ROOT}scripts/images.sh`, args: ['--build-only'], timeoutMs: 600_000 })
      await Promise.all(bed.hosts.map((host) => bed.run(host, [`${ROOT}scripts/images.sh`], { timeoutMs: 300_000 })))
    },
    log: async (host) => (await bed.run(host, ['cat', LOG], { okCodes: [0, 1] })).stdout,
  }
}

const allAlive = async (json: SkeinHosts['json'], host: string, count: number): Promise<boolean> =>
  (await json<{ state: string }[]>(host, 'host', 'ls')).filter((other) => other.state === 'alive').length === count
