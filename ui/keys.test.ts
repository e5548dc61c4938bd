import { expect, it } from 'vitest'
import { type KeyBinding, KeyReader, type Press } from './keys.ts'

const binding = (keys: string, more: Partial<KeyBinding> = {}): KeyBinding => ({ keys, what: keys, run() {}, ...more })
const BINDINGS = [binding('g m'), binding('g l'), binding('m'), binding('?'), binding('Ctrl+k', { always: true })]
const press = (key: string, more: Partial<Press> = {}): Press => ({
  ...{ key, ctrl: false, meta: false, alt: false, isTyping: false, atMs: 0 },
  ...more,
})

const typed = (presses: readonly Press[], single = true): (string | undefined)[] => {
  const reader = new KeyReader()
  return presses.map((one) => reader.read(one, BINDINGS, single)?.keys)
}

it.each<[string, Press[], (string | undefined)[]]>([
  ['one key', [press('?')], ['?']],
  ['two keys', [press('g'), press('m')], [undefined, 'g m']],
  ['two keys, the second late', [press('g'), press('m', { atMs: 2_000 })], [undefined, 'm']],
  ['a second one that means nothing', [press('g'), press('x'), press('m')], [undefined, undefined, 'm']],
  ['Ctrl and Cmd', [press('K', { ctrl: true }), press('k', { meta: true })], ['Ctrl+k', 'Ctrl+k']],
  ['Alt belongs to the browser', [press('?', { alt: true })], [undefined]],
  ['typing', [press('?', { isTyping: true }), press('k', { isTyping: true, ctrl: true })], [undefined, 'Ctrl+k']],
])('%s', (_what, presses, found) => expect(typed(presses)).toEqual(found))

it('single keys can be switched off', () => {
  expect(typed([press('?'), press('g'), press('m'), press('k', { ctrl: true })], false)).toEqual([
    undefined,
    undefined,
    undefined,
    'Ctrl+k',
  ])
})

it('of two meanings the newer one counts', () => {
  const newer = binding('?')
  expect(new KeyReader().read(press('?'), [...BINDINGS, newer], true)).toBe(newer)
})
