import { expect, it } from 'vitest'
import { matchPath } from './routing.ts'

it.each<[string, string, unknown]>([
  ['/mesh', '/mesh', {}],
  ['/mesh', '/mesh/', {}],
  ['/mesh', '/labs', undefined],
  ['/labs/:lab', '/labs/one', { lab: 'one' }],
  ['/labs/:lab', '/labs', undefined],
  ['/labs/:lab', '/labs/', undefined],
  ['/labs/:lab', '/labs/one/two', undefined],
  ['/mesh/:from/:to', '/mesh/a%2Fb/c', { from: 'a/b', to: 'c' }],
  ['/labs/:lab', '/labs/%E0%A4%A', undefined],
])('%s and %s', (pattern, path, params) => expect(matchPath(pattern, path)).toEqual(params))
