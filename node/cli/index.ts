import { Command, CommanderError } from 'commander'
import type { Problem } from '#core/model/errors.ts'
import type { CliActions } from './actions.ts'
import { addAllocationCommands } from './commands/allocation.ts'
import { addApiTokenCommands } from './commands/apitoken.ts'
import { addEvents } from './commands/events.ts'
import { addHostCommands } from './commands/host.ts'
import { addImageCommands } from './commands/images.ts'
import { addIperfCommands } from './commands/iperf.ts'
import { addLabCapture } from './commands/lab-capture.ts'
import { addLabCheckCommands } from './commands/lab-check.ts'
import { addLabConsole } from './commands/lab-console.ts'
import { addLabDown } from './commands/lab-down.ts'
import { addLabHistoryCommands } from './commands/lab-history.ts'
import { addLabImport } from './commands/lab-import.ts'
import { addLabInterfaces } from './commands/lab-interfaces.ts'
import { addLabLink } from './commands/lab-link.ts'
import { addLabLinks } from './commands/lab-links.ts'
import { addLabLogs } from './commands/lab-logs.ts'
import { addLabPorts } from './commands/lab-ports.ts'
import { addLabReadCommands } from './commands/lab-read.ts'
import { addLabReconcile } from './commands/lab-reconcile.ts'
import { addLabRestart } from './commands/lab-restart.ts'
import { addLabSave } from './commands/lab-save.ts'
import { addLabSnapshots } from './commands/lab-snapshot.ts'
import { addLabUp } from './commands/lab-up.ts'
import { addMeshCommands } from './commands/mesh.ts'
import { addNameCommands } from './commands/names.ts'
import { addQuorumCommands } from './commands/quorum.ts'
import { addSetupCommands } from './commands/setup.ts'
import { addSupportBundle } from './commands/support.ts'
import { addTokenCommands } from './commands/token.ts'
import { addUserCommands } from './commands/user.ts'
import { type Context, DEFAULT_SOCKET, examples, type Version } from './context.ts'
import { asCommandFailed, badUsage, type CommandFailed } from './failures.ts'
import type { CliIo } from './io.ts'

export type { BootstrapOptions, BootstrapResult, CliActions, HostOptions, JoinOptions, JoinResult } from './actions.ts'
export type { CliIo, CliTerminal } from './io.ts'
export { createProcessIo, endOnBrokenPipe } from './process-io.ts'

export interface CliDeps extends CliActions {
  readonly io: CliIo
  readonly version: Version
}

export interface Cli {
  /**
   * Does what the arguments (without the program's own name) say. Never rejects; resolves to the exit code:
   * 0 done, 1 failed, 2 bad usage or input, 3 agent unreachable, 130 interrupted.
   */
  main(args: readonly string[]): Promise<number>
}

/** The command line. */
export function createCli({ io, version, run, bootstrap, join }: CliDeps): Cli {
  return {
    async main(args) {
      const context: Context = { io, version, actions: { run, bootstrap, join }, exitCode: 0 }
      try {
        await buildProgram(context).parseAsync(args, { from: 'user' })
        return context.exitCode
      } catch (error) {
        if (error instanceof CommanderError && error.exitCode === 0) return 0
        if (error instanceof CommanderError && error.code === 'commander.help') return 2
        const failed = error instanceof CommanderError ? usageFailure(error, args) : asCommandFailed(error)
        await tell(failed, args, io)
        if (failed.failure.error === 'INTERNAL' && io.env.SKEIN_DEBUG === '1' && error instanceof Error)
          io.err(`${error.stack}\n`)
        return failed.exitCode
      }
    },
  }
}

/** All commands; commander prints nothing but help by itself. */
function buildProgram(context: Context): Command {
  const { io, version } = context
  const root = new Command('skein')
    .description('Network labs across hosts, with no controller.')
    .version(version.version, '-V, --version', 'print the version')
    .option('--json', 'print JSON')
    .option('--api <url>', 'agent to ask: https://HOST:PORT, unix:/PATH or a path (SKEIN_API; SKEIN_TOKEN, SKEIN_CA)')
    .option('--socket <path>', `socket of the local agent (SKEIN_SOCKET, ${DEFAULT_SOCKET})`)
    .option('--config <file>', 'configuration of this host (SKEIN_CONFIG)')
    .option('--data-dir <folder>', 'data of this host (SKEIN_DATA_DIR)')
    .addHelpText('after', examples('skein host ls', 'skein lab up lab.clab.yml', 'skein lab show frr01 --json'))
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: (text) => io.out(text), writeErr: (text) => io.err(text), outputError: () => {} })
  addSetupCommands(root, context)
  addHostCommands(root, context)
  addMeshCommands(root, context)
  addQuorumCommands(root, context)
  addEvents(root, context)
  addAllocationCommands(root, context)
  addTokenCommands(root, context)
  addUserCommands(root, context)
  addApiTokenCommands(root, context)
  addNameCommands(root, context)
  addImageCommands(root, context)
  addIperfCommands(root, context)
  addSupportBundle(root, context)
  const lab = root.command('lab').description('labs: check, plan, up, look, down')
  addLabCheckCommands(lab, context)
  addLabImport(lab, context)
  addLabUp(lab, context)
  addLabReadCommands(lab, context)
  addLabLinks(lab, context)
  addLabInterfaces(lab, context)
  addLabPorts(lab, context)
  addLabLink(lab, context)
  addLabCapture(lab, context)
  addLabLogs(lab, context)
  addLabConsole(lab, context)
  addLabReconcile(lab, context)
  addLabRestart(lab, context)
  addLabSave(lab, context)
  addLabSnapshots(lab, context)
  addLabHistoryCommands(lab, context)
  addLabDown(lab, context)
  return root
}

function usageFailure(error: CommanderError, args: readonly string[]): CommandFailed {
  const words = args.slice(0, args.findIndex((arg) => arg.startsWith('-')) >>> 0).slice(0, 2)
  const isExec = words.join(' ') === 'lab exec' && error.code === 'commander.unknownOption'
  const hint = isExec ? 'Put -- before the command to run.' : 'See `skein --help`, or --help after a command.'
  return badUsage(error.message.replace(/^error: /, '').replaceAll('\n', ' '), hint)
}

async function tell({ failure }: CommandFailed, args: readonly string[], io: CliIo): Promise<void> {
  const { failureText, json, problemsText } = await import('./output.ts')
  const end = args.indexOf('--')
  if (args.slice(0, end < 0 ? undefined : end).includes('--json')) return io.err(json(failure))
  const { file, problems } = failure.details
  if (Array.isArray(problems) && typeof file === 'string') io.err(problemsText(file, problems as readonly Problem[]))
  io.err(failureText(failure))
}
