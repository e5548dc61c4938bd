import { describe, expect, it } from 'vitest'
import { asOld, linkLook, nodeLook, shapeOf } from './looks.ts'

describe('looks of a lab', () => {
  it('green is a link that was read back and is left alone', () => {
    expect(linkLook({ state: 'up' }).tone).toBe('ok')
    expect(linkLook({ state: 'up', impairments: {} }).tone).toBe('ok')
    expect(linkLook({ state: 'up', impairments: { 'r1:eth1': { delayMs: 5 } } })).toMatchObject({
      tone: 'warn',
      sign: '▲',
    })
    expect((['pending', 'creating', 'down', 'error'] as const).map((state) => linkLook({ state }).tone)).not.toContain(
      'ok',
    )
  })

  it('no two tones share a sign, so that colour is never alone', () => {
    const states = ['running', 'creating', 'pending', 'error', 'stopped', 'exited'] as const
    const signs = new Map<string, Set<string>>()
    for (const { tone, sign } of [...states.map((state) => nodeLook({ state })), linkLook({ state: 'down' })])
      signs.set(sign, (signs.get(sign) ?? new Set()).add(tone))
    expect([...signs.values()].every((tones) => tones.size === 1)).toBe(true)
  })

  it('what is old is not certain', () => {
    expect(asOld(linkLook({ state: 'up' }))).toMatchObject({ tone: 'unknown', text: 'up' })
  })

  it.each([
    ['linux', 'round-rectangle'],
    ['nokia_srlinux', 'ellipse'],
    ['bridge', 'diamond'],
    ['constructor', 'ellipse'],
  ])('%s is a %s', (kind, shape) => expect(shapeOf(kind)).toBe(shape))
})
