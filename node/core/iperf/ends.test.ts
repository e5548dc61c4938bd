import { describe, expect, it } from 'vitest'
import { parseEnd, resolveEnds } from './ends.ts'
import { hostEnd, idOf, world } from './testdata/world.ts'

describe('parseEnd', () => {
  it('reads names, nodes and interfaces', () => {
    expect(parseEnd('a')).toEqual({ type: 'name', name: 'a' })
    expect(parseEnd(' ring/r1 ')).toEqual({ type: 'node', lab: 'ring', node: 'r1' })
    expect(parseEnd('ring/r1:Ethernet1/1')).toEqual({
      type: 'node',
      lab: 'ring',
      node: 'r1',
      interface: 'Ethernet1/1',
    })
    for (const text of ['', '/', 'a/', '/b', 'a/b:', 'a b', 'a:eth1', 'a/b/c'])
      expect(parseEnd(text), text).toMatchObject({ type: 'problem' })
  })
})

describe('resolveEnds', () => {
  it('finds hosts, nodes and attached machines, and who carries their tasks out', () => {
    const { ends, problems } = resolveEnds(['a', 'ring/r2:eth1', 'printer'], world)
    expect(problems).toEqual([])
    expect(ends).toEqual([
      hostEnd('a'),
      { type: 'node', lab: 'ring', node: 'r2', interface: 'eth1', host: idOf('b') },
      { type: 'attached', name: 'printer', host: idOf('a') },
    ])
  })

  it('takes the host where an attached machine has the same name', () => {
    expect(resolveEnds(['b'], world).ends).toEqual([hostEnd('b')])
  })

  it('takes equal ends as one', () => {
    const { ends, at } = resolveEnds(['a', 'b', ' a', 'a'], world)
    expect(ends).toEqual([hostEnd('a'), hostEnd('b')])
    expect(at.get(' a')).toBe(0)
  })

  it.each([
    ['d', 'host d is down'],
    ['ring/far', 'ring/far is on host d, which is down'],
    ['ring/waiting', 'ring/waiting is not placed on a host'],
    ['ring/vm', 'ring/vm is no container'],
    ['new', 'new has not registered yet'],
    ['lost', 'lost registered at host d, which is down'],
  ])('says why %s cannot be measured', (text, problem) => {
    const { ends, problems, unknown } = resolveEnds([text], world)
    expect({ ends, unknown }).toEqual({ ends: [], unknown: [] })
    expect(problems).toEqual([expect.stringContaining(problem)])
  })

  it('tells all that nobody knows at once, with what was meant', () => {
    const { problems, unknown } = resolveEnds(['printr', 'rng/r1', 'ring/r11', 'ring/r1:eth3', 'gone', 'd'], world)
    expect(problems).toHaveLength(6)
    expect(unknown).toHaveLength(5)
    const near = ['printer', 'ring', 'r1', 'eth1']
    for (const [at, name] of near.entries()) expect(unknown[at]).toContain(`Did you mean \`${name}\`?`)
  })

  it('notes who is offline', () => {
    expect(resolveEnds(['asleep'], world)).toMatchObject({
      ends: [{ name: 'asleep' }],
      problems: [],
      notes: [expect.stringContaining('asleep is offline')],
    })
  })
})
