import { beforeEach, describe, expect, it } from 'vitest'
import { LiveClient, type LiveSocket, type LiveState } from './live.ts'
import type { MeshView } from './view.ts'

class FakeSocket implements LiveSocket {
  onopen: (() => void) | null = null
  onmessage: ((event: { readonly data: unknown }) => void) | null = null
  onclose: (() => void) | null = null
  readonly sent: unknown[] = []
  isClosed = false
  send(text: string): void {
    this.sent.push(JSON.parse(text))
  }
  close(): void {
    this.isClosed = true
  }
  says(message: unknown): void {
    this.onmessage?.({ data: JSON.stringify(message) })
  }
}

let sockets: FakeSocket[]
let nowMs: number
let timers: { atMs: number; call: () => void }[]
let states: LiveState[]
let views: MeshView[]
let lost: number
let client: LiveClient
beforeEach(() => {
  ;[sockets, nowMs, timers, states, views, lost] = [[], 0, [], [], [], 0]
  client = new LiveClient({
    connect: () => {
      const socket = new FakeSocket()
      sockets.push(socket)
      return socket
    },
    nowMs: () => nowMs,
    after: (ms, call) => {
      const timer = { atMs: nowMs + ms, call }
      timers.push(timer)
      return () => {
        timers = timers.filter((one) => one !== timer)
      }
    },
    random: () => 1,
    onState: (state) => void states.push(state),
    onView: (view) => void views.push(view),
    onLost: () => {
      lost += 1
    },
  })
})

const pass = (ms: number): void => {
  nowMs += ms
  for (const timer of timers.filter(({ atMs }) => atMs <= nowMs)) {
    timers = timers.filter((one) => one !== timer)
    timer.call()
  }
}
const last = (): FakeSocket => sockets.at(-1) ?? new FakeSocket()
const snapshot = (seq: number) => ({ type: 'snapshot', seq, view: { atMs: seq } })
const patch = (seq: number) => ({ type: 'patch', seq, ops: [{ op: 'replace', path: '/atMs', value: seq }] })
const ats = (): number[] => views.map(({ atMs }) => atMs)

describe('the live view', () => {
  it('is a snapshot and the patches after it', () => {
    client.start()
    last().says(snapshot(7))
    last().says(patch(8))
    last().says({ type: 'news', seq: 9 })
    expect(ats()).toEqual([7, 8])
    expect(states).toEqual(['connecting', 'live'])
  })

  it('asks anew after a gap, and shows no patch until it is there', () => {
    client.start()
    last().says(snapshot(1))
    last().says(patch(3))
    last().says(patch(4))
    expect(last().sent).toEqual([{ type: 'resync' }])
    last().says(snapshot(5))
    last().says(patch(6))
    expect(ats()).toEqual([1, 5, 6])
  })

  it('asks anew where a patch does not fit', () => {
    client.start()
    last().says(snapshot(1))
    last().says({ type: 'patch', seq: 2, ops: [{ op: 'remove', path: '/nothing' }] })
    expect(last().sent).toEqual([{ type: 'resync' }])
  })

  it('asks anew after a tab was hidden for long, not after a glance elsewhere', () => {
    client.start()
    last().says(snapshot(1))
    client.hidden(true)
    pass(5_000)
    client.hidden(false)
    expect(last().sent).toEqual([])
    client.hidden(true)
    nowMs += 31_000
    client.hidden(false)
    expect(last().sent).toEqual([{ type: 'resync' }])
  })

  it('comes back with longer and longer pauses, says so, and watches the same lab', () => {
    client.start()
    last().says(snapshot(1))
    client.watch('one')
    for (const pause of [500, 1_000, 2_000, 4_000]) {
      last().onclose?.()
      pass(pause - 1)
      const before = sockets.length
      pass(1)
      expect(sockets).toHaveLength(before + 1)
    }
    expect([...new Set(states)]).toEqual(['connecting', 'live', 'reconnecting', 'offline'])
    expect(lost).toBe(4)
    last().onopen?.()
    expect(last().sent).toEqual([{ type: 'watch', lab: 'one' }])
    last().says(snapshot(1))
    expect(states.at(-1)).toBe('live')
  })

  it('cuts off a host that is silent', () => {
    client.start()
    last().says(snapshot(1))
    pass(15_000)
    expect(sockets[0]?.isClosed).toBe(true)
    expect(states.at(-1)).toBe('reconnecting')
  })

  it('comes back at once where it is asked to', () => {
    client.start()
    last().onclose?.()
    client.retry()
    client.retry()
    expect(sockets).toHaveLength(2)
  })

  it('stays away once it is stopped', () => {
    client.start()
    client.stop()
    pass(60_000)
    expect(sockets).toHaveLength(1)
    expect(sockets[0]?.isClosed).toBe(true)
  })
})
