import { TopicValidatorResult } from '@chainsafe/libp2p-gossipsub'
import type { HostId } from '#core/model/ids.ts'
import { decodeRecord } from '#core/record/decode.ts'
import type { MeshOptions, RecordVerdict } from './mesh.ts'

const RESULTS = {
  accept: TopicValidatorResult.Accept,
  ignore: TopicValidatorResult.Ignore,
  reject: TopicValidatorResult.Reject,
} as const satisfies Record<RecordVerdict, TopicValidatorResult>

type Deps = Pick<MeshOptions, 'onRecord' | 'count'>

/** Decodes, asks the host, counts by code; what throws is quarantined: counted and not passed on. */
export function judgeRecord(bytes: Uint8Array, from: HostId | 'sync', deps: Deps): RecordVerdict {
  const decoded = decodeRecord(bytes)
  if (decoded.type === 'fault') {
    deps.count(`RECORD_${decoded.code}`)
    return decoded.code === 'KIND_UNKNOWN' ? 'ignore' : 'reject'
  }
  try {
    const verdict = deps.onRecord(decoded.record, from)
    deps.count(`RECORD_${verdict.toUpperCase()}`)
    return verdict
  } catch {
    deps.count('RECORD_THREW')
    return 'ignore'
  }
}

/** The one place where a verdict becomes gossipsub's. */
export const validateGossip = (bytes: Uint8Array, from: HostId, deps: Deps): TopicValidatorResult =>
  RESULTS[judgeRecord(bytes, from, deps)]
