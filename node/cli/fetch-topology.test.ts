import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it, test } from 'vitest'
import { fetchTopology, fileUrl, isUrl } from './fetch-topology.ts'

test.each([
  ['https://github.com/a/b/blob/main/x/lab.clab.yml', 'https://raw.githubusercontent.com/a/b/main/x/lab.clab.yml'],
  ['https://github.com/a/b/raw/v1/lab.yml?plain=1', 'https://raw.githubusercontent.com/a/b/v1/lab.yml'],
  ['https://gitlab.com/a/g/b/-/blob/main/lab.yml#L3', 'https://gitlab.com/a/g/b/-/raw/main/lab.yml'],
  ['https://gist.github.com/a/0123abcd', 'https://gist.githubusercontent.com/a/0123abcd/raw'],
  ['https://example.org/blob/lab.yml', 'https://example.org/blob/lab.yml'],
])('%s is read from %s', (url, file) => expect(fileUrl(url)).toBe(file))

test.each([
  ['http://x/y', true],
  ['HTTPS://x', true],
  ['https.clab.yml', false],
  ['ftp://x', false],
])('%s: a URL %s', (text, is) => expect(isUrl(text)).toBe(is))

describe('fetching', () => {
  let server: Server | undefined
  afterEach(() => new Promise((resolve) => (server === undefined ? resolve(0) : server.close(resolve))))

  async function serve(answer: RequestListener): Promise<string> {
    server = createServer(answer)
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }
  const limits = { maxBytes: 100, timeoutMs: 200 }

  it('takes the text and the name of the file', async () => {
    const url = await serve((_request, response) => response.end('name: a\n'))
    const { bytes, name } = await fetchTopology(`${url}/labs/one%20two.clab.yml?x`, limits)
    expect([Buffer.from(bytes).toString(), name]).toEqual(['name: a\n', 'one two.clab.yml'])
  })

  it('stops just above the limit', async () => {
    const url = await serve((_request, response) => response.end('x'.repeat(5000)))
    expect((await fetchTopology(url, limits)).bytes).toHaveLength(101)
  })

  it.each<[string, RequestListener, RegExp]>([
    ['an error', (_request, response) => response.writeHead(404).end(), /cannot fetch .*: the server answers 404/],
    [
      'a web page',
      (_request, response) => response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<html>'),
      /it is a web page/,
    ],
    ['silence', () => {}, /no answer in time/],
  ])('says why not: %s', async (_what, answer, message) => {
    await expect(fetchTopology(await serve(answer), limits)).rejects.toThrow(message)
  })

  it('says why not: nobody there', async () => {
    await expect(fetchTopology('http://127.0.0.1:1/x', limits)).rejects.toThrow(/cannot fetch .*/)
  })
})
