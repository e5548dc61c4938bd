import { expect, it, vi } from 'vitest'
import { again } from './again.ts'

const failing = (times: number) => {
  let tries = 0
  return vi.fn(async () => {
    tries += 1
    if (tries <= times) throw new Error(`try ${tries}`)
    return tries
  })
}

it('what fails for a moment is there in the end', async () => {
  expect(await again(failing(0))).toBe(1)
  expect(await again(failing(2))).toBe(3)
})

it('what fails on is told, as it failed last', async () => {
  const ask = failing(9)
  await expect(again(ask)).rejects.toThrow('try 3')
  expect(ask).toHaveBeenCalledTimes(3)
})

it('what nobody waits for any more is not asked again', async () => {
  const ask = failing(9)
  await expect(again(ask, () => false)).rejects.toThrow('try 1')
})
