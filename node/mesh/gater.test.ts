import type { MultiaddrConnection, PeerId } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { beforeEach, describe, expect, it } from 'vitest'
import { createKeys } from '#identity/keys.ts'
import { rosterEntry } from '#testing/samples.ts'
import { createGater, type Gater } from './gater.ts'

const peer = (): PeerId => peerIdFromString(createKeys().id)

describe('gater', () => {
  const [member, removed] = [createKeys().id, createKeys().id]
  let nowMs = 0
  let counts: string[] = []
  let gater: Gater
  const denies = (who: PeerId, address: string): unknown =>
    gater.connectionGater.denyInboundEncryptedConnection?.(who, {
      remoteAddr: multiaddr(`/ip4/${address}/tcp/1`),
    } as MultiaddrConnection)

  beforeEach(() => {
    nowMs = 0
    counts = []
    gater = createGater({
      roster: () => [rosterEntry(member), rosterEntry(removed, { state: 'removed' })],
      count: (code) => counts.push(code),
      monotonicMs: () => nowMs,
      joinProtocol: '/join',
    })
  })

  it('lets members in, and dials nobody else', () => {
    expect(denies(peerIdFromString(member), '10.0.0.1')).toBe(false)
    expect(gater.connectionGater.denyDialPeer?.(peerIdFromString(member))).toBe(false)
    expect(gater.connectionGater.denyDialPeer?.(peer())).toBe(true)
    expect(gater.connectionGater.denyDialPeer?.(peerIdFromString(removed))).toBe(true)
    expect(counts).toEqual([])
  })

  it('lets a removed host in once a minute, as a stranger, and dials it never', () => {
    const who = peerIdFromString(removed)
    expect(denies(who, '10.0.0.2')).toBe(false)
    expect(gater.isAdmitted(removed)).toBe(false)
    expect(gater.isRemoved(removed)).toBe(true)
    gater.release(removed)
    nowMs = 59_000
    expect(denies(who, '10.0.0.2')).toBe(true)
    nowMs = 60_000
    expect(denies(who, '10.0.0.2')).toBe(false)
    expect(counts).toEqual(['REMOVED_REFUSED', 'REMOVED_REFUSED', 'REMOVED_REFUSED'])
  })

  it('lets eight strangers wait, one per address, for ten seconds', () => {
    const first = peer()
    expect(denies(first, '10.0.0.1')).toBe(false)
    expect(denies(peer(), '10.0.0.1')).toBe(true)
    for (let at = 2; at <= 8; at += 1) expect(denies(peer(), `10.0.0.${at}`)).toBe(false)
    expect(denies(peer(), '10.0.0.9')).toBe(true)
    gater.release(first.toString())
    expect(denies(peer(), '10.0.0.9')).toBe(false)
    nowMs = 9999
    expect(gater.expired()).toEqual([])
    nowMs = 10_000
    expect(gater.expired()).toHaveLength(8)
    expect(gater.pending()).toEqual([])
  })

  it('guards every protocol but join', () => {
    expect(gater.guard('/join')).toBeUndefined()
    expect(gater.guard('/anything')).toBeTypeOf('function')
  })
})
