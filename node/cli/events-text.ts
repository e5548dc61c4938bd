import { plain, table } from './output.ts'
import type { EventShape } from './shapes.ts'

/** Several hosts that say the same of one thing within this time, in ms, are shown as one line. */
const SAME_MS = 10_000

/** What two hosts that tell the same tell alike; of what is about nothing else, and of what people did, the words as well. */
const sameness = ({ code, lab = '', about, level, message }: EventShape): string =>
  [code, lab, about ?? '', level, about === undefined || code === 'AUDIT' ? message : ''].join('\n')

interface Row {
  readonly event: EventShape
  readonly hosts: string[]
}

/** A list of events: a table for people, where hosts that tell the same share a line; one JSON object a line for programs. */
export function eventLines(events: readonly EventShape[], isJson: boolean): string {
  if (isJson) return events.map((event) => `${JSON.stringify(event)}\n`).join('')
  const rows: Row[] = []
  const latest = new Map<string, Row>()
  for (const event of events) {
    const row = latest.get(sameness(event))
    if (row !== undefined && isSame(row, event)) row.hosts.push(event.hostName)
    else {
      const fresh = { event, hosts: [event.hostName] }
      latest.set(sameness(event), fresh)
      rows.push(fresh)
    }
  }
  return table(
    ['time', 'host', 'level', 'event', 'lab', 'message'],
    rows.map(({ event, hosts }) => [timeOf(event), hosts.join(','), event.level, event.code, event.lab, event.message]),
  )
}

const isSame = ({ event, hosts }: Row, other: EventShape): boolean =>
  !hosts.includes(other.hostName) && Math.abs(other.atMs - event.atMs) <= SAME_MS

/** UTC, as hosts may be anywhere. */
const timeOf = ({ atMs }: EventShape): string => new Date(atMs).toISOString()

/** Events as they come, a line each; what another host has just said of the same thing is left out for people. */
export class EventLines {
  readonly #isJson: boolean
  readonly #latest = new Map<string, Row>()

  constructor(isJson: boolean) {
    this.#isJson = isJson
  }

  /** Its line, empty where there is none. */
  of(event: EventShape): string {
    if (this.#isJson) return `${JSON.stringify(event)}\n`
    const row = this.#latest.get(sameness(event))
    if (row !== undefined && isSame(row, event)) {
      row.hosts.push(event.hostName)
      return ''
    }
    this.#forget(event.atMs)
    this.#latest.set(sameness(event), { event, hosts: [event.hostName] })
    const { hostName, level, code, lab = '-', message } = event
    return `${[timeOf(event), hostName.padEnd(8), level.padEnd(5), code.padEnd(14), lab, plain(message)].join('  ')}\n`
  }

  #forget(atMs: number): void {
    for (const [mark, { event }] of this.#latest) if (Math.abs(atMs - event.atMs) > SAME_MS) this.#latest.delete(mark)
  }
}
