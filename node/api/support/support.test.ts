import { Readable } from 'node:stream'
import { gunzipSync } from 'node:zlib'
import { extract } from 'tar-stream'
import { describe, expect, it } from 'vitest'
import { MeshError } from '#core/model/errors.ts'
import { createApiToken } from '#identity/session.ts'
import { createToken, encodeToken } from '#identity/token.ts'
import { createFakeAgent, type FakeAgent } from '#testing/fake-agent.ts'
import { pendingView, upView } from '#testing/fake-agent-views.ts'
import { labSample } from '#testing/lab-samples.ts'
import { createApi } from '../index.ts'
import type { SupportDeps } from './files.ts'
import { scrubJson, scrubLines, scrubText, TAKEN_OUT } from './scrub.ts'

const JOIN_TOKEN = encodeToken(
  createToken({ meshId: 'm1', caHash: 'c', role: 'core', expiresAtMs: 1, contacts: ['/ip4/192.0.2.1/tcp/1/p2p/x'] }),
)
const PEM_BODY = 'MC4CAQAwBQYDK2VwBCIEIPlantedPlantedPlantedPlantedPlantedPlan'
/** By what each is: a text it stands in, and the secret of it. */
const PLANTED: readonly (readonly [what: string, text: string, secret: string])[] = [
  ['a join token', `run skein join ${JOIN_TOKEN} --name b`, JOIN_TOKEN.slice(12)],
  ['an API token', `got ${createApiToken().token}`, ''],
  ['a session', 'cookie skein_session=sks1.eyJwbGFudGVkIjoxfQ.c2lnbmF0dXJl;', 'c2lnbmF0dXJl'],
  ['a hash of argon2', 'hash $argon2id$v=19$m=65536,t=3,p=1$c2FsdHNhbHQ$cGxhbnRlZGhhc2g', 'cGxhbnRlZGhhc2g'],
  ['a hash of crypt', 'enable secret 5 $1$abcd$PLANTEDcrypthash0000', 'PLANTEDcrypthash'],
  ['a private key', `-----BEGIN PRIVATE KEY-----\n${PEM_BODY}\n-----END PRIVATE KEY-----`, PEM_BODY],
  [
    'an encrypted one',
    `-----BEGIN RSA PRIVATE KEY-----\nDEK-Info: AES-128-CBC,00\n\nRSA${PEM_BODY}\n-----END RSA PRIVATE KEY-----`,
    `RSA${PEM_BODY}`,
  ],
  ['a WireGuard key', 'PrivateKey = cGxhbnRlZHdpcmVndWFyZGtleXBsYW50ZWR3aXJlZ3U=', 'cGxhbnRlZHdpcmVndWFyZ'],
  ['the code of the bootstrap', 'admin code PlAnTeD-c0de', 'PlAnTeD-c0de'],
  ['a password on a command line', 'skein user set ann --role admin --password pw-planted-1', 'pw-planted-1'],
  ['a quoted one', 'password: "pw planted 2"', 'pw planted 2'],
  ['one in an address', 'pull https://ann:pw-planted-3@registry.example/x', 'pw-planted-3'],
  ['a header', 'authorization: Bearer planted.bearer.value', 'planted.bearer.value'],
  // The last: it goes on to the end of a text.
  ['one that is cut off', `-----BEGIN EC PRIVATE KEY-----\n${PEM_BODY}x`, `${PEM_BODY}x`],
].map(
  ([what = '', text = '', secret = '']) => [what, text, secret === '' ? (text.split(' ')[1] ?? '') : secret] as const,
)
const ALL = PLANTED.map(([, text]) => text).join(' ; ')

describe('secrets are taken out', () => {
  it.each(PLANTED)('%s', (_what, text, secret) => {
    expect(text).toContain(secret)
    for (const scrubbed of [scrubText(text), scrubJson({ message: text }), scrubLines(JSON.stringify({ msg: text }))]) {
      expect(scrubbed).not.toContain(secret)
      expect(scrubbed).toContain(TAKEN_OUT)
    }
  })

  it('of fields that are named so, whatever they hold; counts stay', () => {
    const value = {
      password: 'x1',
      deep: [{ privateKey: { raw: 'x2' }, adminCode: 'x3', token: 'x4' }],
      tokens: 3,
      code: 'BUSY',
    }
    const text = scrubJson(value)
    expect(text).not.toMatch(/x[1-4]/)
    expect(JSON.parse(text)).toMatchObject({ tokens: 3, code: 'BUSY' })
  })

  it.each(['12 tokens, exit code 1', 'node r1 of lab one runs again', 'apiTlsKey /etc/skein/api.key', 'id skein1'])(
    '%s is none',
    (text) => expect(scrubText(text)).toBe(text),
  )

  it('however long and strange a text is, in a time that grows as it does', () => {
    for (const piece of ['a-', '://', 'password', 'token ', '-----BEGIN ', '$1$', '"', 'skein1.'])
      expect(typeof scrubText(piece.repeat(200_000 / piece.length))).toBe('string')
  })
})

const plant = (): FakeAgent => {
  const agent = createFakeAgent()
  const lab = upView(pendingView(labSample({ name: 'one', nodes: { r1: {} }, links: [] }), 1))
  agent.views.set('one', { ...lab, notes: [`a: ${ALL}`] })
  agent.access.people.set('ann', { role: 'admin', password: 'pw-planted-9' })
  agent.checks = [{ name: 'tools', ok: false, why: ALL }]
  const event = { host: '12D3KooWA', hostName: 'a', boot: 1, atMs: 0, level: 'info', code: 'NODE_EXEC', about: 'r1' }
  for (let seq = 1; seq <= 1_200; seq += 1)
    agent.happen({ ...event, seq, message: seq === 1_200 ? ALL : `event ${seq}` } as FakeAgent['feed'][number])
  return agent
}

const DEPS: SupportDeps = {
  config: { dataDir: '/var/lib/skein', apiTlsKey: '/etc/skein/api.key', password: 'pw-planted-8', note: ALL },
  tools: async () => ({ ovs: { ok: true, version: '3.1.0' }, docker: { ok: false, message: ALL } }),
  log: () => `${JSON.stringify({ level: 'info', msg: ALL, adminCode: 'pw-planted-7' })}\nno JSON: ${ALL}\n`,
}

const unpack = async (archive: Uint8Array): Promise<ReadonlyMap<string, string>> => {
  const files = new Map<string, string>()
  for await (const entry of Readable.from([gunzipSync(archive)]).pipe(extract())) {
    const chunks: Uint8Array[] = []
    for await (const chunk of entry) chunks.push(chunk as Uint8Array)
    files.set(entry.header.name.replace(/^skein-support-a-\d{8}T\d{6}Z\//, ''), Buffer.concat(chunks).toString())
  }
  return files
}

const bundleOf = async (agent: FakeAgent, support: SupportDeps = DEPS) => {
  const api = createApi({ agent, socketPath: '/nowhere', version: '0.1.0', checksAnswers: true, support })
  const answer = await api.app.inject({ method: 'GET', url: '/v1/support-bundle' })
  expect(answer.statusCode).toBe(200)
  return { answer, files: await unpack(answer.rawPayload) }
}

describe('a support bundle', { timeout: 60_000 }, () => {
  it('has everything that tells how a host does, and no secret', async () => {
    const { answer, files } = await bundleOf(plant())
    expect(answer.headers['content-disposition']).toMatch(/^attachment; filename="skein-support-a-\d{8}T\d{6}Z\.tgz"$/)
    const data = ['config', 'counters', 'hosts', 'leader', 'paths', 'quorum', 'readiness', 'self', 'tools', 'version']
    const names = [
      ...data.map((name) => `${name}.json`),
      'about.txt',
      'events.ndjson',
      'labs/one.json',
      'log.ndjson',
      'metrics.txt',
    ]
    expect([...files.keys()].toSorted()).toEqual(names.toSorted())
    expect(JSON.parse(files.get('config.json') ?? '')).toMatchObject({ apiTlsKey: '/etc/skein/api.key' })
    expect(files.get('events.ndjson')?.trim().split('\n')).toHaveLength(1_000)
    expect(files.get('metrics.txt')).toContain('skein_')
    const text = [...files.values()].join('\n')
    for (const [what, , secret] of PLANTED) expect({ what, isIn: text.includes(secret) }).toEqual({ what, isIn: false })
    expect(text).not.toMatch(/pw-planted/)
  })

  it('goes without what cannot be read, and says so', async () => {
    const agent = plant()
    agent.fail('quorum', new MeshError('TIMEOUT', 'b does not answer, token=pw-planted-6'))
    agent.fail('labViews', new Error('no labs'))
    const { files } = await bundleOf(agent, {})
    expect(files.has('quorum.json')).toBe(false)
    expect(files.get('about.txt')).toContain(`quorum.json: b does not answer, token=${TAKEN_OUT}`)
    expect(files.get('about.txt')).toContain('labs: no labs')
    expect(files.get('about.txt')).toContain('The log is not in it: `journalctl -u skein` has it.')
    expect(files.has('hosts.json')).toBe(true)
  })
})
