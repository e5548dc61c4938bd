import { isIP } from 'node:net'
import { HOST_NAME } from '#core/model/ids.ts'
import type { HostRole } from '#core/model/lab.ts'
import type { SignedRecord } from '#core/model/record.ts'
import { decodeRecord } from '#core/record/decode.ts'
import { encodeRecord } from '#core/record/encode.ts'
import { FrameError } from './frames.ts'
import type { JoinAnswer, JoinAsk } from './mesh.ts'
import { isObject } from './wire-error.ts'

/** One frame of the join protocol: a record and some certificates. */
export const MAX_JOIN_BYTES = 256 * 1024
/** How long one step may take; admission is a commit. */
export const JOIN_STEP_MS = 10_000

/** First word of the admitting host: who it is, and a number used once. */
export interface JoinHello {
  /** base64url of 32 bytes. */
  readonly nonce: string
  /** PEM. */
  readonly ca: string
  readonly certificate: string
}

/** What a stranger may say. */
export type JoinWord =
  | { readonly type: 'join'; readonly tokenId: string; readonly ask: JoinAsk; readonly proof: string }
  | { readonly type: 'introduce'; readonly record: SignedRecord }

/** Records travel as their one encoding, in text. */
export const recordText = (record: SignedRecord): string => new TextDecoder().decode(encodeRecord(record))

/** Reads the hello. Throws FrameError. */
export function readHello(value: unknown): JoinHello {
  if (!isObject(value)) throw new FrameError('a hello that is none')
  return {
    nonce: text(value.nonce, 100),
    ca: text(value.ca, 8192),
    certificate: text(value.certificate, 8192),
  }
}

/** Reads what a stranger says. Throws FrameError. */
export function readWord(value: unknown): JoinWord {
  if (!isObject(value)) throw new FrameError('a word that is none')
  if (value.type === 'introduce') return { type: 'introduce', record: readRecord(value.record) }
  if (value.type !== 'join') throw new FrameError('a word that is not known')
  return {
    type: 'join',
    tokenId: text(value.tokenId, 64),
    ask: readAsk(value.ask),
    proof: text(value.proof, 200),
  }
}

/** Reads the answer to a join, without judging it. Throws FrameError. */
export function readAnswer(value: unknown): JoinAnswer {
  if (!isObject(value)) throw new FrameError('an answer that is none')
  const { caKey } = value
  return {
    certificate: text(value.certificate, 8192),
    record: readRecord(value.record),
    ...(caKey === undefined ? {} : { caKey: text(caKey, 8192) }),
    overlayAddress: text(value.overlayAddress, 64),
    meshId: text(value.meshId, 64),
    epoch: count(value.epoch, Number.MAX_SAFE_INTEGER),
    protocol: count(value.protocol, Number.MAX_SAFE_INTEGER),
  }
}

function readAsk(value: unknown): JoinAsk {
  if (!isObject(value)) throw new FrameError('a request that is none')
  const { name, role, addresses, secondary } = value
  if (!isAddresses(addresses) || !(secondary === undefined || isAddresses(secondary)))
    throw new FrameError('addresses that are none')
  if (name !== undefined && !(typeof name === 'string' && HOST_NAME.test(name)))
    throw new FrameError('a host name that is none')
  if (role !== undefined && !isRole(role)) throw new FrameError('a role that is none')
  return {
    csr: text(value.csr, 8192),
    ...(name === undefined ? {} : { name }),
    ...(role === undefined ? {} : { role }),
    wgPublicKey: text(value.wgPublicKey, 64),
    wgPort: count(value.wgPort, 65_535),
    port: count(value.port, 65_535),
    addresses,
    ...(secondary === undefined ? {} : { secondary }),
  }
}

const isAddresses = (value: unknown): value is readonly string[] =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.length <= 16 &&
  value.every((address) => typeof address === 'string' && isIP(address) !== 0)

const isRole = (value: unknown): value is HostRole => value === 'core' || value === 'worker' || value === 'gateway'

/** Reads a record that travels as text. Throws FrameError; says nothing of its signature. */
export function readRecord(value: unknown): SignedRecord {
  const decoded = decodeRecord(new TextEncoder().encode(text(value, MAX_JOIN_BYTES)))
  if (decoded.type === 'fault') throw new FrameError(`a record that is none: ${decoded.code}`)
  return decoded.record
}

function text(value: unknown, maxLength: number): string {
  if (typeof value !== 'string' || value.length === 0 || value.length > maxLength)
    throw new FrameError('a text that is none')
  return value
}

function count(value: unknown, max: number): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > max)
    throw new FrameError('a number that is none')
  return value
}
