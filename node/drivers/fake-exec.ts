import type { Command, Exec, ProcessCommand, Result, SocketCommand } from '#platform/exec.ts'
import { processFailure, requestFailure, toolMissing } from '#platform/failure.ts'

/** What a toy tool answers; exit code 0 (HTTP 200) and no output unless told. */
export type FakeOutcome = Partial<Result>

/** A toy tool. It throws an `UnknownCommand` for whatever it does not understand. */
export type FakeTool = (args: readonly string[], stdin: string) => FakeOutcome

/** A toy daemon on a unix socket. */
export type FakeDaemon = (request: SocketCommand) => FakeOutcome

/** Raised by a toy tool for a command it does not know: the driver asks something nobody has looked at. */
export class UnknownCommand extends Error {
  constructor(tool: string, words: readonly string[]) {
    super(`the fake ${tool} does not know: ${words.join(' ')}`)
    this.name = 'UnknownCommand'
  }
}

/** An `Exec` over toy tools that keeps what was run. */
export interface FakeExec extends Exec {
  readonly log: Command[]
}

/**
 * Behaves like the real runner: TOOL_MISSING for a tool or socket that is not in the map, TOOL_FAILED for an exit code
 * or status that is not allowed for.
 */
export const fakeExec = (
  tools: Readonly<Record<string, FakeTool>>,
  daemons: Readonly<Record<string, FakeDaemon>> = {},
): FakeExec => {
  const log: Command[] = []
  return {
    log,
    run: async (command) => {
      log.push(command)
      return 'file' in command ? runProcess(tools, command) : callDaemon(daemons, command)
    },
  }
}

const runProcess = (tools: Readonly<Record<string, FakeTool>>, command: ProcessCommand): Result => {
  const tool = tools[command.file]
  if (tool === undefined) throw toolMissing(command)
  const result = { code: 0, stdout: '', stderr: '', ...tool(command.args, command.stdin ?? '') }
  const failure = processFailure(command, result)
  if (failure !== undefined) throw failure
  return result
}

const callDaemon = (daemons: Readonly<Record<string, FakeDaemon>>, request: SocketCommand): Result => {
  const daemon = daemons[request.socket]
  if (daemon === undefined) throw toolMissing(request)
  const result = { code: 200, stdout: '', stderr: '', ...daemon(request) }
  const failure = requestFailure(request, result)
  if (failure !== undefined) throw failure
  return result
}

/** What iproute2 does with `[-force] -batch -`: line by line, exit code 1 after a failure, stopping there unless forced. */
export const batchOf = (
  line: (words: readonly string[]) => FakeOutcome,
  args: readonly string[],
  stdin: string,
): FakeOutcome => {
  const force = args[0] === '-force'
  const words = force ? args.slice(1) : args
  if (words[0] !== '-batch' || words[1] !== '-' || words.length !== 2) return line(args)
  let failed = ''
  for (const text of stdin.split('\n').filter((text) => text !== '')) {
    const outcome = line(text.split(' '))
    if ((outcome.code ?? 0) === 0) continue
    failed += outcome.stderr ?? ''
    if (!force) break
  }
  return failed === '' ? {} : { code: 1, stderr: failed }
}
