import { beforeEach, describe, expect, it } from 'vitest'
import { ConsoleClient, type ConsoleSocket, type ConsoleState, decodeControl } from './client.ts'

class FakeSocket implements ConsoleSocket {
  onmessage: ((event: { readonly data: unknown }) => void) | null = null
  onclose: (() => void) | null = null
  readonly query: URLSearchParams
  readonly sent: (string | Uint8Array)[] = []
  isClosed = false
  constructor(query: string) {
    this.query = new URLSearchParams(query)
  }
  send(data: string | Uint8Array): void {
    this.sent.push(data)
  }
  close(): void {
    this.isClosed = true
  }
  says(message: unknown): void {
    this.onmessage?.({ data: JSON.stringify(message) })
  }
  prints(text: string): void {
    this.onmessage?.({ data: new TextEncoder().encode(text).buffer })
  }
}

let sockets: FakeSocket[]
let nowMs: number
let timers: (() => void)[]
let states: ConsoleState[]
let printed: string
let missed: number[]
let client: ConsoleClient
beforeEach(() => {
  ;[sockets, nowMs, timers, states, printed, missed] = [[], 0, [], [], '', []]
  client = new ConsoleClient(
    {
      connect: (query) => {
        const socket = new FakeSocket(query)
        sockets.push(socket)
        return socket
      },
      nowMs: () => nowMs,
      after: (ms, call) => {
        const timer = (): void => {
          nowMs += ms
          call()
        }
        timers.push(timer)
        return () => {
          timers = timers.filter((one) => one !== timer)
        }
      },
      onState: (state) => void states.push(state),
      onBytes: (bytes) => {
        printed += new TextDecoder().decode(bytes)
      },
      onMissed: (bytes) => void missed.push(bytes),
      onSize: () => {},
    },
    { cols: 80, rows: 24 },
  )
  client.start()
})
const last = (): FakeSocket => sockets.at(-1) ?? new FakeSocket('')
const opened = (more: object = {}) => ({ type: 'opened', session: 's1', host: 'b', node: 'r1', offset: 0, ...more })
const typed = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('a console', () => {
  it('begins with its size, and tells a new one', () => {
    expect([last().query.get('cols'), last().query.get('session')]).toEqual(['80', null])
    last().says(opened())
    client.resize({ cols: 100, rows: 30 })
    expect(
      last()
        .sent.map(String)
        .map((text) => JSON.parse(text)),
    ).toEqual([
      { type: 'resize', cols: 80, rows: 24 },
      { type: 'resize', cols: 100, rows: 30 },
    ])
    expect(states).toEqual([{ type: 'open', host: 'b' }])
  })

  it('comes back to its session after a cut, with what arrived so far, and sends what was typed meanwhile', () => {
    last().says(opened())
    last().prints('hello ä')
    last().onclose?.()
    client.type(typed('ls\r'))
    timers.shift()?.()
    expect([last().query.get('session'), last().query.get('after')]).toEqual(['s1', '8'])
    last().says(opened({ offset: 8 }))
    expect(last().sent.at(-1)).toEqual(typed('ls\r'))
    last().prints('!')
    expect([printed, missed]).toEqual(['hello ä!', []])
  })

  it('says how much is lost where not all of it was kept', () => {
    last().says(opened())
    last().prints('12345')
    last().onclose?.()
    timers.shift()?.()
    last().says(opened({ offset: 105 }))
    expect(missed).toEqual([100])
  })

  it('gives up a session that nobody keeps any more, and can be opened anew', () => {
    last().says(opened())
    last().onclose?.()
    for (let tries = 0; tries < 100 && timers.length > 0; tries += 1) {
      timers.shift()?.()
      last().onclose?.()
    }
    expect(states.at(-1)?.type).toBe('failed')
    client.reopen()
    expect(last().query.get('session')).toBeNull()
  })

  it('ends with the code of the shell, and does not come back', () => {
    last().says(opened())
    last().says({ type: 'exit', code: 7 })
    last().onclose?.()
    expect([states.at(-1), timers.length, last().isClosed]).toEqual([{ type: 'exited', code: 7 }, 0, true])
  })

  it('says why it cannot be opened', () => {
    last().says({ type: 'error', error: 'NOT_FOUND', message: 'r9 is not there', hint: 'look' })
    expect(states).toEqual([{ type: 'failed', message: 'r9 is not there', hint: 'look' }])
  })

  it('types only so much into the void', () => {
    last().onclose?.()
    client.type(typed('x'.repeat(5_000)))
    timers.shift()?.()
    last().says(opened())
    expect(last().sent).toHaveLength(1)
  })
})

it.each(['', 'null', '7', '{"type":"later"}', '{"type":"opened"}', '{"type":"size","cols":"80"}'])(
  '%j is no control message',
  (text) => expect(decodeControl(text)).toBeUndefined(),
)
