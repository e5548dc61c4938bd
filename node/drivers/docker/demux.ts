/** One piece of output of a process in a container. */
export type OutputStream = 'stdout' | 'stderr'

/**
 * Takes apart the engine's stream of a process without a terminal: frames of an 8-byte header (stream type, three zeros,
 * big-endian length) and that many bytes (Docker Engine API, "Stream format"). Feed it chunks as they come, cut anywhere.
 */
export const createDemux = (onOutput: (stream: OutputStream, chunk: Buffer) => void): ((chunk: Buffer) => void) => {
  let held: Buffer = Buffer.alloc(0)
  let stream: OutputStream = 'stdout'
  let left = 0
  return (chunk) => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    for (;;) {
      if (left === 0) {
        if (held.length < 8) return
        stream = held[0] === 2 ? 'stderr' : 'stdout'
        left = held.readUInt32BE(4)
        held = held.subarray(8)
      }
      if (held.length === 0) return
      const part = held.subarray(0, left)
      held = held.subarray(part.length)
      left -= part.length
      if (part.length > 0) onOutput(stream, part)
    }
  }
}
