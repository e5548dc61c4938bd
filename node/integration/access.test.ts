import { afterAll, beforeAll, expect, test } from 'vitest'
import { skeinHosts, until } from '#testing/skein-hosts.ts'
import { describeReal, testbed } from '#testing/testbed.ts'

interface Answer {
  readonly status: number
  readonly headers: string
  // biome-ignore lint/suspicious/noExplicitAny: whatever JSON it is, the tests look into it
  readonly body: any
}
interface Ask {
  readonly token?: string
  readonly body?: unknown
  readonly headers?: readonly string[]
}

const CA = '/var/lib/skein/identity/ca.crt'
const PASSWORD = 'correct horse battery'
const NEW_PASSWORD = 'staple battery horse'

describeReal('who may use the API', ['dockerd', 'ovs-vsctl', 'wg', 'curl'], () => {
  const bed = testbed({ prefix: 't', hosts: 3, net: '10.78' })
  const hosts = skeinHosts(bed)
  const [one = '', two = '', worker = ''] = bed.hosts
  const off = new Set<string>()
  let code = ''
  let token = ''

  /** As a person with curl does, from another host, with the authority of the mesh pinned. */
  const curl = async (host: string, what: string, { token: secret, body, headers = [] }: Ask = {}): Promise<Answer> => {
    const [method = 'GET', path = '/'] = what.split(' ')
    const from = bed.hosts.find((other) => other !== host && !off.has(other)) ?? ''
    const lines = [
      ...headers,
      ...(secret === undefined ? [] : [`authorization: Bearer ${secret}`]),
      ...(body === undefined ? [] : ['content-type: application/json']),
    ].flatMap((line) => ['-H', line])
    const data = body === undefined ? [] : ['-d', JSON.stringify(body)]
    const url = `https://${bed.address(host)}:8010${path}`
    const argv = ['curl', '-s', '-i', '--max-time', '30', '--cacert', CA, '-X', method, ...lines, ...data, url]
    const { stdout } = await bed.run(from, argv)
    const [head = '', ...rest] = stdout.replace(/^HTTP\/1.1 100[\s\S]*?\r\n\r\n/, '').split('\r\n\r\n')
    const text = rest.join('\r\n\r\n')
    const isJson = /^content-type: application\/json/im.test(head)
    return { status: Number(head.split(' ')[1]), headers: head, body: isJson ? JSON.parse(text) : text }
  }
  const login = (host: string, username: string, password: string) =>
    curl(host, 'POST /auth/login', { body: { username, password } })
  const join = async (host: string, role: string): Promise<void> => {
    const made = await until('a token', 20_000, () =>
      hosts.json<{ token: string }>(one, 'token', 'create', '--role', role),
    )
    await hosts.json(host, 'join', made.token, '--name', host, '--advertise', bed.address(host))
    await hosts.start(host)
  }
  const answers = (host: string) =>
    until(`${host} answers by HTTPS`, 60_000, async () => (await curl(host, 'GET /healthz')).status === 200)

  beforeAll(async () => {
    await bed.down()
    await bed.up()
    const first = ['bootstrap', '--name', one, '--advertise', bed.address(one)]
    const made = await hosts.json<{ adminCode: string; url: string }>(one, ...first)
    expect(made.url).toBe(`https://${bed.address(one)}:8010/`)
    code = made.adminCode
    await hosts.start(one)
    await join(two, 'core')
    await join(worker, 'worker')
    for (const host of bed.hosts) await answers(host)
  })
  afterAll(() => bed.down())

  test('the first login spends the code; the password then works on every host', async () => {
    const ask = { code, username: 'ann', password: PASSWORD }
    expect((await curl(two, 'GET /v1/first-login')).body).toMatchObject({ host: two, needsCode: true })
    const weak = await curl(two, 'POST /auth/login', { body: { ...ask, password: 'ann' } })
    expect(weak).toMatchObject({ status: 400, body: { error: 'BAD_INPUT' } })
    const said = await curl(two, 'POST /auth/login', { body: ask })
    expect(said, JSON.stringify(said.body)).toMatchObject({ status: 200, body: { user: 'ann', role: 'admin' } })
    expect(said.headers).toMatch(/set-cookie: skein_session=.*HttpOnly; SameSite=Strict; Secure/i)
    expect(await curl(one, 'POST /auth/login', { body: ask })).toMatchObject({
      status: 401,
      body: { error: 'LOGIN_WRONG' },
    })
    for (const host of bed.hosts)
      await until(`ann logs in on ${host}`, 20_000, async () => (await login(host, 'ann', PASSWORD)).status === 200)
    expect((await curl(one, 'GET /v1/first-login')).body).toMatchObject({ needsCode: false })
    token = said.body.access_token
    for (const host of bed.hosts)
      expect((await curl(host, 'GET /v1/me', { token })).body).toMatchObject({ name: 'ann', role: 'admin', host })
  })

  test('a session that a worker gave is good there and nowhere else', async () => {
    const { body } = await login(worker, 'ann', PASSWORD)
    expect((await curl(worker, 'GET /v1/me', { token: body.access_token })).status).toBe(200)
    expect((await curl(one, 'GET /v1/me', { token: body.access_token })).status).toBe(401)
  })

  test('who logged out is out on all hosts', async () => {
    const { body } = await login(one, 'ann', PASSWORD)
    const stolen = body.access_token
    expect((await curl(two, 'GET /v1/me', { token: stolen })).status).toBe(200)
    expect((await curl(two, 'POST /auth/logout', { token: stolen })).status).toBe(204)
    for (const host of bed.hosts)
      await until(
        `refused on ${host}`,
        20_000,
        async () => (await curl(host, 'GET /v1/me', { token: stolen })).status === 401,
      )
    expect((await curl(one, 'GET /v1/me', { token })).status).toBe(200)
  })

  test('a viewer looks and changes nothing; a new password ends all sessions', async () => {
    const made = await curl(one, 'PUT /v1/users/vic', { token, body: { role: 'viewer', password: PASSWORD } })
    expect(made).toMatchObject({ status: 200, body: { name: 'vic', role: 'viewer' } })
    await until('vic is known', 20_000, async () => (await login(two, 'vic', PASSWORD)).status === 200)
    const vic = (await login(two, 'vic', PASSWORD)).body.access_token
    expect((await curl(two, 'GET /v1/labs', { token: vic })).status).toBe(200)
    expect(await curl(two, 'POST /v1/labs/x/reconcile', { token: vic })).toMatchObject({
      status: 403,
      body: { error: 'FORBIDDEN' },
    })
    expect((await curl(two, 'GET /v1/users', { token: vic })).status).toBe(403)
    const change = { old: PASSWORD, new: NEW_PASSWORD }
    expect((await curl(two, 'POST /v1/me/password', { token: vic, body: change })).status).toBe(204)
    for (const host of bed.hosts)
      await until(
        `over on ${host}`,
        20_000,
        async () => (await curl(host, 'GET /v1/me', { token: vic })).status === 401,
      )
    expect((await login(two, 'vic', NEW_PASSWORD)).status).toBe(200)
  })

  test('wrong passwords wait, and hold up nobody else', async () => {
    for (let at = 0; at < 5; at += 1) expect((await login(two, 'ann', 'wrong')).status).toBe(401)
    const held = await login(two, 'ann', PASSWORD)
    expect(held).toMatchObject({ status: 429, body: { error: 'TOO_MANY_TRIES' } })
    expect(held.headers).toMatch(/retry-after: \d+/i)
    const { stdout } = await bed.run(two, [
      ...['curl', '-s', '--cacert', CA, `https://${bed.address(two)}:8010/auth/login`],
      ...['-d', `username=ann&password=${encodeURIComponent(PASSWORD)}`],
    ])
    expect(JSON.parse(stdout)).toMatchObject({ user: 'ann', token_type: 'bearer' })
  })

  test('a page of another site gets nowhere', async () => {
    const headers = ['origin: https://evil.example', `cookie: skein_session=${token}`]
    expect(await curl(one, 'POST /v1/labs/x/reconcile', { headers })).toMatchObject({
      status: 403,
      body: { error: 'ORIGIN_REFUSED' },
    })
  })

  test('users and API tokens by the command line of a host; every change is told', async () => {
    const said = await hosts.skein(one, 'user', 'set', 'oscar', '--role', 'operator', '--password', PASSWORD)
    expect(said, said.stderr).toMatchObject({ code: 0, stdout: 'user oscar is operator\n' })
    await until('oscar logs in', 20_000, async () => (await login(worker, 'oscar', PASSWORD)).status === 200)
    expect((await hosts.skein(two, 'user', 'remove', 'oscar')).code).toBe(0)
    const api = await hosts.json<{ token: string; id: string }>(one, 'apitoken', 'create', 'ci', '--role', 'operator')
    await until('it works', 20_000, async () => (await curl(worker, 'GET /v1/me', { token: api.token })).status === 200)
    expect((await hosts.skein(two, 'apitoken', 'revoke', api.id)).code).toBe(0)
    await until(
      'it does not',
      20_000,
      async () => (await curl(worker, 'GET /v1/me', { token: api.token })).status === 401,
    )
    expect((await hosts.skein(one, 'user', 'remove', 'ann')).stderr).toContain('only admin')
    const users = [
      { name: 'ann', role: 'admin' },
      { name: 'vic', role: 'viewer' },
    ]
    expect(await hosts.json(one, 'user', 'ls')).toEqual(users)
    const told = (await hosts.skein(one, 'events', '--limit', '500', '--json')).stdout
    expect(told).toMatch(/ann \(session, from [\d.]+\): PUT \/v1\/users\/vic → 200/)
    expect(told).toMatch(/local \(local, on this host\): POST \/v1\/api-tokens → 201/)
  })

  test('the command line speaks to another host by HTTPS, to those it can trust', async () => {
    const main = new URL('../main.ts', import.meta.url).pathname
    const api = await hosts.json<{ token: string; id: string }>(one, 'apitoken', 'create', 'cli', '--role', 'viewer')
    const ask = (env: string, ...args: readonly string[]) =>
      hosts.sh(worker, `${env} ${process.execPath} ${main} --api https://${bed.address(two)}:8010 ${args.join(' ')}`)
    const secret = `SKEIN_TOKEN=${api.token}`
    expect(await ask(secret, 'host', 'ls')).toMatchObject({ code: 0, stdout: expect.stringContaining(two) })
    expect(await ask(secret, 'token', 'create')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('takes the role'),
    })
    expect(await ask('', 'host', 'ls')).toMatchObject({ code: 1, stderr: expect.stringContaining('SKEIN_TOKEN') })
    const other = await ask(`${secret} SKEIN_CA=/etc/ssl/certs/ca-certificates.crt`, 'host', 'ls')
    expect(other).toMatchObject({ code: 3, stderr: expect.stringContaining('SKEIN_CA') })
  })

  test('in production an agent does not start with what is fit for trying out', async () => {
    const main = new URL('../main.ts', import.meta.url).pathname
    const said = await hosts.sh(
      one,
      `SKEIN_ENV=production SKEIN_API_TLS=off SKEIN_LOG_LEVEL=debug ${process.execPath} ${main} run`,
    )
    expect(said).toMatchObject({ code: 2, stderr: expect.stringMatching(/api-tls: is off.*\n.*log-level: is debug/) })
  })

  test('without a majority people log in and out all the same', async () => {
    await bed.kill(two)
    off.add(two)
    expect((await login(worker, 'ann', PASSWORD)).status).toBe(200)
    const { body } = await login(one, 'ann', PASSWORD)
    expect((await curl(one, 'POST /auth/logout', { token: body.access_token })).status).toBe(204)
    expect((await curl(one, 'GET /v1/me', { token: body.access_token })).status).toBe(401)
  })

  test('no secret is in the log of an agent', async () => {
    const log = await hosts.log(one)
    for (const secret of [PASSWORD, NEW_PASSWORD, code, token]) expect(log).not.toContain(secret)
  })
})
