import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { MeshError } from '#core/model/errors.ts'
import { type ConfigInput, loadConfig } from './config.ts'
import { DEFAULTS } from './defaults.ts'

const folder = mkdtempSync(join(tmpdir(), 'skein-config-'))
afterAll(() => rmSync(folder, { recursive: true }))

const write = (text: string): string => {
  const file = join(folder, 'config.yaml')
  writeFileSync(file, text)
  return file
}
const load = (text: string, more: Partial<ConfigInput> = {}) => loadConfig({ env: {}, ...more, file: write(text) })
const problemsOf = (run: () => unknown): readonly { path: string; line: number; message: string }[] => {
  try {
    run()
  } catch (error) {
    if (error instanceof MeshError && error.code === 'BAD_INPUT') return error.details.problems as never
    throw error
  }
  return []
}

describe('what counts', () => {
  test('defaults, where nothing is set', () => {
    const config = load('# nothing\n')
    expect(config).toEqual(DEFAULTS)
    expect(Object.isFrozen(config)).toBe(true)
  })

  test('the file over defaults, the environment over the file, flags over all', () => {
    const text = 'data-dir: /file\nlibp2p-port: 1001\nsweep-s: 30\nlog-level: debug\n'
    const env = { SKEIN_LIBP2P_PORT: '1002', SKEIN_SWEEP_S: '40', HOME: '/root', SKEIN_SOCKET: '' }
    expect(load(text, { env, flags: { sweepS: '50', socket: undefined } })).toEqual({
      ...DEFAULTS,
      dataDir: '/file',
      libp2pPort: 1002,
      sweepS: 50,
      logLevel: 'debug',
    })
  })

  test('SKEIN_CONFIG names the file; a named one must be there', () => {
    expect(loadConfig({ env: { SKEIN_CONFIG: write('sweep-s: 7\n') } }).sweepS).toBe(7)
    expect(problemsOf(() => loadConfig({ env: { SKEIN_CONFIG: '/not/there.yaml' } }))).toMatchObject([
      { path: '/not/there.yaml', message: 'there is no such file' },
    ])
  })
})

describe('what is refused', () => {
  test('unknown settings, with line and the nearest known one', () => {
    expect(problemsOf(() => load('sweep-s: 30\ndata-dri: /x\n'))).toMatchObject([
      { path: 'data-dri', line: 2, message: 'unknown setting data-dri; did you mean data-dir?' },
    ])
    expect(problemsOf(() => load('', { env: { SKEIN_DATADIR: '/x' } }))).toMatchObject([
      { path: 'SKEIN_DATADIR', message: 'unknown setting SKEIN_DATADIR; did you mean SKEIN_DATA_DIR?' },
    ])
    expect(problemsOf(() => load('', { flags: { dataDirr: '/x' } }))).toMatchObject([{ path: '--data-dirr' }])
    expect(load('', { env: { SKEIN_API: 'x', SKEIN_WHATEVER_ELSE: 'y' } })).toEqual(DEFAULTS)
  })

  test('all problems of all sources at once', () => {
    const text = 'data-dir: relative\nlibp2p-port: 70000\nnonsense: 1\noverlay: 10.213.0.1/16\n'
    const found = problemsOf(() => load(text, { env: { SKEIN_SWEEP_S: 'often' }, flags: { logLevel: 'loud' } }))
    expect(found.map(({ line, message }) => [line, message.slice(0, 30)])).toEqual([
      [3, 'unknown setting nonsense; know'],
      [1, 'must be an absolute path, not '],
      [2, 'must be a whole number from 1 '],
      [4, 'must be the address of a netwo'],
      [0, 'must be a whole number from 5 '],
      [0, 'must be one of error, warn, in'],
    ])
  })

  test.each([
    ['vni-min: 9\nvni-max: 8\n', /above vni-max/],
    ['vxlan-port: 51820\n', /must not be wireguard-port/],
    ['image-port: 4801\n', /must not be libp2p-port, both are 4801\/tcp/],
    ['overlay: 10.0.0.0/8\n', /16 bits/],
    ['port-min: 9000\nport-max: 8999\n', /above port-max/],
    ['port-min: 14000\n', /14789, which the agent itself uses/],
    ['mgmt: 172.20.20.1/24\n', /172\.20\.20\.0\/24/],
    ['mgmt: 172.20.20.0/30\n', /16 to 29 bits/],
    ['mgmt: 172.20.20.0/99\n', /must be an IPv4 network/],
    ['mgmt: 10.213.7.0/24\n', /share addresses with overlay/],
    ['rest-s: 5\n', /from 10 to/],
    ['overlay: 300.0.0.0/16\n', /must be an IPv4 network/],
    ['socket: [a]\n', /not a list or map/],
    [`socket: /${'x'.repeat(107)}\n`, /107 bytes/],
    ['api-port: 4801\n', /must not be libp2p-port/],
    ['api-tls: files\n', /name them with api-tls-cert/],
    ['api-tls: maybe\n', /one of mesh, files, off/],
    ['api-listen: localhost\n', /must be an IP address/],
    ['env: prod\n', /one of development, production/],
    ['port-min: 8000\nport-max: 9000\n', /8010, which the agent itself uses/],
    ['sweep-s: 1.5\n', /whole number/],
    ['- a\n- b\n', /must be a map/],
    ['data-dir: /x\ndata-dir: /y\n', /unique/],
    ['a: [\n', /./],
  ])('%j', (text, message) => {
    expect(problemsOf(() => load(text))[0]?.message).toMatch(message)
  })

  test('any text gives a configuration or BAD_INPUT, never anything else', () => {
    const line = fc.oneof(
      fc.string(),
      fc
        .tuple(
          fc.constantFrom('data-dir', 'sweep-s', 'overlay', '? ', '- '),
          fc.constantFrom(': ', ':', ' '),
          fc.string(),
        )
        .map((parts) => parts.join('')),
    )
    fc.assert(
      fc.property(fc.array(line, { maxLength: 5 }), (lines) => {
        problemsOf(() => load(lines.join('\n')))
      }),
      { numRuns: 200 },
    )
  })
})
