// biome-ignore-all lint/suspicious/noTemplateCurlyInString: lab files hold `${VAR}`
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cidrProblem, isIpv4, isIpv6 } from './cidr.ts'
import { interfaceNameProblem } from './interface-name.ts'
import { substitute } from './source.ts'
import { splitWords } from './words.ts'

describe('splitWords', () => {
  it.each<[string, readonly string[]]>([
    ['ip addr add 10.0.0.1/24 dev eth1', ['ip', 'addr', 'add', '10.0.0.1/24', 'dev', 'eth1']],
    [`sh -c "echo 'a b' > /x && sleep 1"`, ['sh', '-c', "echo 'a b' > /x && sleep 1"]],
    [`vtysh -c 'show ip route' -c "conf t"`, ['vtysh', '-c', 'show ip route', '-c', 'conf t']],
    ['a\\ b "c\\"d\\n" \'e\\f\'', ['a b', 'c"d\\n', 'e\\f']],
    [`one""two '' ""`, ['onetwo', '', '']],
    ['echo $HOME *.txt | cat', ['echo', '$HOME', '*.txt', '|', 'cat']],
    ['a # comment\nb c#d', ['a', 'b', 'c#d']],
    ['a \\\n  b', ['a', 'b']],
    [' \t\n', []],
  ])('%j', (line, words) => {
    expect(splitWords(line)).toEqual({ type: 'words', words })
  })

  it('gives back any words that were quoted', () => {
    const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`
    const check = (words: string[]): void => {
      expect(splitWords(words.map(quoted).join(' '))).toEqual({ type: 'words', words })
    }
    fc.assert(fc.property(fc.array(fc.string()), check))
  })
})

describe('substitute', () => {
  it.each([
    ['a ${X} b', 'a 1 b'],
    ['${UNSET} ${UNSET:=d} ${UNSET:-e f} ${EMPTY:=g} ${EMPTY}', '${UNSET} d e f g '],
    ['$$ $${X} $X ${X', '$ ${X} $X ${X'],
    ['${__proto__} ${toString:=t}', '${__proto__} t'],
  ])('%j becomes %j', (text, result) => {
    expect(substitute(text, { X: '1', EMPTY: '' })?.text).toBe(result)
  })

  it('still knows lines and columns of what was written', () => {
    const source = substitute('a: ${X}\nb: $$ c\nd', { X: 'one\ntwo\nthree' })
    const placeOf = (word: string) => source?.place(source.text.indexOf(word))
    expect(placeOf('three')).toEqual({ line: 1, column: 4 })
    expect(placeOf('b:')).toEqual({ line: 2, column: 1 })
    expect(placeOf('c')).toEqual({ line: 2, column: 7 })
    expect(placeOf('d')).toEqual({ line: 3, column: 1 })
  })
})

describe('addresses', () => {
  it.each(['0.0.0.0', '255.255.255.255', '10.0.0.1'])('%s is IPv4', (text) => expect(isIpv4(text)).toBe(true))
  it.each(['', '1.2.3', '1.2.3.4.5', '01.2.3.4', '1.2.3.256', ' 1.2.3.4'])('%j is not IPv4', (text) =>
    expect(isIpv4(text)).toBe(false),
  )
  it.each([
    '::',
    '::1',
    '1::',
    'fe80::1:2',
    '2001:db8:0:0:0:0:0:1',
    '1:2:3:4:5:6:7::',
    '::ffff:10.0.0.1',
    '1:2:3:4:5:6:10.0.0.1',
  ])('%s is IPv6', (text) => expect(isIpv6(text)).toBe(true))
  it.each([
    '',
    ':',
    ':::',
    '1',
    '1::2::3',
    '12345::',
    'g::',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7',
    ':1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8::',
    '10.0.0.1',
    '::10.0.0.1:1',
    'fe80::1%eth0',
  ])('%j is not IPv6', (text) => expect(isIpv6(text)).toBe(false))
  it.each(['fd00::1/129', 'fd00::1/x', 'fd00::1/064', 'fd00::1/', 'fd00::1'])('%s is refused', (text) =>
    expect(cidrProblem(text, 'ipv6')).toBeDefined(),
  )
})

describe('names', () => {
  it.each(['eth1', 'et-0.1', 'some1', 'r1_eth2', '0', 'abcdefghijklmno'])('%s may be an interface', (name) =>
    expect(interfaceNameProblem(name)).toBeUndefined(),
  )
  it.each(['', 'a b', 'a/b', 'a:b', '.', '-x', 'é', 'lo', 'all', 'abcdefghijklmnop'])('%j may not', (name) =>
    expect(interfaceNameProblem(name)).toBeDefined(),
  )
})
