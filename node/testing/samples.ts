import type { HostId } from '#core/model/ids.ts'
import type { RosterEntry } from '#core/model/record.ts'
import type { Image } from '#core/model/resource.ts'
import { lxdImageId } from '#core/model/resource-ids.ts'

/** A lab of two nodes and one link; `a` binds the file {@link BOUND_FILE}. */
export const TWO_LAB = `name: two
topology:
  nodes:
    a: { kind: linux, image: alpine, binds: [conf/a.txt:/a.txt] }
    b: { kind: linux, image: alpine }
  links:
    - endpoints: ["a:eth1", "b:eth1"]
`

/** What lies beside {@link TWO_LAB}. */
export const BOUND_FILE = { path: 'conf/a.txt', text: 'hi' } as const

/** An admitted worker, for tests that look at few of its fields. */
export const rosterEntry = (id: HostId, change: Partial<RosterEntry> = {}): RosterEntry => ({
  id,
  name: 'x',
  role: 'worker',
  addresses: [],
  port: 1,
  wgPublicKey: '',
  wgPort: 1,
  overlayAddress: '',
  state: 'admitted',
  ...change,
})

/** An image LXD has under this name. */
export const lxdImageSample = (name: string, digest: string): Image => ({
  kind: 'image',
  provider: 'lxd',
  id: lxdImageId(name),
  needs: [],
  name,
  digest,
})
