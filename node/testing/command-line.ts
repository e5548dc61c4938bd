import { type CliIo, createCli, createProcessIo } from '#cli/index.ts'
import { readVersion } from '#platform/host-facts.ts'
import type { Testbed } from './testbed.ts'

/** Where the agent of a host listens, seen from that host. */
export const SOCKET = '/run/skein/skein.sock'

/** What a command printed and how it ended. */
export interface Said {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Commands that do nothing but ask the agent: `group command`, or `group` for all of it. */
const ASKING = new Set([
  ...[
    'events',
    'leader',
    'iperf ls',
    'iperf show',
    'iperf results',
    'iperf reservations',
    'image ls',
    'allocation ls',
    'token create',
    'host ls',
    'host show',
    'host paths',
  ],
  ...['ls', 'show', 'links', 'exec', 'down', 'interfaces', 'ports'].map((command) => `lab ${command}`),
])

/** Whether it makes no difference in which process and with which files a command runs. */
export const onlyAsks = ([group = '', command = '', ...more]: readonly string[]): boolean =>
  ASKING.has(group) || (ASKING.has(`${group} ${command}`) && !(command === 'down' && more.some(isOfFiles)))

/** A topology file in place of a lab's name, or what lies next to one. */
const isOfFiles = (argument: string): boolean => argument.includes('/') || argument === '--cleanup'

/** The command line in this process against the agent of a host: what a person types there, without the half second of work to start Node.js. */
export const commandLine =
  (bed: Pick<Testbed, 'pid'>) =>
  async (host: string, ...args: readonly string[]): Promise<Said> => {
    const texts = { stdout: '', stderr: '' }
    const io: CliIo = {
      ...createProcessIo(process, {}),
      isTty: false,
      isOutTty: false,
      canAsk: false,
      out: (text) => {
        texts.stdout += text
      },
      err: (text) => {
        texts.stderr += text
      },
    }
    const none = () => Promise.reject(new Error('only asks an agent'))
    const cli = createCli({ io, version: readVersion(), run: none, bootstrap: none, join: none })
    const own = args.indexOf('--')
    const at = own < 0 ? args.length : own
    const socket = `/proc/${await bed.pid(host)}/root${SOCKET}`
    const code = await cli.main([...args.slice(0, at), '--socket', socket, ...args.slice(at)])
    return { code, ...texts }
  }
