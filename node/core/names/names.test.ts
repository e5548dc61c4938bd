import { describe, expect, it } from 'vitest'
import { TYPE } from '../dns/message.ts'
import type { LabName, NodeName } from '../model/ids.ts'
import { BEGIN, END, hostsLines, takenNames, withBlock } from './hosts-block.ts'
import { Answers, type NamedNode, type Names, reverseName } from './names.ts'
import { zoneText } from './zone.ts'

const node = (lab: string, name: string, last: number, more: Partial<NamedNode> = {}): NamedNode => ({
  lab: lab as LabName,
  node: name as NodeName,
  names: [`${name}.${lab}.mesh.local`, `clab-${lab}-${name}`],
  short: [name],
  addresses: [`172.20.20.${last}`, `3fff:172:20:20::${last}`],
  isHealthy: true,
  ...more,
})
const names: Names = {
  hosts: [
    { host: 'h1', name: 'h1.mesh.local', address: '10.213.0.1', isHealthy: true },
    { host: 'h2', name: 'h2.mesh.local', address: '10.213.0.2', isHealthy: false },
  ],
  nodes: [
    node('a', 'r1', 2, { short: ['r1', 'web'] }),
    node('a', 'r2', 3),
    node('b', 'r1', 4),
    node('b', 'r3', 5, { isHealthy: false }),
  ],
}
const answers = new Answers(names)
const [FROM_A, FROM_B, ELSEWHERE] = ['172.20.20.3', '3fff:172:20:20::4', '10.213.0.1']

/** Addresses as they are written, or what else is known. */
const ask = (name: string, type: number, from = ELSEWHERE): string | readonly string[] => {
  const found = answers.answer({ name, type }, from)
  if (found.type !== 'found') return found.type
  return found.answers.map(({ data }) => (data.length === 4 ? [...data].join('.') : Buffer.from(data).toString('hex')))
}

describe('names', () => {
  it.each([
    ['r1.a.mesh.local', TYPE.A, ELSEWHERE, ['172.20.20.2']],
    ['r1.a.mesh.local', TYPE.AAAA, ELSEWHERE, ['3fff0172002000200000000000000002']],
    ['clab-b-r1', TYPE.A, ELSEWHERE, ['172.20.20.4']],
    ['h1.mesh.local', TYPE.A, ELSEWHERE, ['10.213.0.1']],
    ['h1.mesh.local', TYPE.AAAA, ELSEWHERE, []],
    ['r1', TYPE.A, FROM_A, ['172.20.20.2']],
    ['web', TYPE.A, FROM_A, ['172.20.20.2']],
    ['r1', TYPE.A, FROM_B, ['172.20.20.4']],
    ['r1', TYPE.A, `::ffff:${FROM_A}`, ['172.20.20.2']],
    ['r2', TYPE.A, FROM_B, 'foreign'],
    ['r1', TYPE.A, ELSEWHERE, 'foreign'],
    ['r9.a.mesh.local', TYPE.A, ELSEWHERE, 'unknown'],
    ['mesh.local', TYPE.A, ELSEWHERE, 'unknown'],
    ['r3.b.mesh.local', TYPE.A, ELSEWHERE, 'unknown'],
    ['r3', TYPE.A, FROM_B, 'unknown'],
    ['h2.mesh.local', TYPE.A, ELSEWHERE, 'unknown'],
    ['example.org', TYPE.A, FROM_A, 'foreign'],
    ['9.9.9.9.in-addr.arpa', TYPE.PTR, FROM_A, 'foreign'],
  ] as const)('%s, type %i, asked from %s, is %j', (name, type, from, expected) =>
    expect(ask(name, type, from)).toEqual(expected),
  )

  it('are found by address', () => {
    const pointer = answers.answer({ name: '2.20.20.172.in-addr.arpa', type: TYPE.PTR }, ELSEWHERE)
    expect(pointer.type === 'found' && Buffer.from(pointer.answers[0]?.data ?? []).toString('latin1')).toBe(
      '\x02r1\x01a\x04mesh\x05local\0',
    )
    expect(answers.answer({ name: reverseName('3fff:172:20:20::2'), type: TYPE.PTR }, ELSEWHERE).type).toBe('found')
    expect(reverseName('3fff:172:20:20::2')).toBe(
      '2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.2.0.0.0.2.0.0.2.7.1.0.f.f.f.3.ip6.arpa',
    )
    expect(reverseName('x')).toBe('')
  })

  it('make a zone of what can be reached', () => {
    expect(zoneText(names, 7)).toBe(`$ORIGIN mesh.local.
$TTL 5
@ IN SOA ns.mesh.local. hostmaster.mesh.local. 7 60 30 3600 5
@ IN NS ns.mesh.local.
ns.mesh.local. IN A 10.213.0.1
h1.mesh.local. IN A 10.213.0.1
r1.a.mesh.local. IN A 172.20.20.2
r1.a.mesh.local. IN AAAA 3fff:172:20:20::2
r1.b.mesh.local. IN A 172.20.20.4
r1.b.mesh.local. IN AAAA 3fff:172:20:20::4
r2.a.mesh.local. IN A 172.20.20.3
r2.a.mesh.local. IN AAAA 3fff:172:20:20::3
`)
  })
})

describe('our part of the hosts file', () => {
  const FILE = '127.0.0.1 localhost\n10.0.0.9 r2 # mine\n'
  const lines = hostsLines(names, takenNames(FILE, 'h1'))

  it('has each name once, leaves out those that mean two things or are taken, and what is not there', () => {
    expect(lines).toEqual([
      '172.20.20.2 r1.a.mesh.local clab-a-r1 web',
      '172.20.20.3 r2.a.mesh.local clab-a-r2',
      '172.20.20.4 r1.b.mesh.local clab-b-r1',
      '3fff:172:20:20::2 r1.a.mesh.local clab-a-r1 web',
      '3fff:172:20:20::3 r2.a.mesh.local clab-a-r2',
      '3fff:172:20:20::4 r1.b.mesh.local clab-b-r1',
      '10.213.0.1 h1.mesh.local',
    ])
    expect(hostsLines({ ...names, nodes: [] }, new Set())).toEqual([])
  })

  it('comes, changes and goes, and the rest stays as it was', () => {
    const first = withBlock(FILE, lines)
    if (!('text' in first)) throw new Error(first.problem)
    expect(first.text).toBe(`${FILE}${BEGIN}\n${lines.join('\n')}\n${END}\n`)
    expect(withBlock(first.text, lines)).toEqual(first)
    const added = `${first.text}10.0.0.8 later\n`
    expect(withBlock(added, ['1.2.3.4 x'])).toEqual({ text: `${FILE}${BEGIN}\n1.2.3.4 x\n${END}\n10.0.0.8 later\n` })
    expect(withBlock(added, [])).toEqual({ text: `${FILE}10.0.0.8 later\n` })
    expect(withBlock(FILE, [])).toEqual({ text: FILE })
    expect(withBlock('127.0.0.1 a', ['1.2.3.4 x'])).toEqual({ text: `127.0.0.1 a\n${BEGIN}\n1.2.3.4 x\n${END}\n` })
    expect(takenNames(first.text, 'h1').has('clab-a-r1')).toBe(false)
  })

  it.each([`${BEGIN}\n`, `${END}\n`, `${END}\n${BEGIN}\n`, `${BEGIN}\n${BEGIN}\n${END}\n`])(
    'is not touched where its marks are %j',
    (text) => expect(withBlock(text, lines)).toMatchObject({ problem: expect.stringContaining('not in order') }),
  )
})
