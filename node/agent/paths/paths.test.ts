import { createSocket } from 'node:dgram'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test, vi } from 'vitest'
import type { HostId } from '#core/model/ids.ts'
import type { RosterEntry } from '#core/model/record.ts'
import { desired } from '#core/plan/desired.ts'
import { onFirstHost } from '#core/plan/testdata/host.ts'
import { createWireguardDriver } from '#drivers/wireguard/driver.ts'
import { createWireguardKeys } from '#identity/keys.ts'
import { systemClock } from '#platform/clock.ts'
import { openDatagrams } from '#platform/datagrams.ts'
import type { Command } from '#platform/exec.ts'
import { createLogger } from '#platform/log.ts'
import { HostPaths, type PathEvent } from './paths.ts'

const folder = mkdtempSync(join(tmpdir(), 'skein-host-paths-'))
afterAll(() => rmSync(folder, { recursive: true }))

const KEYS = { a: createWireguardKeys(), b: createWireguardKeys() }
const running: HostPaths[] = []
afterEach(() => {
  for (const paths of running.splice(0)) paths.stop()
})

/** A UDP port nobody has now. */
const freePort = async (): Promise<number> => {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.bind(0, resolve))
  const { port } = socket.address()
  await new Promise<void>((resolve) => socket.close(() => resolve()))
  return port
}

/** 203.0.113.0/24 is no network of this machine, RFC 5737: what is sent there gets no answer. */
const entry = (name: 'a' | 'b', port: number, primary: string): RosterEntry => ({
  id: name as HostId,
  name,
  role: 'core',
  addresses: [primary],
  secondary: ['127.0.0.2'],
  port,
  wgPublicKey: KEYS[name].publicKey,
  wgPort: 51_820,
  overlayAddress: '10.213.0.9',
  state: 'admitted',
})

const start = (name: 'a' | 'b', hosts: readonly RosterEntry[]) => {
  const privateKeyFile = join(folder, name)
  writeFileSync(privateKeyFile, KEYS[name].privateKey)
  const [ran, told]: [Command[], PathEvent[]] = [[], []]
  const trigger = vi.fn()
  const paths: HostPaths = new HostPaths({
    engine: { self: name as HostId, roster: { meshId: 'm', epoch: 1, term: 1, index: 1, voters: [], hosts } },
    identity: { wireguard: { publicKey: KEYS[name].publicKey, privateKeyFile } },
    clock: systemClock,
    log: createLogger({ level: 'silent' }),
    config: { probeMs: 50, lost: 2, good: 4 },
    port: hosts.find((host) => host.id === name)?.port ?? 0,
    drivers: [createWireguardDriver('kernel')],
    exec: {
      run: async (command) => {
        ran.push(command)
        return { stdout: '', stderr: '', code: 0 }
      },
    },
    wanted: () => {
      const input = onFirstHost([], { self: name as HostId, roster: hosts })
      return desired({ ...input, wg: { ...input.wg, path: (host) => paths.probes.chosen(host) } })
    },
    openDatagrams,
    lastWanted: () => [],
    seen: () => [],
    count: () => undefined,
    trigger,
    tell: (event) => told.push(event),
  })
  paths.start()
  running.push(paths)
  return { paths, ran, told, trigger }
}

test('where the first network is dead WireGuard and the mesh are led over the second one at once, and people are told', async () => {
  const ports = [await freePort(), await freePort()] as const
  const hosts = [entry('a', ports[0], '203.0.113.1'), entry('b', ports[1], '203.0.113.2')]
  const a = start('a', hosts)
  start('b', hosts)
  await vi.waitFor(() => expect(a.paths.probes.chosen('b' as HostId)).toBe('secondary'), { timeout: 20_000 })
  await vi.waitFor(() => expect(a.ran).toHaveLength(1))
  expect(a.ran[0]).toMatchObject({
    file: 'wg',
    args: expect.arrayContaining(['set', 'skw0', 'peer', KEYS.b.publicKey, 'endpoint', '127.0.0.2:51820']),
  })
  expect(a.trigger).toHaveBeenCalled()
  expect(a.told.find(({ code }) => code === 'PATH_SWITCHED')).toMatchObject({ level: 'warn', about: 'b' })
  expect(a.paths.roster().find(({ id }) => id === 'b')).toMatchObject({
    addresses: ['127.0.0.2'],
    secondary: ['203.0.113.2'],
  })
  expect(a.paths.view()).toMatchObject([{ name: 'b', chosen: 'secondary', paths: [{}, { condition: 'good' }] }])
})

test('where both work the primary is used, and that is no news', async () => {
  const ports = [await freePort(), await freePort()] as const
  const hosts = [entry('a', ports[0], '127.0.0.1'), entry('b', ports[1], '127.0.0.1')]
  const a = start('a', hosts)
  start('b', hosts)
  await vi.waitFor(() => expect(a.paths.probes.chosen('b' as HostId)).toBe('primary'), { timeout: 20_000 })
  expect(a.told).toEqual([])
  expect(a.paths.roster()).toEqual(hosts)
})
