import { expect, test } from 'vitest'
import type { HostId } from '#core/model/ids.ts'
import type { RosterEntry } from '#core/model/record.ts'
import { FormerEndpoints } from './former-endpoints.ts'

const entry = (addresses: readonly string[], secondary?: readonly string[]): RosterEntry => ({
  id: 'b' as HostId,
  name: 'b',
  role: 'core',
  addresses,
  ...(secondary === undefined ? {} : { secondary }),
  port: 4801,
  wgPublicKey: 'k',
  wgPort: 51_820,
  overlayAddress: '10.213.0.2',
  state: 'admitted',
})

test('what a peer was reached at is known until it is reached there again', () => {
  const former = new FormerEndpoints()
  const after = (...of: Parameters<typeof entry>): readonly string[] => {
    former.take([entry(...of)])
    return former.of('b' as HostId)
  }
  expect(after(['192.0.2.2'], ['2001:db8::2'])).toEqual([])
  expect(after(['192.0.2.3'], ['2001:db8::2'])).toEqual(['192.0.2.2:51820'])
  expect(after(['192.0.2.4'])).toEqual(['192.0.2.2:51820', '192.0.2.3:51820', '[2001:db8::2]:51820'])
  expect(after(['192.0.2.2'])).toEqual(['192.0.2.3:51820', '[2001:db8::2]:51820', '192.0.2.4:51820'])
  expect(after([])).toEqual(['192.0.2.3:51820', '[2001:db8::2]:51820', '192.0.2.4:51820', '192.0.2.2:51820'])
  expect(former.of('c' as HostId)).toEqual([])
})
