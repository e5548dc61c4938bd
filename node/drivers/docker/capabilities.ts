import { readFileSync } from 'node:fs'

/**
 * Whether whoever runs on this machine may have every capability its kernel knows, and so hand all of them on: proc(5), `CapBnd`. False
 * where that cannot be read.
 */
export const hasAllCapabilities = (read = (path: string): string => readFileSync(path, 'utf8')): boolean => {
  try {
    const last = BigInt(read('/proc/sys/kernel/cap_last_cap').trim())
    const [, bound = '0'] = /^CapBnd:\s*([0-9a-f]+)$/m.exec(read('/proc/self/status')) ?? []
    const all = (1n << (last + 1n)) - 1n
    return (BigInt(`0x${bound}`) & all) === all
  } catch {
    return false
  }
}
