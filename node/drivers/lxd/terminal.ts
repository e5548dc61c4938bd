import * as z from 'zod'
import { MeshError } from '#core/model/errors.ts'
import { type BytesSocket, openBytesSocket } from '#platform/bytes-socket.ts'
import type { Exec } from '#platform/exec.ts'
import { TERMINAL_ENV, type Terminal, type TerminalSize, type TerminalWish } from '../terminal.ts'
import { decodeJson } from '../tool-output.ts'
import { instancePath } from './requests.ts'

/** With a terminal LXD gives one stream, 0, and one for sizes and signals. */
const Started = z.looseObject({
  operation: z.string(),
  metadata: z.looseObject({ metadata: z.looseObject({ fds: z.looseObject({ 0: z.string(), control: z.string() }) }) }),
})
const Ended = z.looseObject({
  metadata: z.looseObject({ metadata: z.looseObject({ return: z.number().optional() }).nullish() }),
})

/** LXD waits this long for all streams to be opened. */
const OPEN_MS = 5_000
/** From the end of the output to that of the program. */
const END_S = 5

/** Which LXD, and the door to it. */
export interface LxdConsole {
  readonly socket: string
  readonly exec: Exec
}

interface Begun {
  readonly operation: string
  readonly data: BytesSocket
  readonly control: BytesSocket
}

/** A program with a terminal in a running instance. Rejects with NOT_FOUND, TOOL_MISSING, TOOL_FAILED, TIMEOUT. */
export async function openInstanceTerminal(lxd: LxdConsole, instance: string, wish: TerminalWish): Promise<Terminal> {
  const { operation, data, control } = await begin(lxd, instance, wish)
  return {
    output: data.messages,
    write: (bytes) => data.send(bytes),
    resize: (size) => control.send(JSON.stringify({ command: 'window-resize', args: sizeText(size) })),
    exitCode: async () => {
      // LXD takes a command for ended when both streams are closed.
      data.close()
      control.close()
      return endOf(lxd, operation)
    },
    close: async () => {
      // LXD ends the program of a terminal whose control stream breaks off; SIGHUP tells it why.
      await control.send(JSON.stringify({ command: 'signal', signal: SIGHUP }))
      data.close()
      control.close()
    },
  }
}

/** signal(7) */
const SIGHUP = 1

/** LXD takes numbers of a size as text. */
const sizeText = ({ cols, rows }: TerminalSize) => ({ width: String(cols), height: String(rows) })

async function begin({ socket, exec }: LxdConsole, instance: string, wish: TerminalWish): Promise<Begun> {
  const answer = await exec.run({
    socket,
    method: 'POST',
    path: instancePath(instance, '/exec'),
    body: {
      command: wish.argv,
      interactive: true,
      'wait-for-websocket': true,
      width: wish.cols,
      height: wish.rows,
      environment: TERMINAL_ENV,
    },
    okStatus: [202, 404],
  })
  if (answer.code === 404) throw new MeshError('NOT_FOUND', `there is no LXD instance ${instance}`, { instance })
  const { operation, metadata } = decodeJson('LXD exec', answer.stdout, Started)
  const { control, 0: data } = metadata.metadata.fds
  const open = (secret: string): Promise<BytesSocket> =>
    openBytesSocket(socket, `${operation}/websocket?${new URLSearchParams({ secret })}`, OPEN_MS)
  const opened = await Promise.allSettled([open(data), open(control)])
  const [first, second] = opened
  if (first?.status === 'fulfilled' && second?.status === 'fulfilled')
    return { operation, data: first.value, control: second.value }
  for (const one of opened) if (one.status === 'fulfilled') one.value.close()
  throw opened.find((one) => one.status === 'rejected')?.reason
}

async function endOf({ socket, exec }: LxdConsole, operation: string): Promise<number | undefined> {
  try {
    const path = `${operation}/wait?timeout=${END_S}`
    const read = await exec.run({ socket, method: 'GET', path, timeoutMs: (END_S + 10) * 1_000 })
    const code = decodeJson('LXD exec', read.stdout, Ended).metadata.metadata?.return
    return code === undefined || code < 0 ? undefined : code
  } catch {
    return undefined
  }
}
