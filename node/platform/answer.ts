import { Client, type Dispatcher } from 'undici'
import type { SocketCommand } from './exec.ts'
import { requestFailure } from './failure.ts'

/**
 * The answer of a daemon on a unix socket, to be read as it comes, without limit of time. `body` throws TOOL_FAILED where the daemon
 * refuses; `close` always follows.
 */
export const openAnswer = (
  command: SocketCommand,
  signal: AbortSignal,
): { readonly body: () => Promise<Dispatcher.ResponseData['body']>; readonly close: () => Promise<void> } => {
  const client = new Client('http://localhost', {
    connect: { socketPath: command.socket },
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  return {
    body: async () => {
      const { statusCode, body } = await client.request({ method: command.method, path: command.path, signal })
      if (statusCode < 300) return body
      const failure = requestFailure(command, { code: statusCode, stdout: await body.text(), stderr: '' })
      if (failure !== undefined) throw failure
      return body
    },
    close: () => client.destroy(),
  }
}
