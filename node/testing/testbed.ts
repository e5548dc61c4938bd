import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe, test } from 'vitest'
import type { Command, Exec, ProcessCommand, Result } from '#platform/exec.ts'
import { createExec } from '#platform/run.ts'

const SCRIPT = new URL('../../scripts/testbed.sh', import.meta.url).pathname

/** Making and removing hosts starts databases and daemons. */
const SLOW_MS = 180_000

export interface TestbedOptions {
  /** Hosts are `<prefix>1`, `<prefix>2` …; testbeds that run side by side need different ones. */
  readonly prefix: string
  /** How many hosts. */
  readonly hosts: number
  /** First two numbers of the underlay addresses: host i is `<net>.1.i`. Different for each testbed. */
  readonly net: string
  /** LXD runs in each host as well. */
  readonly lxd?: boolean
}

/** Simulated hosts on this machine, by `scripts/testbed.sh`. */
export interface Testbed {
  readonly hosts: readonly string[]
  up(): Promise<void>
  down(): Promise<void>
  /** The disk of a host, as a folder of this machine: `disk` is its root, `data/docker` what docker keeps. */
  folder(host: string): string
  /** Power cut, and power back on the same disk. */
  kill(host: string): Promise<void>
  boot(host: string): Promise<void>
  /** Drops every packet between two hosts, or between one and all. */
  cut(host: string, other?: string): Promise<void>
  /** Drops what `from` sends to `to`; `from` still hears `to`. */
  cutOneWay(from: string, to: string): Promise<void>
  /** One network (1 or 2) only: drops what two hosts, or one host and all, send each other there. */
  cutNetwork(network: 1 | 2, host: string, other?: string): Promise<void>
  /** One network only: drops what `from` sends to `to` there. */
  cutNetworkOneWay(network: 1 | 2, from: string, to: string): Promise<void>
  /** Pulls the cable of one network of a host, or puts it back. */
  cable(host: string, network: 1 | 2, verb: 'plug' | 'unplug'): Promise<void>
  /** Undoes all cuts, those of one host, or those between two. */
  heal(host?: string, other?: string): Promise<void>
  /** Address on the first underlay, or on the second. */
  address(host: string, network?: 1 | 2): string
  /** Processes and sockets of a host, as a driver sees them there. */
  exec(host: string): Exec
  /** Runs argv in a host. Rejects where it exits with other than 0. */
  run(host: string, argv: readonly string[], options?: Partial<ProcessCommand>): Promise<Result>
  /** Starts argv in a host and leaves it running; answers its process id there. Its output is dropped. */
  spawn(host: string, argv: readonly string[]): Promise<number>
  /** Process id of a host's first process, as seen from outside. */
  pid(host: string): Promise<number>
}

/** Makes nothing yet: `up` does. Whoever called `up` calls `down`. */
export const testbed = (options: TestbedOptions): Testbed => {
  const local = createExec()
  const folder = `/var/tmp/skein-testbed-${options.prefix}`
  const lxd = options.lxd === true ? ['TESTBED_LXD=1'] : []
  const settings = [`TESTBED_PREFIX=${options.prefix}`, `TESTBED_DIR=${folder}`, `TESTBED_NET=${options.net}`, ...lxd]
  const script = (...args: readonly string[]): Promise<Result> =>
    local.run({ file: 'env', args: [...settings, SCRIPT, ...args], timeoutMs: SLOW_MS })
  const pids = new Map<string, Promise<number>>()
  const pid = (host: string): Promise<number> => {
    const known = pids.get(host) ?? script('pid', host).then((result) => Number(result.stdout))
    pids.set(host, known)
    // A host that is off may be asked for: what it has next is another.
    known.catch(() => pids.delete(host))
    return known
  }
  const power = async (verb: string, ...args: readonly string[]): Promise<void> => {
    pids.clear()
    try {
      await script(verb, ...args)
    } finally {
      pids.clear()
    }
  }
  const exec = (host: string): Exec => ({
    run: async (command, signal) => local.run(inside(await pid(host), command), signal),
  })
  const run: Testbed['run'] = (host, [file = '', ...args], more = {}) => exec(host).run({ ...more, file, args })
  return {
    hosts: Array.from({ length: options.hosts }, (_, i) => `${options.prefix}${i + 1}`),
    up: () => power('up', String(options.hosts)),
    down: () => power('down'),
    folder: (host) => `${folder}/${host}`,
    kill: (host) => power('kill', host),
    boot: (host) => power('boot', host),
    cut: async (host, other) => void (await script('cut', host, ...(other === undefined ? [] : [other]))),
    cutOneWay: async (from, to) => void (await script('cut-to', from, to)),
    cutNetwork: async (network, ...hosts) =>
      void (await script('cut', `--net${network}`, ...hosts.filter((host) => host !== undefined))),
    cutNetworkOneWay: async (network, from, to) => void (await script('cut-to', `--net${network}`, from, to)),
    cable: async (host, network, verb) => void (await script(verb, host, String(network))),
    heal: async (...hosts) => void (await script('heal', ...hosts.filter((host) => host !== undefined))),
    address: (host, network = 1) => `${options.net}.${network}.${host.slice(options.prefix.length)}`,
    exec,
    run,
    spawn: async (host, argv) => {
      const shell = ['sh', '-c', 'setsid "$@" </dev/null >/dev/null 2>&1 & echo $!', 'sh', ...argv]
      return Number((await run(host, shell)).stdout)
    },
    pid,
  }
}

/** A socket of a host is reached through the root of its first process, proc(5). */
const inside = (pid: number, command: Command): Command =>
  'socket' in command
    ? { ...command, socket: `/proc/${pid}/root${command.socket}` }
    : { ...command, file: 'nsenter', args: ['-t', String(pid), '-a', '--', command.file, ...command.args] }

const isInstalled = (tool: string): boolean =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, tool), constants.X_OK)
      return true
    } catch {
      return false
    }
  })

/**
 * Tests with real parts: needs root and these tools. Where something is missing they do not run and their name says why;
 * with REQUIRE_REAL=1 that is a failure.
 */
export const describeReal = (name: string, tools: readonly string[], body: () => void): void => {
  const missing = [...(process.getuid?.() === 0 ? [] : ['root']), ...tools.filter((tool) => !isInstalled(tool))]
  if (missing.length === 0) describe(name, body)
  else
    test(`${name}: not run, needs ${missing.join(', ')}`, () => {
      if (process.env.REQUIRE_REAL === '1')
        throw new Error(`REQUIRE_REAL is set, and ${missing.join(', ')} is missing here`)
    })
}
