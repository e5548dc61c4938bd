import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CliWorld, createCliWorld } from '#testing/cli-world.ts'
import { withSecrets } from './remote.ts'
import { parseTarget } from './target.ts'

let world: CliWorld
beforeEach(async () => {
  world = await createCliWorld()
})
afterEach(() => world[Symbol.asyncDispose]())

const PASSWORD = 'correct horse'

describe('people', () => {
  it.each([
    ['asked for', [], { answer: PASSWORD }],
    ['from standard input', ['--password', '-'], { stdin: `${PASSWORD}\n` }],
    ['from standard input where nobody can be asked', [], { stdin: PASSWORD }],
    ['given', ['--password', PASSWORD], {}],
  ])('are set with a password %s', async (_how, options, settings) => {
    const said = await world.run(['user', 'set', 'ann', '--role', 'admin', ...options], settings)
    expect(said).toMatchObject({ code: 0, out: 'user ann is admin\n' })
    expect(world.agent.access.people.get('ann')).toEqual({ role: 'admin', password: PASSWORD })
  })

  it('keep their password where that is asked for', async () => {
    await world.run(['user', 'set', 'ann', '--role', 'admin', '--password', PASSWORD])
    await world.run(['user', 'set', 'ann', '--role', 'viewer', '--keep-password'])
    expect(world.agent.access.people.get('ann')).toEqual({ role: 'viewer', password: PASSWORD })
  })

  it('are listed and removed', async () => {
    expect((await world.run(['user', 'ls'])).out).toContain('nobody yet')
    await world.run(['user', 'set', 'ann', '--role', 'admin', '--password', PASSWORD])
    expect((await world.run(['user', 'ls'])).out).toBe('NAME  ROLE\nann   admin\n')
    expect(await world.run(['user', 'remove', 'ann'])).toMatchObject({ code: 0, out: 'user ann removed\n' })
    const gone = await world.run(['user', 'remove', 'ann'])
    expect(gone).toMatchObject({ code: 1, err: expect.stringContaining('skein user ls') })
  })

  it.each([
    [['user', 'set', 'ann'], /--role/],
    [['user', 'set', 'ann', '--role', 'king'], /viewer, operator, admin/],
    [['user', 'set', 'local', '--role', 'admin'], /user name/],
    [['user', 'set', 'ann', '--role', 'admin'], /no password/],
  ])('%j is bad usage', async (args, message) => {
    expect(await world.run(args)).toMatchObject({ code: 2, err: expect.stringMatching(message) })
  })
})

describe('API tokens', () => {
  it('are shown once, listed without their secret, and revoked', async () => {
    const made = await world.run(['apitoken', 'create', 'ci', '--role', 'operator', '--ttl', '1h'])
    const [token = ''] = made.out.split('\n')
    expect(token).toMatch(/^skt_/)
    const list = await world.run(['apitoken', 'ls'])
    expect(list.out).toContain('operator')
    expect(list.out).not.toContain(token)
    const id = token.slice(4, 16)
    expect(await world.run(['apitoken', 'revoke', id])).toMatchObject({ code: 0 })
    expect((await world.run(['apitoken', 'revoke', id])).err).toContain('skein apitoken ls')
  })
})

describe('an agent on the network', () => {
  const env = { SKEIN_TOKEN: 'skt_1' }

  it('is sent SKEIN_TOKEN by HTTPS, and in the open to this host alone', () => {
    const at = (url: string) => withSecrets(parseTarget(url), { env, dataDir: '/nowhere' })
    expect(at('https://h1')).toMatchObject({ host: 'h1', port: 8010, token: 'skt_1', tls: {} })
    expect(at('http://127.0.0.1:9')).toMatchObject({ port: 9, token: 'skt_1' })
    expect(() => at('http://h1')).toThrow('in the open')
    expect(at('/run/s.sock')).not.toHaveProperty('token')
  })

  it('is believed by the authority that is named', () => {
    const at = (settings: Readonly<Record<string, string>>) =>
      withSecrets(parseTarget('https://h1:443'), { env: settings, dataDir: '/nowhere' })
    expect(at({})).toMatchObject({ port: 443, tls: {} })
    expect(() => at({ SKEIN_CA: '/not/there.pem' })).toThrow('SKEIN_CA cannot be read')
  })
})
