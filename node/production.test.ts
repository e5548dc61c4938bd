import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Config, loadConfig } from '#config/config.ts'
import { MeshError } from '#core/model/errors.ts'
import { checkProduction } from './production.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skein-production-'))
  await mkdir(join(folder, 'identity'), { mode: 0o700 })
  await writeFile(join(folder, 'identity/host.key'), 'x', { mode: 0o600 })
  await writeFile(join(folder, 'config.yaml'), '')
})
afterEach(() => rm(folder, { recursive: true }))

const config = (flags: object = {}): Config =>
  loadConfig({ file: join(folder, 'config.yaml'), env: {}, flags: { dataDir: folder, env: 'production', ...flags } })
const found = async (flags: object, env = {}): Promise<readonly string[]> => {
  const error = await checkProduction(config(flags), env).catch((cause: unknown) => cause)
  if (error === undefined) return []
  if (!(error instanceof MeshError)) throw error
  return (error.details.problems as { path: string }[]).map(({ path }) => path)
}

test('what is fit for it starts', async () => {
  expect(await found({})).toEqual([])
})

test('all that is weak is told at once, with what to change', async () => {
  await chmod(join(folder, 'identity/host.key'), 0o644)
  const env = { SKEIN_TOKEN: 'skt_x', NODE_OPTIONS: '--inspect', NODE_TLS_REJECT_UNAUTHORIZED: '0' }
  const paths = await found({ apiTls: 'off', logLevel: 'debug' }, env)
  const key = join(folder, 'identity/host.key')
  expect(paths).toEqual(['api-tls', 'log-level', 'SKEIN_TOKEN', 'NODE_OPTIONS', 'NODE_TLS_REJECT_UNAUTHORIZED', key])
})

test('elsewhere anything goes', async () => {
  expect(await found({ env: 'development', apiTls: 'off', logLevel: 'debug' })).toEqual([])
})

test('a key file that others can read is found', async () => {
  const key = join(folder, 'tls.key')
  await writeFile(key, 'x', { mode: 0o640 })
  await chmod(key, 0o640)
  expect(await found({ apiTls: 'files', apiTlsCert: join(folder, 'tls.crt'), apiTlsKey: key })).toEqual([key])
})
