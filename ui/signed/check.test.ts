import { describe, expect, it } from 'vitest'
import type { RecordView } from '#core/record/open.ts'
import { createKeys } from '#identity/keys.ts'
import { signRecord } from '#identity/sign.ts'
import { isSigned } from './check.ts'
import { publicKeyOf } from './host-key.ts'

const draft = {
  kind: 'intent' as const,
  key: 'one',
  version: [1, 'x'],
  expiresAtMs: 0,
  body: { b: [{ z: 1, a: null }], a: 'ü' },
}
const signed = async (): Promise<{ keys: Awaited<ReturnType<typeof createKeys>>; record: RecordView }> => {
  const keys = await createKeys()
  return { keys, record: { ...signRecord(draft, keys, [1, 2, 3]), authorName: 'a' } }
}

describe('a signature', () => {
  it('of a host is found right in a browser too', async () => {
    const { record } = await signed()
    expect(await isSigned(JSON.parse(JSON.stringify(record)))).toBe(true)
  })

  it('does not stand for anything else', async () => {
    const { record } = await signed()
    const { record: other } = await signed()
    const wrong: Partial<RecordView>[] = [
      { body: { b: [], a: 'ü' } },
      { key: 'two' },
      { kind: 'status' },
      { fresh: [1, 2, 4] },
      { version: [2] },
      { expiresAtMs: 1 },
      { author: other.author },
      { author: '12D3KooWnot-an-id' as RecordView['author'] },
      { signature: other.signature },
    ]
    for (const change of wrong) expect(await isSigned({ ...record, ...change }), JSON.stringify(change)).toBe(false)
  })
})

describe('the id of a host', () => {
  it('is its key', async () => {
    const { keys } = await signed()
    const der = keys.publicKey.export({ format: 'der', type: 'spki' })
    expect(publicKeyOf(keys.id)).toEqual(new Uint8Array(der.subarray(-32)))
  })

  it.each(['', '1', 'QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N', '0OIl', 'z'.repeat(10_000)])(
    '%.20s stands for none',
    (id) => expect(publicKeyOf(id)).toBeUndefined(),
  )
})
