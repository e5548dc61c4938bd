import { spawnSync } from 'node:child_process'
import { median, option } from './support.ts'

/**
 * What it costs to start, with the compiled code that was kept of the start before, against the same without, in turn.
 *   node scripts/bench/start.ts [--rounds 10]
 */
const rounds = option('rounds', 10)
const NODE = new URL('../../node/', import.meta.url).pathname
const LOAD = `(await import('${NODE}platform/code-cache.ts')).keepCompiledCode(); await import('${NODE}daemon.ts')`
const STARTS: Readonly<Record<string, readonly string[]>> = {
  'skein lab ls --help': [`${NODE}main.ts`, 'lab', 'ls', '--help'],
  'code of an agent': ['--input-type=module', '--eval', LOAD],
}

const timed = (args: readonly string[], env: Readonly<Record<string, string>>): number => {
  const startMs = performance.now()
  const { status, stderr } = spawnSync(process.execPath, args, { env: { ...process.env, ...env }, encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return performance.now() - startMs
}

const rows = Object.entries(STARTS).map(([what, args]) => {
  timed(args, {})
  const pairs = Array.from({ length: rounds }, () => [
    timed(args, {}),
    timed(args, { NODE_DISABLE_COMPILE_CACHE: '1' }),
  ])
  const [kept, bare] = [0, 1].map((at) => median(pairs.map((pair) => pair[at] ?? 0)))
  return {
    what,
    'kept ms': Math.round(kept ?? 0),
    'without ms': Math.round(bare ?? 0),
    ratio: ((kept ?? 0) / (bare ?? 1)).toFixed(2),
  }
})
console.table(rows)
