import type { MessageStream, StreamMuxerFactory } from '@libp2p/interface'
import { yamux } from '@libp2p/yamux'
import { asError } from './channel.ts'

/**
 * Yamux that survives a connection closing under it: it sends the frame that opens a stream in a microtask of its own, where an error of the
 * connection would end the process (@libp2p/yamux 8.0.3; js-libp2p issue 3512 was the same of another frame). Nothing waits for such a frame:
 * its stream is closed along with the connection.
 */
export const createMuxer = (): (() => StreamMuxerFactory) => {
  const make: () => StreamMuxerFactory = yamux()
  return () => {
    const inner = make()
    return {
      protocol: inner.protocol,
      createStreamMuxer: (connection) => inner.createStreamMuxer(tolerant(connection)),
    }
  }
}

/** The connection, whose `send` says "full" where it would throw. */
function tolerant(connection: MessageStream): MessageStream {
  const send = connection.send.bind(connection)
  connection.send = (data) => {
    if (connection.status !== 'open') return false
    try {
      return send(data)
    } catch (error) {
      connection.abort(asError(error))
      return false
    }
  }
  return connection
}
