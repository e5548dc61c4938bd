import { beforeEach, describe, expect, test } from 'vitest'
import { createFakeAgent, type FakeAgent } from '#testing/fake-agent.ts'
import { pendingView } from '#testing/fake-agent-views.ts'
import { labSample } from '#testing/lab-samples.ts'
import { type Api, createApi } from './index.ts'

let agent: FakeAgent
let api: Api
beforeEach(() => {
  agent = createFakeAgent()
  api = createApi({ agent, socketPath: '/nowhere', version: '0.1.0', checksAnswers: true })
  for (const name of ['a', 'b', 'c', 'd', 'e']) add(name)
})

const add = (name: string): void =>
  void agent.views.set(name, pendingView(labSample({ name, nodes: { r1: {} }, links: [] }), 1))

async function page(query: string) {
  const response = await api.app.inject({ method: 'GET', url: `/v1/labs${query}` })
  const { 'x-next-cursor': next, link } = response.headers
  const body = response.json()
  return { names: Array.isArray(body) ? body.map(({ name }) => name) : body.error, next: next as string, link }
}

describe('a long list', () => {
  test('is whole for who asks for no part', async () => {
    expect(await page('')).toEqual({ names: ['a', 'b', 'c', 'd', 'e'], next: undefined, link: undefined })
  })

  test('comes in parts, each saying how it goes on', async () => {
    const first = await page('?limit=2')
    expect(first).toMatchObject({ names: ['a', 'b'], link: `</v1/labs?limit=2&cursor=${first.next}>; rel="next"` })
    const second = await page(`?limit=2&cursor=${first.next}`)
    expect(second.names).toEqual(['c', 'd'])
    expect(await page(`?limit=2&cursor=${second.next}`)).toEqual({ names: ['e'], next: undefined, link: undefined })
  })

  test('goes on after the last row, though others come and go', async () => {
    const { next } = await page('?limit=2')
    agent.views.delete('a')
    expect((await page(`?limit=2&cursor=${next}`)).names).toEqual(['c', 'd'])
    agent.views.delete('b')
    expect((await page(`?limit=2&cursor=${next}`)).names).toEqual(['e'])
  })

  test.each([
    '?limit=0',
    '?limit=1001',
    '?limit=x',
    '?cursor=',
    '?cursor=%2e%2e',
    '?cursor=bm9uZQ',
    '?limit=1&limit=2',
  ])('refuses %s', async (query) => expect((await page(query)).names).toBe('BAD_INPUT'))
})
