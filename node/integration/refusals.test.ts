import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { HostId } from '#core/model/ids.ts'
import type { SignedRecord } from '#core/model/record.ts'
import { createKeys, type Keys, keysFromPem, keysToPem } from '#identity/keys.ts'
import { signRecord } from '#identity/sign.ts'
import { decodeToken, encodeToken, type JoinToken } from '#identity/token.ts'
import type { Said } from '#testing/command-line.ts'
import { skeinHosts, until } from '#testing/skein-hosts.ts'
import { describeReal, testbed } from '#testing/testbed.ts'
import { addToRoster, base64Of, DATA, intruders, madeUp, REFUSED_EVERYWHERE, recordOf } from './intruders.ts'

/** Room for the longest: a stranger's stay, and a dial before it. */
const LONG_MS = 120_000

describeReal('what the mesh refuses', ['dockerd', 'ovs-vsctl', 'wg', 'tcpdump'], () => {
  const bed = testbed({ prefix: 's', hosts: 3, net: '10.84' })
  const hosts = skeinHosts(bed)
  const { look, counters, count, stateOf, multiaddrOf, intrude, folderOf, stop } = intruders(bed, hosts)
  const idOf = async (name: string): Promise<HostId> => {
    const id = (await look('s1')).find((host) => host.name === name)?.id
    if (id === undefined) throw new Error(`s1 knows no host ${name}`)
    return id
  }
  const makeToken = async (host: string, ...options: readonly string[]): Promise<string> =>
    (await hosts.json<{ token: string }>(host, 'token', 'create', ...options)).token
  const join = (token: string, ...options: readonly string[]): Promise<Said> =>
    hosts.skein('s3', 'join', token, '--name', 's3', '--advertise', bed.address('s3'), '--json', ...options)
  let meshId = ''
  let first: HostId
  let otherMeshToken = ''
  let otherMeshKey = ''
  let otherMeshId = ''
  /** Keys of a member that runs no agent. */
  let hostile: Keys

  /** Nothing an outsider said has come to anything. */
  const unmoved = async (): Promise<void> => {
    for (const host of ['s1', 's2']) {
      expect(
        (await look(host))
          .map(({ name }) => name)
          .filter((name) => name !== 'x9')
          .toSorted(),
      ).toEqual(['s1', 's2'])
      expect(await hosts.json(host, 'lab', 'ls')).toEqual([])
      expect((await hosts.json<{ term: number }>(host, 'leader')).term).toBeLessThan(1000)
      expect(await count(host, 'BAD_RAFT_MESSAGE')).toBe(0)
    }
  }

  beforeAll(async () => {
    await bed.down()
    await bed.up()
    await hosts.json('s1', 'bootstrap', '--name', 's1', '--advertise', bed.address('s1'))
    await hosts.start('s1')
    const token = await until('a token', 20_000, () => makeToken('s1'))
    await hosts.json('s2', 'join', token, '--name', 's2', '--advertise', bed.address('s2'))
    await hosts.start('s2')
    await until('s1 hears s2', 20_000, async () => (await stateOf('s1', 's2')) === 'alive')
    meshId = decodeToken(token).meshId
    first = await idOf('s1')
    await hosts.json('s3', 'bootstrap', '--name', 's3', '--advertise', bed.address('s3'))
    await hosts.start('s3')
    otherMeshToken = await until('a token of the other mesh', 20_000, () => makeToken('s3'))
    otherMeshId = decodeToken(otherMeshToken).meshId
    otherMeshKey = (await bed.run('s3', ['cat', `${DATA}/identity/host.key`])).stdout
  })
  afterAll(() => bed.down())

  test(
    'a process without a certificate gets nowhere but join, hears nothing, and is shown out',
    async () => {
      const before = await counters('s1')
      const keys = createKeys()
      const task = {
        type: 'knock',
        target: multiaddrOf('s1', first),
        meshId,
        key: keysToPem(keys),
        payloads: madeUp(keys, first),
      } as const
      const report = await intrude('s3', task)
      expect(report).toMatchObject({
        id: keys.id,
        streams: { ...REFUSED_EVERYWHERE, join: 'answered' },
        gossip: [],
        synced: [],
        subscribers: 0,
      })
      const after = await counters('s1')
      expect((after.STRANGER_PENDING ?? 0) - (before.STRANGER_PENDING ?? 0)).toBe(1)
      expect((after.STRANGER_STREAM ?? 0) - (before.STRANGER_STREAM ?? 0)).toBeGreaterThanOrEqual(9)
      for (const code of ['AUTHOR_UNKNOWN', 'BAD_SIGNATURE', 'RECORD_REJECT']) expect(after[code]).toBe(before[code])
      await unmoved()
    },
    LONG_MS,
  )

  test(
    'a host with the certificate of another mesh is refused, both ways',
    async () => {
      const secondKey = (await bed.run('s2', ['cat', `${DATA}/identity/host.key`])).stdout
      const otherId = keysFromPem(otherMeshKey).id
      const [in1, in3] = await Promise.all([
        intrude('s3', {
          type: 'knock',
          target: multiaddrOf('s1', first),
          meshId,
          key: otherMeshKey,
          payloads: madeUp(keysFromPem(otherMeshKey), first),
        }),
        intrude('s2', {
          type: 'knock',
          target: multiaddrOf('s3', otherId),
          meshId: otherMeshId,
          key: secondKey,
          payloads: madeUp(keysFromPem(secondKey), otherId),
        }),
      ])
      for (const report of [in1, in3])
        expect(report).toMatchObject({ streams: REFUSED_EVERYWHERE, gossip: [], synced: [], subscribers: 0 })
      await unmoved()
      expect((await look('s3')).map(({ name }) => name)).toEqual(['s3'])
      expect(await hosts.json('s3', 'lab', 'ls')).toEqual([])
    },
    LONG_MS,
  )

  test(
    'an agent whose roster was made to name a host of another mesh dials it for nothing',
    async () => {
      await stop('s3')
      await addToRoster(await folderOf('s3'), { id: first, address: bed.address('s1') })
      const before = await counters('s1')
      await hosts.start('s3')
      await until('s3 has tried', 30_000, async () => ((await counters('s3')).INTRODUCTION_FAILED ?? 0) > 0)
      await until('s3 calls s1 down', 30_000, async () => (await stateOf('s3', 's1')) === 'down')
      const after = await counters('s1')
      expect(after.STRANGER_PENDING ?? 0).toBeGreaterThan(before.STRANGER_PENDING ?? 0)
      expect(after.AUTHOR_UNKNOWN).toBe(before.AUTHOR_UNKNOWN)
      await unmoved()
      await stop('s3')
      await bed.run('s3', ['find', DATA, '-mindepth', '1', '-delete'])
    },
    LONG_MS,
  )

  test('spent, expired, revoked, changed and foreign tokens are refused, each by its name and with a way out', async () => {
    const spent = await makeToken('s1', '--role', 'worker')
    const asNinth = ['--data-dir', '/var/tmp/x9']
    const ninth = await hosts.skein('s3', 'join', spent, '--name', 'x9', '--advertise', bed.address('s3'), ...asNinth)
    expect(ninth, ninth.stderr).toMatchObject({ code: 0 })
    hostile = keysFromPem((await bed.run('s3', ['cat', '/var/tmp/x9/identity/host.key'])).stdout)
    const short = await makeToken('s1', '--ttl', '1s')
    await until('the token has expired', 5_000, async () => Date.now() > decodeToken(short).expiresAtMs)
    const revoked = await makeToken('s1')
    expect(await hosts.skein('s1', 'token', 'revoke', decodeToken(revoked).id)).toMatchObject({ code: 0 })
    const good = await makeToken('s1')
    const altered = (token: string, change: Partial<JoinToken>): string =>
      encodeToken({ ...decodeToken(token), ...change })
    const { id: otherId } = keysFromPem(otherMeshKey)
    const cases: readonly (readonly [what: string, token: string, code: string, hint: RegExp])[] = [
      ['spent', spent, 'TOKEN_SPENT', /token create/],
      ['expired', short, 'TOKEN_EXPIRED', /token create/],
      [
        'expired, with its end put off by hand',
        altered(short, { expiresAtMs: Date.now() + 3_600_000 }),
        'TOKEN_EXPIRED',
        /token create/,
      ],
      ['revoked', revoked, 'TOKEN_REVOKED', /token create/],
      [
        'one character changed',
        good.replace(/.(?=.{9}$)/, (char) => (char === 'A' ? 'B' : 'A')),
        'TOKEN_INVALID',
        /Copy/,
      ],
      ['cut short', good.slice(0, -8), 'TOKEN_INVALID', /Copy/],
      ['another secret', altered(good, { secret: new Uint8Array(32).fill(7) }), 'TOKEN_INVALID', /Copy/],
      ['another id', altered(good, { id: '000000000000' }), 'TOKEN_UNKNOWN', /token create/],
      ['a higher role', altered(await makeToken('s1', '--role', 'worker'), { role: 'core' }), 'TOKEN_INVALID', /Copy/],
      ['another authority', altered(good, { caHash: decodeToken(otherMeshToken).caHash }), 'WRONG_MESH', /mesh/],
      [
        'of a mesh that was at this address',
        altered(otherMeshToken, { contacts: [multiaddrOf('s1', otherId)] }),
        'WRONG_MESH',
        /mesh/,
      ],
      [
        'of another mesh, pointed here',
        altered(otherMeshToken, { contacts: [multiaddrOf('s1', first)] }),
        'WRONG_MESH',
        /mesh/,
      ],
    ]
    for (const [what, token, code, hint] of cases) {
      const said = await join(token)
      expect(said, what).toMatchObject({ code: 1, stdout: '' })
      expect(JSON.parse(said.stderr), what).toMatchObject({ error: code, hint: expect.stringMatching(hint) })
      const shown = await hosts.skein('s3', 'run')
      expect(shown.code, `${what}: run`).toBe(1)
      expect(shown.stderr, `${what}: run`).toMatch(/host\.crt/)
    }
    await unmoved()
  }, 240_000)

  test(
    'forged records are dropped and counted, by gossip and by sync',
    async () => {
      const draft = {
        kind: 'intent',
        key: 'forged',
        version: [5, 5, 'x'],
        expiresAtMs: 0,
        body: { name: 'forged' },
      } as const
      const signed = signRecord(draft, hostile, [1, 1, 1])
      const asFirst = signRecord({ ...draft, kind: 'heartbeat', key: first, version: [] }, hostile, [9, 9, 9])
      const stranger = createKeys()
      const cases: readonly (readonly [code: string, records: readonly SignedRecord[]])[] = [
        [
          'BAD_SIGNATURE',
          [
            { ...signed, author: first },
            { ...signed, body: { name: 'other' } },
            { ...asFirst, author: first },
          ],
        ],
        [
          'KIND_FORBIDDEN',
          [
            asFirst,
            signRecord({ ...draft, kind: 'assignment' }, hostile, [1, 1, 2]),
            signRecord({ ...draft, kind: 'roster', key: 'mesh', version: [9999, 9999] }, hostile, [1, 1, 3]),
          ],
        ],
        ['AUTHOR_UNKNOWN', [signRecord(draft, stranger, [1, 1, 1])]],
      ]
      for (const [code, records] of cases) {
        const before = await count('s1', code)
        await intrude('s3', {
          type: 'tell',
          target: multiaddrOf('s1', first),
          meshId,
          key: keysToPem(hostile),
          payloads: records.map(base64Of),
        })
        await until(
          `${code} is counted twice for each`,
          10_000,
          async () => (await count('s1', code)) >= before + 2 * records.length,
        )
      }
      await unmoved()
    },
    LONG_MS,
  )

  test(
    'oversized and malformed records are dropped and counted, whoever signed them',
    async () => {
      const draft = {
        kind: 'intent',
        key: 'big',
        version: [1, 1, hostile.id],
        expiresAtMs: 0,
        body: { name: 'big' },
      } as const
      const beat = { kind: 'heartbeat', key: hostile.id, version: [], expiresAtMs: 0, body: null } as const
      const large = { ...beat, body: { text: 'x'.repeat(65_536) } }
      const cases: readonly (readonly [code: string, payload: string])[] = [
        ['RECORD_TOO_LARGE', base64Of(signRecord(large, hostile, [1, 1, 10]))],
        ['BODY_MALFORMED', base64Of(signRecord(draft, hostile, [1, 1, 11]))],
        ['BODY_MALFORMED', base64Of(signRecord(beat, hostile, [1, 1, 12]))],
        ['RECORD_MALFORMED', Buffer.from('[1,2').toString('base64')],
        ['RECORD_NOT_CANONICAL', Buffer.from('[ ]').toString('base64')],
      ]
      for (const [code, payload] of cases) {
        const before = await count('s1', code)
        await intrude('s3', {
          type: 'tell',
          target: multiaddrOf('s1', first),
          meshId,
          key: keysToPem(hostile),
          payloads: [payload],
        })
        await until(`${code} is counted twice`, 10_000, async () => (await count('s1', code)) >= before + 2)
      }
      await unmoved()
    },
    LONG_MS,
  )

  test(
    'a join shows neither the token nor its secret on the underlay, and works in the folder of all those that failed',
    async () => {
      const token = await makeToken('s1')
      const { secret } = decodeToken(token)
      const marker = 'seen-by-the-capture'
      await bed.spawn('s1', ['tcpdump', '-U', '-s', '0', '-i', 'eth0', '-w', '/tmp/join.pcap'])
      const capture = async () => readFile(await folderOf('s1', '/tmp/join.pcap'))
      await until('the capture runs', 10_000, async () => (await capture()).length >= 24)
      expect(await join(token)).toMatchObject({ code: 0 })
      await bed.run('s3', ['bash', '-c', `echo -n ${marker} >/dev/udp/${bed.address('s1')}/9`])
      const seen = await until('the capture has all of it', 10_000, async () => {
        const bytes = await capture()
        return bytes.includes(marker) && bytes
      })
      await bed.run('s1', ['pkill', '-x', 'tcpdump'])
      expect(seen.includes('/noise')).toBe(true)
      for (const part of [
        token,
        token.slice(7),
        Buffer.from(secret),
        Buffer.from(secret).toString('base64url'),
        Buffer.from(secret).toString('base64'),
        Buffer.from(secret).toString('hex'),
      ])
        expect(seen.includes(part)).toBe(false)
      await hosts.start('s3')
      await until('s3 is one of them', 30_000, async () => (await stateOf('s1', 's3')) === 'alive')
    },
    LONG_MS,
  )

  test('records heard before are old ever after: their host stays down, their lab stays gone, also after a restart', async () => {
    const second = await idOf('s2')
    const lab = 'name: ghost\ntopology:\n  nodes:\n    br1: { kind: bridge }\n'
    await bed.run('s2', ['tee', '/tmp/ghost.clab.yml'], { stdin: lab })
    expect(await hosts.skein('s2', 'lab', 'up', '/tmp/ghost.clab.yml', '--detach')).toMatchObject({ code: 0 })
    await until('s1 has the lab', 10_000, async () => (await hosts.json<unknown[]>('s1', 'lab', 'ls')).length === 1)
    const task = { target: multiaddrOf('s1', first), meshId, key: keysToPem(hostile) }
    const heard = await intrude('s3', { ...task, type: 'listen', author: second })
    const captured = [...heard.gossip, ...heard.synced].filter((text) => {
      const record = recordOf(text)
      return record?.author === second && (record.kind === 'heartbeat' || record.kind === 'intent')
    })
    expect(captured.filter((text) => recordOf(text)?.kind === 'heartbeat').length).toBeGreaterThanOrEqual(2)
    expect(captured.filter((text) => recordOf(text)?.kind === 'intent').length).toBe(1)
    expect(await hosts.skein('s2', 'lab', 'down', 'ghost')).toMatchObject({ code: 0 })
    await bed.kill('s2')
    await until('s2 is down', 30_000, async () => (await stateOf('s1', 's2')) === 'down')

    const replay = async (): Promise<void> => {
      const before = await counters('s1')
      await intrude('s3', { ...task, type: 'tell', payloads: captured })
      await until(
        'all are counted as old',
        10_000,
        async () => (await count('s1', 'NOT_FRESH')) >= (before.NOT_FRESH ?? 0) + captured.length,
      )
      expect(await stateOf('s1', 's2')).toBe('down')
      expect(await hosts.json('s1', 'lab', 'ls')).toEqual([])
    }
    await replay()
    await stop('s1')
    await hosts.start('s1')
    await until('s1 calls s2 down again', 30_000, async () => (await stateOf('s1', 's2')) === 'down')
    await replay()
  }, 240_000)
})
