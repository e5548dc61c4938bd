import type { Command } from 'commander'
import { NODE_NAME } from '#core/model/ids.ts'
import { type Context, clientOf, countArgument, examples, formArgument, show } from '../context.ts'
import type { SavedShape, SaveOutcome, SaveRow } from '../lab-shapes.ts'
import { labArgument } from './lab-read.ts'

/** Some nodes take minutes to print their configuration. */
const ASK_MS = 660_000

const nodeArgument = formArgument(NODE_NAME, 'node name')
const nodesArgument = (text: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  nodeArgument(text),
]

/** `lab save`, `lab saved`. */
export function addLabSave(lab: Command, context: Context): void {
  addSave(lab, context)
  addSaved(lab, context)
}

function addSave(lab: Command, context: Context): void {
  lab
    .command('save')
    .description(
      'keep the configuration of nodes; nodes that are made again start with it. Exit 1 if it fails for a node',
    )
    .argument('<lab>', 'name of the lab', labArgument)
    .argument('[nodes...]', 'nodes to save; all that can be unless named', nodesArgument)
    .option('--out <folder>', 'also write each to <folder>/<node>.cfg')
    .addHelpText(
      'after',
      examples('skein lab save frr01', 'skein lab save frr01 r1 r2', 'skein lab save frr01 --out configs --json'),
    )
    .action(async (name: string, ...[nodes, { out }, command]: [readonly string[], { out?: string }, Command]) => {
      const client = await clientOf(command, context.io)
      const body = nodes.length === 0 ? {} : { nodes }
      const value = await client.post<SaveOutcome>(`/v1/labs/${name}/saves`, body, { idleMs: ASK_MS })
      const files = out === undefined ? [] : await writeAll(client, value, { folder: out, cwd: context.io.cwd })
      await show(context, command, {
        value: out === undefined ? value : { ...value, files },
        text: async () => (await import('../text-saves.ts')).saveText(value, files),
      })
      if (value.nodes.some(({ ok }) => !ok)) context.exitCode = 1
    })
}

async function writeAll(
  client: Awaited<ReturnType<typeof clientOf>>,
  { lab, save, nodes }: SaveOutcome,
  { folder, cwd }: { readonly folder: string; readonly cwd: string },
): Promise<readonly string[]> {
  const texts = await Promise.all(
    nodes
      .filter(({ ok }) => ok)
      .map(({ node }) => client.get<SavedShape>(`/v1/labs/${lab}/saves/${node}?save=${save}`)),
  )
  const { writeConfigs } = await import('../config-files.ts')
  return writeConfigs(folder, cwd, texts)
}

interface SavedOptions {
  readonly save?: number
  readonly forget?: true
}

function addSaved(lab: Command, context: Context): void {
  lab
    .command('saved')
    .description('list what was saved of a lab, or print the saved configuration of a node')
    .argument('<lab>', 'name of the lab', labArgument)
    .argument('[node]', 'print what was saved of it', nodeArgument)
    .option('--save <number>', 'of this save; the newest unless told', countArgument)
    .option('--forget', 'forget what was saved, of the node or of all: they start with their startup-config again')
    .addHelpText(
      'after',
      examples('skein lab saved frr01', 'skein lab saved frr01 r1 > r1.cfg', 'skein lab saved frr01 r1 --forget'),
    )
    .action(async (name: string, ...[node, options, command]: [string | undefined, SavedOptions, Command]) => {
      const client = await clientOf(command, context.io)
      const path = `/v1/labs/${name}/saves`
      const texts = await import('../text-saves.ts')
      if (options.forget === true) {
        await client.delete(node === undefined ? path : `${path}?nodes=${node}`)
        return show(context, command, { value: { lab: name, forgotten: node ?? null }, text: texts.forgottenText })
      }
      if (node === undefined) {
        const value = await client.get<readonly SaveRow[]>(path)
        return show(context, command, { value, text: (rows) => texts.savesText(rows, context.io.wallMs()) })
      }
      const query = options.save === undefined ? '' : `?save=${options.save}`
      const value = await client.get<SavedShape>(`${path}/${node}${query}`)
      await show(context, command, { value, text: ({ text }) => text })
    })
}
