import { type IncomingMessage, request } from 'node:http'
import type { Socket } from 'node:net'
import { StringDecoder } from 'node:string_decoder'
import * as z from 'zod'
import { MeshError } from '#core/model/errors.ts'
import { OUTPUT_LIMIT } from '#platform/process.ts'
import { createExec } from '#platform/run.ts'
import { decodeJson } from '../tool-output.ts'
import { createDemux, type OutputStream } from './demux.ts'

export interface ContainerExecOptions {
  readonly socket: string
  /** Id or name. */
  readonly container: string
  readonly argv: readonly string[]
  /** With a terminal both streams come as `stdout`, as the terminal shows them. */
  readonly tty?: boolean
  /** Written, then closed; without it standard input is closed from the start. */
  readonly stdin?: string | Uint8Array
  /** Every piece as it comes. */
  readonly onOutput?: (stream: OutputStream, chunk: Buffer) => void
  readonly timeoutMs: number
  /** Of the container; its own default unless told. */
  readonly user?: string
}

export interface ContainerExecResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

const Created = z.looseObject({ Id: z.string() })
const Ended = z.looseObject({ Running: z.boolean(), ExitCode: z.number().nullable() })
const exec = createExec()

/**
 * Runs a command in a running container to its end. Rejects with MeshError NOT_FOUND (no such container), TOOL_MISSING (no
 * engine), TIMEOUT, TOOL_FAILED (container not running, more than 16 MiB of output). A command that cannot be started
 * in the container ends with code 126 or 127 and the engine's words. After a time limit the process goes on: the
 * engine has no way to end it.
 */
export const execInContainer = async (options: ContainerExecOptions): Promise<ContainerExecResult> => {
  const id = await createIn(options)
  const output = collect(options)
  await attach(options, id, output.push)
  const path = `/exec/${id}/json`
  const { stdout } = await exec.run({ socket: options.socket, method: 'GET', path, timeoutMs: 10_000 })
  const { Running, ExitCode } = decodeJson('docker exec', stdout, Ended)
  if (Running || ExitCode === null) throw failed(options, 'its output ended, it did not')
  return { exitCode: ExitCode, ...output.texts() }
}

const createIn = async (options: ContainerExecOptions): Promise<string> => {
  const { socket, container, argv, tty = false, stdin, user, timeoutMs } = options
  const created = await exec.run({
    socket,
    method: 'POST',
    path: `/containers/${encodeURIComponent(container)}/exec`,
    okStatus: [201, 404],
    timeoutMs,
    body: {
      Cmd: argv,
      Tty: tty,
      AttachStdin: stdin !== undefined,
      AttachStdout: true,
      AttachStderr: true,
      ...(user === undefined ? {} : { User: user }),
    },
  })
  if (created.code === 404) throw new MeshError('NOT_FOUND', `there is no container ${container}`, { container })
  return decodeJson('docker exec', created.stdout, Created).Id
}

interface Output {
  /** False once there is too much of it. */
  readonly push: (stream: OutputStream, chunk: Buffer) => boolean
  readonly texts: () => { readonly stdout: string; readonly stderr: string }
}

const collect = ({ onOutput }: ContainerExecOptions): Output => {
  const texts = { stdout: '', stderr: '' }
  const decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') }
  return {
    push: (stream, chunk) => {
      onOutput?.(stream, chunk)
      texts[stream] += decoders[stream].write(chunk)
      return texts[stream].length <= OUTPUT_LIMIT
    },
    texts: () => ({ stdout: texts.stdout + decoders.stdout.end(), stderr: texts.stderr + decoders.stderr.end() }),
  }
}

/** Starts it on a hijacked connection and reads to the end: the engine answers 101 and the socket is the stream. */
const attach = (options: ContainerExecOptions, id: string, push: Output['push']): Promise<void> =>
  new Promise((resolve, reject) => {
    const body = JSON.stringify({ Detach: false, Tty: options.tty ?? false })
    const starting = request({
      socketPath: options.socket,
      method: 'POST',
      path: `/exec/${id}/start`,
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        connection: 'Upgrade',
        upgrade: 'tcp',
      },
    })
    const limit = setTimeout(
      () => fail(new MeshError('TIMEOUT', tooLong(options), { timeoutMs: options.timeoutMs })),
      options.timeoutMs,
    )
    let stream: Socket | undefined
    const fail = (error: Error): void => {
      clearTimeout(limit)
      starting.destroy()
      stream?.destroy()
      reject(error)
    }
    const done = (): void => {
      clearTimeout(limit)
      resolve()
    }
    starting.on('error', (error) => fail(failed(options, error.message, error)))
    starting.on('response', (response) => void refusal(options, response).then(fail, fail))
    starting.on('upgrade', (_response, socket, head) => {
      stream = socket as Socket
      const take = (part: OutputStream, chunk: Buffer): void => {
        if (!push(part, chunk)) fail(failed(options, `more than ${OUTPUT_LIMIT} characters of output`))
      }
      const read = options.tty === true ? (chunk: Buffer) => take('stdout', chunk) : createDemux(take)
      if (head.length > 0) read(head)
      stream.on('data', read)
      stream.on('error', (error) => fail(failed(options, error.message, error)))
      stream.on('close', done)
      if (options.stdin !== undefined) stream.end(options.stdin)
    })
    starting.end(body)
  })

const refusal = async (options: ContainerExecOptions, response: IncomingMessage): Promise<MeshError> => {
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) text += chunk
  return failed(options, `status ${response.statusCode}: ${text.trim().slice(0, 400)}`)
}

const words = ({ container, argv }: ContainerExecOptions): string => `${argv.join(' ')} in container ${container}`

const tooLong = (options: ContainerExecOptions): string =>
  `no end after ${options.timeoutMs / 1000} s: ${words(options)}`

const failed = (options: ContainerExecOptions, why: string, cause?: unknown): MeshError =>
  new MeshError('TOOL_FAILED', `${words(options)}: ${why}`, { container: options.container }, cause)
