import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFakeAgent } from '#testing/fake-agent.ts'
import { type Api, createApi } from './index.ts'

const HTML = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
const SCRIPT = 'console.log(1)\n'.repeat(200)

let folder: string
let api: Api
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skein-pages-'))
  await mkdir(join(folder, 'assets'))
  await writeFile(join(folder, 'index.html'), '<style nonce="__NONCE__"></style><i nonce="__NONCE__">page</i>')
  await writeFile(join(folder, 'assets/index-Ab3_x-9z.js'), SCRIPT)
  await writeFile(join(folder, 'assets/index-Ab3_x-9z.js.gz'), gzipSync(SCRIPT))
  await writeFile(join(folder, 'assets/skein.svg'), '<svg/>')
  api = createApi({ agent: createFakeAgent(), socketPath: join(folder, 's'), version: '0.1.0', pages: folder })
})
afterEach(async () => {
  await api.stop()
  await rm(folder, { recursive: true, force: true })
})
const ask = (url: string, headers: Record<string, string> = {}) => api.app.inject({ method: 'GET', url, headers })

describe('pages', () => {
  it.each(['/', '/mesh', '/labs', '/labs/one', '/nothing/of/the/kind?x=1'])(
    'a browser that goes to %s gets the page',
    async (url) => {
      const { statusCode, headers, body } = await ask(url, HTML)
      const nonce = /nonce="([^"]+)"/.exec(body)?.[1] ?? ''
      expect(statusCode).toBe(200)
      expect(headers['content-type']).toBe('text/html; charset=utf-8')
      expect(headers['cache-control']).toBe('no-store')
      expect(body).not.toContain('__NONCE__')
      expect(headers['content-security-policy']).toContain(`style-src 'self' 'nonce-${nonce}'`)
      expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'")
    },
  )

  it('each answer has a nonce of its own', async () => {
    const [one, two] = [await ask('/', HTML), await ask('/', HTML)]
    expect(one.body).not.toBe(two.body)
  })

  it.each(['/v1/labs', '/healthz'])('programs and people get %s as it is', async (url) => {
    for (const headers of [{}, HTML])
      expect((await ask(url, headers)).headers['content-type']).toContain('application/json')
  })

  it('who asks for no HTML gets none', async () => {
    expect((await ask('/nothing')).json()).toMatchObject({ error: 'NOT_FOUND' })
    expect((await ask('/', { accept: '*/*' })).statusCode).toBe(404)
  })

  it('files are kept for a year by those who read them, packed where they may be', async () => {
    const packed = await ask('/assets/index-Ab3_x-9z.js', { 'accept-encoding': 'gzip' })
    expect(packed.headers).toMatchObject({
      'content-encoding': 'gzip',
      'cache-control': 'public, max-age=31536000, immutable',
    })
    expect(packed.headers['content-type']).toContain('javascript')
    const plain = await ask('/assets/index-Ab3_x-9z.js')
    expect(plain.body).toBe(SCRIPT)
    const etag = String(plain.headers.etag)
    expect((await ask('/assets/index-Ab3_x-9z.js', { 'if-none-match': etag })).statusCode).toBe(304)
    expect((await ask('/assets/skein.svg')).headers['cache-control']).toBe('public, max-age=300')
  })

  it.each([
    '/assets/../index.html',
    '/assets/%2e%2e/index.html',
    '/assets/..%2f..%2fetc/passwd',
    '/index.html',
    '/assets/nothing.js',
    '/assets/',
    '/assets/%00',
  ])('%s is not to be had', async (url) => {
    const { statusCode, body } = await ask(url)
    expect([400, 403, 404]).toContain(statusCode)
    expect(body).not.toContain('nonce')
  })

  it('where nothing is built, it says how', async () => {
    await rm(join(folder, 'index.html'))
    const { statusCode, body } = await ask('/', HTML)
    expect(statusCode).toBe(503)
    expect(body).toContain('npm run ui')
  })
})
