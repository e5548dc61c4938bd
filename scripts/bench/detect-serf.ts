import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Testbed } from '#testing/testbed.ts'
import type { Sights } from './detect-sights.ts'
import { type Detecting, LIMIT_MS, pidsOf } from './detect-system.ts'

const LOG = '/var/log/serf.log'

/** Version of the installed serf; rejects with what to install. */
export const serfVersion = async (): Promise<string> => {
  try {
    return (await promisify(execFile)('serf', ['version'])).stdout.split('\n')[0] ?? ''
  } catch (cause) {
    throw new Error('serf is not installed: apt-get install serf', { cause })
  }
}

/** The log says both before serf gathers events for handlers, so it is the earliest that can be known. */
const told = (line: string): string | undefined => {
  const failed = /serf: EventMemberFailed: (\S+)/.exec(line)?.[1]
  if (failed !== undefined) return `serf down ${failed}`
  const event = /Received event: user-event: (\S+)/.exec(line)?.[1]
  return event === undefined ? undefined : `serf event ${event}`
}

/** Serf agents with the default LAN profile on every host of the testbed, joined. */
export const serfOn = async (bed: Testbed, sights: Sights): Promise<Detecting> => {
  const [first = ''] = bed.hosts
  let events = 0
  const start = async (host: string): Promise<void> => {
    const join = host === first ? (bed.hosts[1] ?? first) : first
    const argv = ['serf', 'agent', `-node=${host}`, `-bind=${bed.address(host)}`, `-retry-join=${bed.address(join)}`]
    await bed.run(host, ['sh', '-c', `exec setsid --fork "$@" >>${LOG} 2>&1 </dev/null`, 'sh', ...argv])
  }
  const alive = async (host: string): Promise<number> => {
    const { stdout } = await bed.run(host, ['serf', 'members', '-status=alive'], { okCodes: [0, 1] })
    return stdout.split('\n').filter((line) => /\balive\b/.test(line)).length
  }
  for (const host of bed.hosts) {
    await start(host)
    sights.follow(host, `/proc/${await bed.pid(host)}/root${LOG}`, told)
  }
  return {
    name: 'serf',
    start,
    isWhole: async () => (await Promise.all(bed.hosts.map(alive))).every((count) => count === bed.hosts.length),
    pids: (host) => pidsOf(bed, host, 'serf agent'),
    knownDown: (host, by, fromMs) => sights.all(`serf down ${host}`, by, fromMs, LIMIT_MS),
    event: async (from) => {
      const what = `e${++events}`
      const fromMs = performance.now()
      await bed.run(from, ['serf', 'event', '-coalesce=false', what])
      // From where its own agent has it: starting the command is not serf's doing.
      const atMs = await sights.all(`serf event ${what}`, [from], fromMs, LIMIT_MS)
      return (await sights.all(`serf event ${what}`, bed.hosts, fromMs, LIMIT_MS)) - atMs
    },
  }
}
