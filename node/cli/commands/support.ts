import { type FileHandle, open, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { bundleName } from '#platform/bundle-name.ts'
import type { Client } from '../client.ts'
import { type Context, clientOf, examples, show } from '../context.ts'
import { badUsage } from '../failures.ts'

interface SupportOptions {
  readonly out?: string
}

interface Written {
  readonly file: string
  readonly bytes: number
}

/** `support-bundle`: all that tells how a host does, in a file for whoever helps. */
export function addSupportBundle(root: Command, context: Context): void {
  root
    .command('support-bundle')
    .description('write what tells how a host does into a file, without secrets, for whoever helps')
    .option(
      '-o, --out <file>',
      'where to, never over a file that is there; skein-support-HOST-TIME.tgz here unless said',
    )
    .addHelpText(
      'after',
      examples(
        'skein support-bundle',
        'skein support-bundle --out /tmp/a.tgz --json',
        'skein --api https://b:8010 support-bundle --out b.tgz',
      ),
    )
    .action((options: SupportOptions, command: Command) => write(context, options, command))
}

async function write(context: Context, { out }: SupportOptions, command: Command): Promise<void> {
  const client = await clientOf(command, context.io)
  const name = out ?? (await usualName(client, context.io.wallMs()))
  const file = resolve(context.io.cwd, name)
  const handle = await openNew(file)
  let bytes = 0
  const take = async (piece: Uint8Array): Promise<void> => {
    await handle.writeFile(piece)
    bytes += piece.length
  }
  try {
    // Parts that do not come are waited for.
    await client.bytes('/v1/support-bundle', take, { idleMs: 120_000 })
  } catch (error) {
    await rm(file, { force: true })
    throw error
  } finally {
    await handle.close()
  }
  await show(context, command, { value: { file, bytes }, text: writtenText })
}

const usualName = async (client: Pick<Client, 'get'>, nowMs: number): Promise<string> => {
  const { name } = await client.get<{ readonly name: string }>('/v1/self')
  return `${bundleName(name, nowMs)}.tgz`
}

/** Readable by its owner alone from its first byte on. */
async function openNew(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'wx', 0o600)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw badUsage(
      `cannot make ${file}: ${why}`,
      'Name another file with --out; one that is there is never written over.',
    )
  }
}

const writtenText = ({ file, bytes }: Written): string =>
  `${bytes} bytes are in ${file}\nRead it before you hand it on: it names hosts, labs, people and addresses.\n`
