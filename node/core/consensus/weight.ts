/** About how many bytes a JSON value takes when written, for a fraction of what writing it costs. Text beyond plain ASCII takes up to six times as much. */
export function bytesOf(value: unknown): number {
  if (typeof value === 'string') return value.length + 2
  if (typeof value !== 'object' || value === null) return 8
  let bytes = 2
  if (Array.isArray(value)) for (const item of value) bytes += bytesOf(item) + 1
  else for (const [key, item] of Object.entries(value)) bytes += key.length + 4 + bytesOf(item)
  return bytes
}
