import { describe, expect, test } from 'vitest'
import type { HostId, HostName } from '#core/model/ids.ts'
import type { Command, CommandResult } from '#core/state/commands.ts'
import { rosterEntry } from '#testing/samples.ts'
import { parseCall } from './calls.ts'
import { Counts } from './counts.ts'
import { Ledger } from './ledger.ts'
import { BEGIN_MS, MESH } from './machine.ts'
import { Violation } from './violation.ts'

/** Books that are told commands and answers; `atMs` counts from the beginning of the mesh. */
function books() {
  const counts = new Counts()
  const ledger = new Ledger(counts)
  let requests = 0
  const tell = (words: string, result: CommandResult, { atMs = 0, id = `r${++requests}` } = {}): void => {
    const command = { ...parseCall(words.split(' ')), requestId: id, nowMs: BEGIN_MS + atMs } as Command
    ledger.enter({ command, result, assignment: undefined })
  }
  return { tell, counts, ledger }
}

const given = (owner: string, ...values: number[]): CommandResult => ({
  ok: true,
  value: { type: 'numbers', owner, pool: 'vni', values },
})
const freed = (owner: string, count: number): CommandResult => ({ ok: true, value: { type: 'freed', owner, count } })
const held = (test: number, port: number | null = null): CommandResult => ({
  ok: true,
  value: { type: 'test', test, port },
})
const took = (first: number): CommandResult => ({ ok: true, value: { type: 'number', first } })
const made: CommandResult = { ok: true, value: { type: 'token', id: 't' } }
const refused = (code: 'POOL_EXHAUSTED' | 'TOKEN_SPENT' | 'NAME_TAKEN' | 'NIC_BUSY'): CommandResult => ({
  ok: false,
  code,
  message: '',
  details: {},
})
const admitted = (id: string, name: string, address: number): CommandResult => {
  const host = rosterEntry(id as HostId, { name, overlayAddress: `10.213.0.${address}` })
  return { ok: true, value: { type: 'host', host } }
}

describe('the books', () => {
  test('follow what is right', () => {
    const { tell, counts } = books()
    tell('reserve a', given('a', 4096))
    tell('reserve a', given('a', 4096))
    tell('reserve b 1 for 1s', given('b', 4097))
    tell('free a', freed('a', 1), { atMs: 500 })
    tell('reserve c', given('c', 4098), { atMs: 999 })
    tell('list', freed('', 1), { atMs: 1000 })
    tell('reserve d', given('d', 4096), { atMs: 500 + MESH.restMs })
    expect([counts.of('leases ended'), counts.of('numbers reused after their rest')]).toEqual([1, 1])
  })

  const cases: readonly (readonly [string, RegExp, (tell: ReturnType<typeof books>['tell']) => void])[] = [
    [
      'a number with two holders',
      /^vni\/4096 is given to user\/b while user\/a/,
      (tell) => {
        tell('reserve a', given('a', 4096))
        tell('reserve b', given('b', 4096))
      },
    ],
    [
      'reuse before rest',
      /^vni\/4096 is given to user\/b after a rest of 2999 ms/,
      (tell) => {
        tell('reserve a', given('a', 4096))
        tell('free a', freed('a', 1))
        tell('reserve b', given('b', 4096), { atMs: MESH.restMs - 1 })
      },
    ],
    [
      'other numbers for the same owner',
      /^a holds vni\/4096 and is told vni\/4097/,
      (tell) => {
        tell('reserve a', given('a', 4096))
        tell('reserve a', given('a', 4097))
      },
    ],
    ['not the lowest', /^vni 4100 given while 4096 are free/, (tell) => tell('reserve a', given('a', 4100))],
    ['too few', /^a asked for 2 of vni and got 1/, (tell) => tell('reserve a 2', given('a', 4096))],
    [
      'a lost release',
      /^free frees 1 numbers, but says/,
      (tell) => {
        tell('reserve a', given('a', 4096))
        tell('free a', freed('a', 0))
      },
    ],
    ['exhausted for no reason', /^vni is said to be exhausted/, (tell) => tell('reserve a', refused('POOL_EXHAUSTED'))],
    [
      'another answer',
      /^request same was answered .*4096.*now .*4097/,
      (tell) => {
        tell('reserve a', given('a', 4096), { id: 'same' })
        tell('reserve a', given('a', 4097), { id: 'same' })
      },
    ],
    [
      'a token spent twice',
      /^t is good for 1 and let in x1 x2/,
      (tell) => {
        tell('token t 1', made)
        tell('admit t x1 one', admitted('x1', 'one', 2))
        tell('admit t x2 two', admitted('x2', 'two', 3))
      },
    ],
    [
      'two hosts of one name',
      /^x2 and x1 are both called one/,
      (tell) => {
        tell('token t 2', made)
        tell('admit t x1 one', admitted('x1', 'one', 2))
        tell('admit t x2 one', admitted('x2', 'one', 3))
      },
    ],
    [
      'an unknown token',
      /^x1 was let in by t, which is no token/,
      (tell) => tell('admit t x1', admitted('x1', 'x1', 2)),
    ],
    [
      'a token that is not spent',
      /^t is said to be spent after 0 of 1/,
      (tell) => {
        tell('token t 1', made)
        tell('admit t x1', refused('TOKEN_SPENT'))
      },
    ],
    [
      'a NIC with two tests',
      /^host\/first is given to test 2 while test 1 uses it/,
      (tell) => {
        tell('hold 1 host/first for 2s', held(1))
        tell('hold 2 host/first,attached/m for 2s', held(2), { atMs: 1999 })
      },
    ],
    [
      'a NIC that nobody uses',
      /^host\/first are said to be used, by nobody/,
      (tell) => tell('hold 1 host/first', refused('NIC_BUSY')),
    ],
    [
      'a port with two tests',
      /^port\/first\/20000 is given to test\/2 while test\/1 holds it/,
      (tell) => {
        tell('hold 1 host/x1 at first', held(1, 20_000))
        tell('hold 2 host/x2 at first', held(2, 20_000))
      },
    ],
    [
      'a second port of a test',
      /^test 1 has port\/first\/20000 and is told port\/first\/20001/,
      (tell) => {
        tell('hold 1 host/x1 at first', held(1, 20_000))
        tell('hold 1 host/x1 at first', held(1, 20_001))
      },
    ],
    ['a port nobody asked for', /^test 1 is told the port 20000/, (tell) => tell('hold 1 host/x1', held(1, 20_000))],
    [
      'less given back than a test had',
      /^free-test frees 2 numbers, but says/,
      (tell) => {
        tell('hold 1 host/x1 at first', held(1, 20_000))
        tell('unhold 1', freed('test/1', 1))
      },
    ],
    [
      'a number of a test given twice',
      /^number 3 is given, but numbers up to 3 were/,
      (tell) => {
        tell('take 3', took(1))
        tell('take 1', took(3))
      },
    ],
    ['a name that is free', /^x1 is said to be taken/, (tell) => tell('admit t x1', refused('NAME_TAKEN'))],
  ]
  test.each(cases)('find %s', (_, message, act) => {
    const { tell } = books()
    expect(() => act(tell)).toThrow(Violation)
    const { tell: again } = books()
    expect(() => act(again)).toThrow(message)
  })

  test('follow tests that give way to each other', () => {
    const { tell, ledger } = books()
    tell('hold 1 host/first at first for 2s', held(1, 20_000))
    tell('hold 1 host/first at first for 2s', held(1, 20_000), { atMs: 1000 })
    tell('hold 2 host/first', refused('NIC_BUSY'), { atMs: 2500 })
    ledger.audit([
      { pool: 'nic', value: 'first', host: 'first' as HostName, owner: 'test/1', sinceMs: 0 },
      { pool: 'port', value: 20_000, host: 'first' as HostName, owner: 'test/1', sinceMs: 0 },
      { pool: 'overlay', value: '10.213.0.1', owner: 'host/first', sinceMs: 0 },
    ])
    tell('hold 2 host/first,attached/m', held(2), { atMs: 3000 })
    tell('unhold 2', freed('test/2', 2), { atMs: 3001 })
    tell('unhold 2', freed('test/2', 0), { atMs: 3001 })
    tell('take 3', took(1))
    tell('take 1', took(100_000_001))
  })

  test('find what a host holds that was never given, and what it lost', () => {
    const { ledger, tell } = books()
    tell('reserve a', given('a', 4096))
    const first = { pool: 'overlay', value: '10.213.0.1', owner: 'host/first', sinceMs: 0 }
    const row = { pool: 'vni', value: 4096, owner: 'user/a', sinceMs: 0 }
    ledger.audit([first, row])
    expect(() => ledger.audit([first])).toThrow('vni/4096 user/a')
    expect(() => ledger.audit([first, row, { ...row, value: 4097 }])).toThrow('vni/4097 user/a')
  })

  test('of a new epoch keep back what the old one gave out unseen', () => {
    const old = books()
    old.tell('reserve a', given('a', 4096))
    old.tell('reserve b', given('b', 4097))
    const next = books()
    next.tell('reserve a', given('a', 4096))
    next.ledger.enter({ lost: old.ledger })
    next.tell('reserve b', given('b', 4097))
    expect(() => next.tell('reserve c', given('c', 4097))).toThrow('while user/b holds it')
    const other = books()
    other.ledger.enter({ lost: old.ledger })
    expect(() => other.tell('reserve c', given('c', 4097))).toThrow('an earlier epoch gave it to user/b')
  })
})
