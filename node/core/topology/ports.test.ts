import { expect, it, test } from 'vitest'
import { readTopology } from './read.ts'

const read = (...ports: readonly string[]) =>
  readTopology({ text: `name: a\nnodes:\n  r1: {kind: linux, image: x, ports: ${JSON.stringify(ports)}}\n` })
const shown = (...ports: readonly string[]) =>
  read(...ports).intent?.nodes[0]?.ports.map(
    ({ hostPort, containerPort, protocol }) => `${hostPort}:${containerPort}/${protocol}`,
  )

it.each([
  [['8080:80'], ['8080:80/tcp']],
  [
    ['53:53/udp', '53:53'],
    ['53:53/udp', '53:53/tcp'],
  ],
  [['8000-8001:80-81/udp'], ['8000:80/udp', '8001:81/udp']],
  [['127.0.0.1:8080:80'], ['8080:80/tcp']],
  [['[::1]:8080:80'], ['8080:80/tcp']],
  [['80'], ['80:80/tcp']],
])('%j', (ports, expected) => expect(shown(...ports)).toEqual(expected))

test('one of several ports of the host is the first; sctp is left out', () => {
  expect(shown('8000-8002:80', '9000:9000/sctp')).toEqual(['8000:80/tcp'])
  expect(read('8000-8002:80', '9000:9000/sctp').problems.map(({ message }) => message)).toEqual([
    '`8000-8002:80`: it is published as the first port of 8000-8002',
    '`9000:9000/sctp`: only tcp and udp are published; it is left out',
  ])
})

test('an address and a missing port of the host are told', () => {
  expect(read('127.0.0.1:8080:80', '90').problems.map(({ severity, message }) => `${severity} ${message}`)).toEqual([
    'warning `127.0.0.1:8080:80`: it is published on all addresses of the host',
    'warning `90`: it is published as port 90 of the host',
  ])
})

it.each([
  ['0:80', /ports go from 1 to 65535/],
  ['8080:70000', /ports go from 1 to 65535/],
  ['8000-8002:80-81', /both ranges must be of one size/],
  ['8001-8000:80-81', /both ranges must be of one size/],
  ['80:80/dccp', /only tcp and udp/],
  ['web:80', /write it as in `8080:80`/],
])('%s is refused', (port, message) =>
  expect(read(port).problems[0]).toMatchObject({ severity: 'error', message: expect.stringMatching(message) }),
)

test('nothing is published twice, also within a range', () => {
  expect(read('8000-8002:80-82', '8001:90').problems[0]?.message).toBe('port 8001/tcp is published twice by this node')
})
