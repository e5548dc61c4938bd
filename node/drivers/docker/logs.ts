import * as z from 'zod'
import { MeshError } from '#core/model/errors.ts'
import type { Bytes, Exec } from '#platform/exec.ts'
import { LogLines, type LogsWish } from '../log-lines.ts'
import { decodeJson } from '../tool-output.ts'
import { createDemux } from './demux.ts'

const Inspected = z.looseObject({ Config: z.looseObject({ Tty: z.boolean().nullish() }) })

/** Which engine, and the doors to it. */
export interface DockerLogs {
  readonly socket: string
  readonly exec: Exec
  readonly bytes: Bytes
}

/**
 * What a container has printed, and prints from now on where that is wished for: JSON, one value a line. A container with a terminal has
 * one stream, others two that come in frames. Throws NOT_FOUND where there is no such container.
 */
export async function* containerLogs(
  { socket, exec, bytes }: DockerLogs,
  container: string,
  ...[wish, signal]: [wish: LogsWish, signal: AbortSignal]
): AsyncGenerator<Uint8Array, void> {
  const id = encodeURIComponent(container)
  const read = await exec.run({ socket, method: 'GET', path: `/containers/${id}/json`, okStatus: [200, 404] })
  if (read.code === 404) throw new MeshError('NOT_FOUND', `there is no container ${container}`, { container })
  const lines = new LogLines()
  const isTty = decodeJson('docker container', read.stdout, Inspected).Config.Tty === true
  const take = isTty ? (chunk: Buffer) => lines.add('stdout', chunk) : createDemux((...part) => lines.add(...part))
  const path = `/containers/${id}/logs?${queryOf(wish)}`
  for await (const chunk of bytes({ socket, method: 'GET', path }, signal)) {
    take(Buffer.from(chunk))
    yield* lines.taken()
  }
  yield* lines.ended()
}

const queryOf = ({ follow, tail, since }: LogsWish): URLSearchParams => {
  const query = new URLSearchParams({ stdout: '1', stderr: '1', tail: tail === undefined ? 'all' : String(tail) })
  if (follow === true) query.set('follow', '1')
  if (since !== undefined) query.set('since', (since / 1000).toFixed(3))
  return query
}
