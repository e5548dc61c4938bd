import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { HostId } from '../model/ids.ts'
import { MAX_REVISION_BYTES, MAX_REVISIONS, type Revision, revisionsDraft, withRevision } from './revisions.ts'

const revision = (number: number, bytes = 10): Revision => ({
  revision: number,
  atMs: number,
  host: 'H1' as HostId,
  sha256: 'ab',
  nodes: 1,
  links: 0,
  files: 1,
  bytes,
})

describe('revisions', () => {
  it('are bounded in number and size, the newest stays, the order does too', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: MAX_REVISION_BYTES + 1 }), { minLength: 1 }), (sizes) => {
        const list = sizes.reduce<readonly Revision[]>(
          (held, bytes, at) => withRevision(held, revision(at + 1, bytes)),
          [],
        )
        expect(list.length).toBeLessThanOrEqual(MAX_REVISIONS)
        expect(list.at(-1)?.revision).toBe(sizes.length)
        const bytes = list.reduce((sum, one) => sum + one.bytes, 0)
        expect(list.length === 1 || bytes <= MAX_REVISION_BYTES).toBe(true)
        const first = list[0]?.revision ?? 0
        expect(list.map((one) => one.revision)).toEqual(list.map((_, at) => first + at))
      }),
    )
  })

  it('twenty small ones are kept, the twenty-first drops the oldest', () => {
    let list: readonly Revision[] = []
    for (let at = 1; at <= 21; at += 1) list = withRevision(list, revision(at))
    expect(list.map((one) => one.revision)).toEqual(Array.from({ length: 20 }, (_, at) => at + 2))
  })

  it('end some days after their lab', () => {
    const body = { lab: 'one', revisions: [revision(1)] }
    expect(revisionsDraft(body, [1], { isDeleted: false, wallMs: 5 }).expiresAtMs).toBe(0)
    expect(revisionsDraft(body, [2], { isDeleted: true, wallMs: 5 }).expiresAtMs).toBe(5 + 7 * 24 * 3600 * 1000)
  })
})
