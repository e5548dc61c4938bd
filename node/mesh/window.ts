import type { Stream } from '@libp2p/interface'

/** What a stream of @libp2p/yamux 8 keeps of its receive window, in bytes; no part of what libp2p promises. */
interface Windowed {
  readonly recvWindow: number
  readonly recvWindowCapacity: number
  sendWindowUpdate(): void
}

/**
 * Lets the sender know of the receive window once half of it is used. By itself yamux says so after every frame, however small, and the message
 * back costs both hosts as much as the frame did. Does nothing with streams of another make. For streams both sides have spoken on.
 */
export const spareWindowUpdates = (stream: Stream): void => {
  if (!isWindowed(stream)) return
  const send = stream.sendWindowUpdate.bind(stream)
  stream.sendWindowUpdate = () => {
    if (stream.recvWindowCapacity < stream.recvWindow / 2) send()
  }
}

/** Whether this stream has a window that can be spared. */
export const isWindowed = (stream: object): stream is Windowed =>
  'recvWindow' in stream &&
  typeof stream.recvWindow === 'number' &&
  'recvWindowCapacity' in stream &&
  typeof stream.recvWindowCapacity === 'number' &&
  'sendWindowUpdate' in stream &&
  typeof stream.sendWindowUpdate === 'function'
