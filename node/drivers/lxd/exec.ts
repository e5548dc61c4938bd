import { StringDecoder } from 'node:string_decoder'
import { setTimeout as pause } from 'node:timers/promises'
import * as z from 'zod'
import { MeshError } from '#core/model/errors.ts'
import { OUTPUT_LIMIT } from '#platform/process.ts'
import { createExec } from '#platform/run.ts'
import { type OpenWebSocket, openWebSocket } from '#platform/websocket.ts'
import { decodeJson } from '../tool-output.ts'
import { instancePath } from './requests.ts'

export interface InstanceExecOptions {
  readonly socket: string
  readonly instance: string
  readonly argv: readonly string[]
  /** Written, then closed; without it standard input is closed from the start. */
  readonly stdin?: Uint8Array
  /** Every piece as it comes. */
  readonly onOutput?: (stream: 'stdout' | 'stderr', chunk: Buffer) => void
  readonly timeoutMs: number
}

export interface InstanceExecResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** Streams of a command without a terminal: one WebSocket each, opened with the secret of its number. */
const Started = z.looseObject({
  operation: z.string(),
  metadata: z.looseObject({ metadata: z.looseObject({ fds: z.record(z.string(), z.string()) }) }),
})

const Ended = z.looseObject({
  metadata: z.looseObject({
    err: z.string().nullish(),
    metadata: z.looseObject({ return: z.number().optional() }).nullish(),
  }),
})

/** LXD waits this long for all streams to be opened. */
const OPEN_MS = 5_000
/** After the end of a process its streams are closed at once; a process it left behind may hold them open. */
const DRAIN_MS = 2_000
const exec = createExec()

/**
 * Runs a command in a running instance to its end. Rejects with MeshError NOT_FOUND (no such instance), TOOL_MISSING (no LXD),
 * TIMEOUT, TOOL_FAILED (it does not run, more than 16 MiB of output). A command that cannot be started there ends with code 126 or
 * 127 and LXD's words. After a time limit LXD ends the process, as nobody reads it any more.
 */
export const execInInstance = async (options: InstanceExecOptions): Promise<InstanceExecResult> => {
  const { operation, secrets } = await begin(options)
  const output = collect(options)
  const streams = await Promise.allSettled(
    (['stdin', 'stdout', 'stderr'] as const).map((name, fd) =>
      openStream(options, { operation, secrets, fd }, output.take(name)),
    ),
  )
  const open = streams.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  try {
    const refused = streams.find((one) => one.status === 'rejected')
    if (refused !== undefined) throw refused.reason
    if (options.stdin !== undefined && options.stdin.length > 0) open[0]?.send(options.stdin)
    // An empty text is the end of standard input.
    open[0]?.send('')
    const ended = end(options, operation)
    await Promise.race([ended, output.overflow])
    const { exitCode, why } = await ended
    await Promise.race([Promise.all(open.slice(1).map((stream) => stream.closed)), pause(DRAIN_MS)])
    const texts = output.texts()
    return { exitCode, ...texts, stderr: texts.stderr === '' && why !== '' ? `${why}\n` : texts.stderr }
  } finally {
    for (const stream of open) stream.close()
  }
}

interface Begun {
  readonly operation: string
  readonly secrets: Readonly<Record<string, string>>
}

const begin = async ({ socket, instance, argv }: InstanceExecOptions): Promise<Begun> => {
  const answer = await exec.run({
    socket,
    method: 'POST',
    path: instancePath(instance, '/exec'),
    body: { command: argv, interactive: false, 'wait-for-websocket': true },
    okStatus: [202, 404],
  })
  if (answer.code === 404) throw new MeshError('NOT_FOUND', `there is no LXD instance ${instance}`, { instance })
  const { operation, metadata } = decodeJson('LXD exec', answer.stdout, Started)
  return { operation, secrets: metadata.metadata.fds }
}

const openStream = (
  { socket }: InstanceExecOptions,
  { operation, secrets, fd }: Begun & { readonly fd: number },
  onMessage: (message: string | Buffer) => void,
): Promise<OpenWebSocket> => {
  const query = new URLSearchParams({ secret: secrets[String(fd)] ?? '' })
  const command = { socket, method: 'GET', path: `${operation}/websocket?${query}` } as const
  return openWebSocket(command, { openMs: OPEN_MS, onMessage, isListener: true })
}

/** The end of the process. */
const end = async (options: InstanceExecOptions, operation: string): Promise<{ exitCode: number; why: string }> => {
  const { socket, timeoutMs } = options
  const seconds = Math.max(1, Math.ceil(timeoutMs / 1000))
  const path = `${operation}/wait?timeout=${seconds}`
  const { stdout } = await exec.run({ socket, method: 'GET', path, timeoutMs: timeoutMs + OPEN_MS })
  const { err, metadata } = decodeJson('LXD exec', stdout, Ended).metadata
  const exitCode = metadata?.return
  if (exitCode !== undefined && exitCode >= 0) return { exitCode, why: err ?? '' }
  if (err == null || err === '')
    throw new MeshError('TIMEOUT', `no end after ${timeoutMs / 1000} s: ${words(options)}`, { timeoutMs })
  if (/not found/i.test(err)) return { exitCode: 127, why: err }
  throw failed(options, err)
}

const collect = (options: InstanceExecOptions) => {
  const texts = { stdout: '', stderr: '' }
  const decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') }
  const overflow = Promise.withResolvers<never>()
  overflow.promise.catch(() => {})
  return {
    overflow: overflow.promise,
    take: (name: 'stdin' | 'stdout' | 'stderr') => (message: string | Buffer) => {
      // Text is a sign of LXD's: the output has ended.
      if (name === 'stdin' || typeof message === 'string') return
      options.onOutput?.(name, message)
      texts[name] += decoders[name].write(message)
      if (texts[name].length > OUTPUT_LIMIT)
        overflow.reject(failed(options, `more than ${OUTPUT_LIMIT} characters of output`))
    },
    texts: () => ({ stdout: texts.stdout + decoders.stdout.end(), stderr: texts.stderr + decoders.stderr.end() }),
  }
}

const words = ({ instance, argv }: InstanceExecOptions): string => `${argv.join(' ')} in LXD instance ${instance}`

const failed = (options: InstanceExecOptions, why: string): MeshError =>
  new MeshError('TOOL_FAILED', `${words(options)}: ${why}`, { instance: options.instance })
