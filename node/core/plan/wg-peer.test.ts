import { describe, expect, it } from 'vitest'
import type { WgPeer } from '../model/resource.ts'
import type { Path } from '../paths/paths.ts'
import { desired } from './desired.ts'
import { differs } from './differs.ts'
import { onFirstHost } from './testdata/host.ts'
import { rosterEntry } from './testdata/lab.ts'

const PRIMARY = '192.0.2.2:51820'
const SECONDARY = '[2001:db8::2]:51820'

/** The peer as host 1 wants it, where `path` was chosen. */
const wanted = (path: Path | undefined, secondary: readonly string[] = ['2001:db8::2']): WgPeer => {
  const input = onFirstHost([], { roster: [rosterEntry(1), rosterEntry(2, { secondary })] })
  const peer = desired({ ...input, wg: { ...input.wg, path: () => path } }).find((one) => one.kind === 'wg-peer')
  if (peer?.kind !== 'wg-peer') throw new Error('no peer')
  return peer
}

describe('a peer with two addresses', () => {
  it.each<[Path | undefined, string, readonly string[] | undefined]>([
    [undefined, PRIMARY, undefined],
    ['primary', PRIMARY, [SECONDARY]],
    ['secondary', SECONDARY, [PRIMARY]],
  ])('is reached, with %s chosen, at %s and not at %o', (path, endpoint, notEndpoints) => {
    const { endpoint: at, notEndpoints: not } = wanted(path)
    expect([at, not]).toEqual([endpoint, notEndpoints])
  })

  it('of which one is known only is reached there', () => {
    expect(wanted('primary', [])).not.toHaveProperty('notEndpoints')
  })

  const move = (path: Path | undefined, endpoint: string, lastHandshakeS = 1_700_000_000): string | undefined =>
    differs(wanted(path), { ...wanted(path), endpoint, lastHandshakeS })?.reason

  it.each<[Path | undefined, string, string | undefined]>([
    ['secondary', PRIMARY, `endpoint is ${PRIMARY}, ${SECONDARY} is wanted`],
    ['primary', SECONDARY, `endpoint is ${SECONDARY}, ${PRIMARY} is wanted`],
    ['secondary', SECONDARY, undefined],
    // It roamed: an address translator is between.
    ['secondary', '198.51.100.7:4000', undefined],
    // After a restart of the agent: what works is not touched before anything is known.
    [undefined, SECONDARY, undefined],
    [undefined, PRIMARY, undefined],
  ])('with %s chosen and seen at %s: %s', (path, endpoint, reason) => expect(move(path, endpoint)).toBe(reason))

  it('that was never heard of is led to the chosen one', () => {
    expect(move('secondary', '198.51.100.7:4000', 0)).toContain(SECONDARY)
  })
})
