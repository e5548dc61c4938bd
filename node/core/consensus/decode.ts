import type { HostId } from '#core/model/ids.ts'
import type { Configuration, Entry, EntryData, HardState, Snapshot } from './entry.ts'

/** Peer ids are 52 characters of base58; shorter ones are let through for hosts of tests and simulations. */
const HOST_ID = /^[A-Za-z0-9]{1,128}$/

/** A JSON object, or undefined for everything else. */
export function decodeFields(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return value as Readonly<Record<string, unknown>>
}

/** A term or an index: a whole number from 0 up that a double holds exactly. */
export function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

/** A host id, or undefined. */
export function decodeHostId(value: unknown): HostId | undefined {
  return typeof value === 'string' && HOST_ID.test(value) ? (value as HostId) : undefined
}

function decodeHostIds(value: unknown): readonly HostId[] | undefined {
  if (!Array.isArray(value)) return undefined
  const hosts = value.map(decodeHostId).filter((host) => host !== undefined)
  return hosts.length === value.length ? hosts : undefined
}

/** A configuration in which every host stands once, or undefined. */
export function decodeConfiguration(value: unknown): Configuration | undefined {
  const fields = decodeFields(value)
  const voters = decodeHostIds(fields?.voters)
  const learners = decodeHostIds(fields?.learners)
  if (voters === undefined || learners === undefined) return undefined
  const all = new Set([...voters, ...learners])
  return all.size === voters.length + learners.length ? { voters, learners } : undefined
}

function decodeEntryData(value: unknown): EntryData | undefined {
  const fields = decodeFields(value)
  switch (fields?.type) {
    case 'noop':
      return { type: 'noop' }
    case 'command':
      return fields.command === undefined ? undefined : { type: 'command', command: fields.command }
    case 'configuration': {
      const configuration = decodeConfiguration(fields.configuration)
      return configuration && { type: 'configuration', configuration }
    }
    default:
      return undefined
  }
}

/** One log entry, or undefined. */
function decodeEntry(value: unknown): Entry | undefined {
  const fields = decodeFields(value)
  const index = fields?.index
  const term = fields?.term
  const data = decodeEntryData(fields?.data)
  if (!isCount(index) || index === 0 || !isCount(term) || data === undefined) return undefined
  return { index, term, data }
}

/** Entries without a gap and with terms that never fall, or undefined. */
export function decodeEntries(value: unknown): readonly Entry[] | undefined {
  if (!Array.isArray(value)) return undefined
  const entries: Entry[] = []
  for (const item of value) {
    const entry = decodeEntry(item)
    const previous = entries.at(-1)
    if (entry === undefined) return undefined
    if (previous !== undefined && (entry.index !== previous.index + 1 || entry.term < previous.term)) return undefined
    entries.push(entry)
  }
  return entries
}

/** A snapshot, or undefined. */
export function decodeSnapshot(value: unknown): Snapshot | undefined {
  const fields = decodeFields(value)
  const index = fields?.index
  const term = fields?.term
  const configuration = decodeConfiguration(fields?.configuration)
  if (!isCount(index) || !isCount(term) || configuration === undefined || fields?.state === undefined) return undefined
  return { index, term, configuration, state: fields.state }
}

/** A term and its vote as the store kept them, or undefined. */
export function decodeHardState(value: unknown): HardState | undefined {
  const fields = decodeFields(value)
  const term = fields?.term
  if (!isCount(term)) return undefined
  if (fields?.votedFor === null) return { term, votedFor: null }
  const votedFor = decodeHostId(fields?.votedFor)
  return votedFor && { term, votedFor }
}
