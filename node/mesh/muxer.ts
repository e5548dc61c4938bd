import type { MessageStream, StreamMuxerFactory } from '@libp2p/interface'
import { yamux } from '@libp2p/yamux'
import { asError } from './channel.ts'

const MIB = 1024 * 1024

/**
 * What one stream may have under way. Yamux lets the window grow to 16 MiB for fast readers, and ends a stream that has more than 4 MiB unread
 * (@libp2p/yamux 8.0.3): a fast reader that stops for a moment would lose its stream.
 */
const STREAM = {
  initialStreamWindowSize: MIB / 4,
  maxStreamWindowSize: 2 * MIB,
  maxReadBufferLength: 4 * MIB,
  maxWriteBufferLength: Number.POSITIVE_INFINITY,
  inactivityTimeout: 120_000,
}

/**
 * Yamux that survives a connection closing under it: it sends the frame that opens a stream in a microtask of its own, where an error of the
 * connection would end the process (@libp2p/yamux 8.0.3; js-libp2p issue 3512 was the same of another frame). Nothing waits for such a frame:
 * its stream is closed along with the connection.
 */
export const createMuxer = (): (() => StreamMuxerFactory) => {
  const make: () => StreamMuxerFactory = yamux({ streamOptions: STREAM })
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
