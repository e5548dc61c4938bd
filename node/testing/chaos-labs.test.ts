import { expect, test } from 'vitest'
import { readTopology } from '#core/topology/read.ts'
import { chaosLabs } from './chaos-labs.ts'

const { lasting, guest } = chaosLabs(['x1', 'x2', 'x3'])

test('twelve nodes or more, and a ping both ways for every link, from its own end', () => {
  const read = [...lasting, guest].map(({ text }) => readTopology({ text }))
  expect(read.flatMap(({ problems }) => problems)).toEqual([])
  expect(read.flatMap(({ intent }) => intent?.nodes.filter(({ kind }) => kind === 'linux') ?? []).length).toBe(12)
  for (const { links } of [...lasting, guest])
    for (const [key, pings] of links) {
      const [one, other = ''] = key.split(' ')
      expect(pings.length % 2).toBe(0)
      for (const { id } of pings) expect(id.includes(`/${one}->`) || id.endsWith(`->${one}`), id).toBe(true)
      if (!other.startsWith('sw:'))
        expect(pings.map(({ id }) => id.split('/')[1])).toEqual([`${one}->${other}`, `${other}->${one}`])
    }
})
