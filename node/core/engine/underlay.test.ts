import { expect, test } from 'vitest'
import type { HostId } from '../model/ids.ts'
import type { Book } from './book.ts'
import { underlayMtus } from './underlay.ts'

const bodies: Readonly<Record<string, object>> = {
  usual: { v: '1', cpu: 1, mem: 1 },
  jumbo: { v: '1', cpu: 1, mem: 1, mtu: 9_000 },
  absurd: { v: '1', cpu: 1, mem: 1, mtu: 12 },
}
const book = {
  get: (_kind: string, host: string) => (bodies[host] === undefined ? undefined : { body: bodies[host] }),
} as Pick<Book, 'get'>

test.each([
  ['usual', 1_500],
  ['jumbo', 9_000],
  ['absurd', 1_280],
  ['silent', undefined],
])('the network of a host that is %s carries %s', (host, expected) => {
  expect(underlayMtus(book)(host as HostId)).toBe(expected)
})
