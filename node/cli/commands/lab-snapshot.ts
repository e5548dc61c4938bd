import { type Command, Option } from 'commander'
import { NODE_NAME, SNAPSHOT_NAME } from '#core/model/ids.ts'
import { type Context, clientOf, examples, formArgument, show } from '../context.ts'
import type { SnapshotOutcome, SnapshotRow } from '../lab-shapes.ts'
import { labArgument } from './lab-read.ts'

/** Copying what nodes wrote takes as long as there is of it. */
const ASK_MS = 660_000

const nameArgument = formArgument(SNAPSHOT_NAME, 'name of a snapshot')
const nameOption = (): Option =>
  new Option('--name <snapshot>', 'name of the snapshot').argParser(nameArgument).makeOptionMandatory()
const nodeArgument = formArgument(NODE_NAME, 'node name')
const nodesArgument = (text: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  nodeArgument(text),
]

interface Named {
  readonly name: string
}

/** `lab snapshot`, `lab snapshots`, `lab restore`, `lab snapshot-delete`. */
export function addLabSnapshots(lab: Command, context: Context): void {
  addList(lab, context)
  addChange(lab, context, {
    command: 'snapshot',
    description: 'keep the files of nodes as they are now; they go on running',
    nodes: 'nodes to keep; all unless named',
    examples: ['skein lab snapshot frr01 --name before', 'skein lab snapshot frr01 r1 r2 --name before --json'],
    done: 'kept',
    call: async ({ lab: name, nodes, snapshot, client }) =>
      client.post(`/v1/labs/${name}/snapshots`, { name: snapshot, ...nodes }, { idleMs: ASK_MS }),
  })
  addChange(lab, context, {
    command: 'restore',
    description: 'put the files of nodes back as a snapshot has them; each node is started again with them',
    nodes: 'nodes to put back; all that have the snapshot unless named',
    examples: ['skein lab restore frr01 --name before', 'skein lab restore frr01 r1 --name before --json'],
    done: 'put back',
    call: async ({ lab: name, nodes, snapshot, client }) =>
      client.post(`/v1/labs/${name}/snapshots/${snapshot}/restore`, nodes, { idleMs: ASK_MS }),
  })
  addChange(lab, context, {
    command: 'snapshot-delete',
    description: 'remove a snapshot; a node that was put back from it stays as it is',
    nodes: 'nodes whose snapshot goes; all unless named',
    examples: ['skein lab snapshot-delete frr01 --name before'],
    done: 'removed',
    call: async ({ lab: name, nodes, snapshot, client }) => {
      const query = nodes.nodes === undefined ? '' : `?${new URLSearchParams({ nodes: nodes.nodes.join(',') })}`
      return client.delete(`/v1/labs/${name}/snapshots/${snapshot}${query}`, { idleMs: ASK_MS })
    },
  })
}

function addList(lab: Command, context: Context): void {
  lab
    .command('snapshots')
    .description('list the snapshots of the nodes of a lab')
    .argument('<lab>', 'name of the lab', labArgument)
    .addHelpText('after', examples('skein lab snapshots frr01', 'skein lab snapshots frr01 --json'))
    .action(async (name: string, _options: unknown, command: Command) => {
      const value = await (await clientOf(command, context.io)).get<readonly SnapshotRow[]>(
        `/v1/labs/${name}/snapshots`,
      )
      await show(context, command, {
        value,
        text: async (rows) => (await import('../text-snapshots.ts')).snapshotsText(rows, context.io.wallMs()),
      })
    })
}

interface Ask {
  readonly lab: string
  readonly snapshot: string
  /** As the API takes it. */
  readonly nodes: { readonly nodes?: readonly string[] }
  readonly client: Awaited<ReturnType<typeof clientOf>>
}

interface Change {
  readonly command: string
  readonly description: string
  readonly nodes: string
  readonly examples: readonly string[]
  /** What is said of a node. */
  readonly done: string
  call(ask: Ask): Promise<SnapshotOutcome>
}

function addChange(lab: Command, context: Context, change: Change): void {
  lab
    .command(change.command)
    .description(`${change.description}; exit 1 if it fails for a node`)
    .argument('<lab>', 'name of the lab', labArgument)
    .argument('[nodes...]', change.nodes, nodesArgument)
    .addOption(nameOption())
    .addHelpText('after', examples(...change.examples))
    .action(async (name: string, nodes: readonly string[], { name: snapshot }: Named, command: Command) => {
      const client = await clientOf(command, context.io)
      const value = await change.call({ lab: name, snapshot, nodes: nodes.length === 0 ? {} : { nodes }, client })
      await show(context, command, {
        value,
        text: async (all) => (await import('../text-snapshots.ts')).outcomeText(all, change.done),
      })
      if (value.nodes.some(({ ok }) => !ok)) context.exitCode = 1
    })
}
