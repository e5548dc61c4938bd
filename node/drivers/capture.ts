import { MeshError } from '#core/model/errors.ts'
import type { Bytes, Exec, ProcessCommand } from '#platform/exec.ts'
import { inNamespace } from './batch.ts'

/** What is to be captured in one network namespace. */
export interface CaptureWish {
  /** A process in it. */
  readonly pid: number
  readonly interface: string
  /** As of pcap-filter(7). */
  readonly filter?: string
  readonly count?: number
  readonly snapBytes?: number
}

/** Long enough for whatever libpcap makes of a filter; host names in it are looked up. */
const CHECK_MS = 10_000

/** Throws BAD_INPUT, with tcpdump's words, where it does not take this filter on this interface. */
export async function checkCapture(exec: Exec, wish: CaptureWish): Promise<void> {
  // Compiled, printed and not run (tcpdump(8), -d).
  const command = tcpdump(wish, ['-d'])
  const read = await exec.run({ ...command, okCodes: [0, 1], timeoutMs: CHECK_MS })
  if (read.code === 0) return
  const why =
    read.stderr
      .trim()
      .split('\n')
      .at(-1)
      ?.replace(/^tcpdump: /, '') ?? ''
  throw new MeshError('BAD_INPUT', `tcpdump cannot capture this: ${why}`)
}

/**
 * Packets as a pcap file, each as soon as it is there. tcpdump ends with whoever reads it. Its user stays root: another one would take from
 * the kernel the order to end it with the agent (prctl(2), PR_SET_PDEATHSIG), and what it writes it does not take apart.
 */
export const capture = (bytes: Bytes, wish: CaptureWish, signal: AbortSignal): AsyncIterable<Uint8Array> => {
  const { count, snapBytes = 0 } = wish
  const limits = ['-s', String(snapBytes), ...(count === undefined ? [] : ['-c', String(count)])]
  return bytes(tcpdump(wish, ['-U', '--immediate-mode', '-Z', 'root', ...limits, '-w', '-']), signal)
}

const tcpdump = ({ pid, interface: name, filter }: CaptureWish, options: readonly string[]): ProcessCommand =>
  inNamespace(pid, 'tcpdump', ['-n', '-i', name, ...options, ...(filter === undefined ? [] : ['--', filter])])
