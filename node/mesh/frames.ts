/** A frame on a stream is its length, four bytes big endian, and as many bytes. */
const HEADER_BYTES = 4

/** A stream that does not keep to its limits. */
export class FrameError extends Error {}

/** The bytes of one frame. */
export function encodeFrame(payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(HEADER_BYTES + payload.length)
  new DataView(frame.buffer).setUint32(0, payload.length)
  frame.set(payload, HEADER_BYTES)
  return frame
}

/**
 * Cuts a stream of bytes into frames, however it arrives. Holds at most one frame and the chunk just given. Returns what is complete;
 * throws FrameError as soon as a frame says it is longer than `maxBytes`, before any of it is kept.
 */
export function frameDecoder(maxBytes: number): (chunk: Uint8Array) => Uint8Array[] {
  let pending: Uint8Array[] = []
  let pendingBytes = 0
  const joined = (): Uint8Array => {
    const all = pending.length === 1 && pending[0] !== undefined ? pending[0] : Buffer.concat(pending)
    pending = [all]
    return all
  }
  const wantedBytes = (): number => {
    if (pendingBytes < HEADER_BYTES) return HEADER_BYTES
    const head = (pending[0]?.length ?? 0) >= HEADER_BYTES ? (pending[0] ?? joined()) : joined()
    const length = new DataView(head.buffer, head.byteOffset).getUint32(0)
    if (length > maxBytes) throw new FrameError(`a frame of ${length} bytes; at most ${maxBytes} are allowed`)
    return HEADER_BYTES + length
  }
  return (chunk) => {
    pending.push(chunk)
    pendingBytes += chunk.length
    const frames: Uint8Array[] = []
    for (let wanted = wantedBytes(); pendingBytes >= wanted; wanted = wantedBytes()) {
      const all = joined()
      frames.push(new Uint8Array(all.subarray(HEADER_BYTES, wanted)))
      pending = [all.subarray(wanted)]
      pendingBytes -= wanted
    }
    return frames
  }
}

/** The bytes of a JSON value. */
export const toJsonBytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value ?? null))

/** The JSON value of a frame; throws FrameError where it is none. */
export function fromJsonBytes(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new FrameError('a frame that is not JSON', { cause })
  }
}
