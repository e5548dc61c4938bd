import type { Command } from 'commander'
import { type Context, clientOf, countArgument, durationOption, examples } from '../context.ts'
import { badUsage, CommandFailed } from '../failures.ts'
import { endPath, type LinkEndArgument, linkEndArgument } from '../link-end.ts'
import { labArgument } from './lab-read.ts'

interface CaptureOptions {
  readonly write?: string
  readonly filter?: string
  readonly count?: number
  readonly duration?: number
  readonly snap?: number
}

/** `lab capture`: frames at one interface of a lab node, as pcap, from whichever host has it. */
export function addLabCapture(lab: Command, context: Context): void {
  lab
    .command('capture')
    .description('capture the frames of an interface of a lab node, wherever it runs, as a pcap file')
    .argument('<lab>', 'name of the lab', labArgument)
    .argument('<end>', 'whose frames: NODE:INTERFACE', linkEndArgument)
    .option('-w, --write <file>', 'where to; standard output unless said')
    .option('--filter <filter>', 'only these, as of pcap-filter(7)')
    .option('--count <packets>', 'end after so many', countArgument)
    .addOption(durationOption('--duration <duration>', 'end after this time; 1h unless said, 24h at most'))
    .option('--snap <bytes>', 'keep only so much of each', countArgument)
    .addHelpText(
      'after',
      examples(
        'skein lab capture frr01 router1:eth1 -w router1.pcap --duration 30s',
        "skein lab capture frr01 router1:eth1 --filter 'icmp or arp' --count 10 | tcpdump -n -r -",
        'skein lab capture frr01 router1:eth1 | wireshark -k -i -',
      ),
    )
    .action((name: string, end: LinkEndArgument, options: CaptureOptions, command: Command) =>
      capture(context, command, { path: `${endPath(name, end)}/capture?${queryOf(options)}`, file: fileOf(options) }),
    )
}

const fileOf = ({ write }: CaptureOptions): string | undefined => (write === '-' ? undefined : write)

const queryOf = ({ filter, count, duration, snap }: CaptureOptions): URLSearchParams => {
  const all = Object.entries({ filter, count, durationMs: duration, snapBytes: snap })
  return new URLSearchParams(
    all.flatMap(([key, one]): [string, string][] => (one === undefined ? [] : [[key, String(one)]])),
  )
}

async function capture(
  context: Context,
  command: Command,
  { path, file }: { readonly path: string; readonly file: string | undefined },
): Promise<void> {
  const { io } = context
  if (file === undefined && io.isOutTty)
    throw badUsage(
      'a pcap file is nothing to read on a terminal',
      'Name a file with -w, or pipe it on, as to `tcpdump -n -r -`.',
    )
  const client = await clientOf(command, io)
  const out = await io.openOut(file).catch((error: unknown) => {
    throw badUsage(
      `cannot write ${file}: ${error instanceof Error ? error.message : String(error)}`,
      'Name another file.',
    )
  })
  // Ctrl-C ends a capture well: what there is of it is whole.
  const { signal, release } = io.catchInterrupt()
  let size = 0
  const take = (bytes: Uint8Array): Promise<void> => {
    size += bytes.length
    return out.write(bytes)
  }
  try {
    await client.bytes(path, take, { signal, idleMs: 0 })
  } catch (error) {
    if (!signal.aborted || error instanceof CommandFailed) throw error
  } finally {
    release()
    await out.close()
  }
  if (file !== undefined) io.err(`${size} bytes are in ${file}\n`)
}
