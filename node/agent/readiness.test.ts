import { describe, expect, test } from 'vitest'
import { benchHost, EngineBench } from '#testing/engine-bench.ts'
import { useVirtualTime } from '#testing/virtual-time.ts'
import { type ReadinessOptions, readiness } from './readiness.ts'

const [a, b] = [benchHost('a', 1), benchHost('b', 2)]
const gone = { ...a, entry: { ...a.entry, state: 'removed' as const } }

describe('a host', () => {
  useVirtualTime()
  const ask = async (bench: EngineBench, fields: Partial<ReadinessOptions> = {}): Promise<object> => {
    const store = { getMeta: async () => undefined }
    const checks = await readiness({ engine: bench.engine, store, lastPass: () => ({ ms: 5 }), ...fields })
    return Object.fromEntries(checks.filter(({ ok }) => !ok).map(({ name, why }) => [name, why]))
  }

  test('alone in its mesh is ready', async () => {
    expect(await ask(new EngineBench({ hosts: [a] }))).toEqual({})
  })

  test('that hears none of the others is not, and is once it does', async () => {
    const bench = new EngineBench({ hosts: [a, b] })
    expect(await ask(bench)).toEqual({ mesh: 'none of 1 other hosts can be heard: b' })
    const body = { v: '1.0.0', cpu: 1, mem: 1 }
    bench.hear({ kind: 'heartbeat', key: b.id, version: [], expiresAtMs: 0, body }, b)
    expect(await ask(bench)).toEqual({})
  })

  test('that was removed is not', async () => {
    expect(await ask(new EngineBench({ hosts: [gone] }))).toHaveProperty('member')
  })

  test('whose store or tools fail is not, and says each fault once', async () => {
    const store = { getMeta: () => Promise.reject(new Error('disk')) }
    const unreadable = new Map([
      ['workload', 'docker does not answer'],
      ['image', 'docker does not answer'],
      ['bridge', 'ovs is gone'],
    ])
    expect(await ask(new EngineBench({ hosts: [a] }), { store, lastPass: () => ({ ms: 5, unreadable }) })).toEqual({
      store: 'the store cannot be read: disk',
      tools: 'docker does not answer; ovs is gone',
    })
  })

  test('that did not look at itself yet is not', async () => {
    expect(await ask(new EngineBench({ hosts: [a] }), { lastPass: () => ({}) })).toHaveProperty('tools')
  })
})
