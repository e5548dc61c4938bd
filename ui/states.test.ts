import { expect, it } from 'vitest'
import { toneOf } from './states.ts'

it('green is for what was seen to be right', () => {
  const good = ['alive', 'up', 'running', 'good', 'live']
  expect(good.map(toneOf)).toEqual(good.map(() => 'ok'))
})

it.each(['pending', 'creating', 'suspect', 'down', 'left', 'unknown', 'not probed', 'constructor', ''])(
  '"%s" is not green',
  (state) => expect(toneOf(state)).not.toBe('ok'),
)
