import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createIntervals } from './live.ts'

const recorded = (name: string): readonly string[] =>
  readFileSync(new URL(`./testdata/server-${name}.txt`, import.meta.url), 'utf8').split('\n')

test.each([
  ['tcp', 1, [5.24e6, 5.24e6]],
  ['parallel', 2, [9.9e6, 11.14e6]],
  ['bidir', 1, [5.24e6, 5.24e6]],
  ['bidir-parallel', 2, [10.48e6, 10.48e6]],
  ['udp', 1, [5.24e6, 4.98e6]],
  ['reverse', 1, [5.24e6, 5.24e6]],
] as const)('a server told while it served: %s', (name, parallel, rates) => {
  const intervalIn = createIntervals({ parallel })
  const told = recorded(name).flatMap((line) => intervalIn(line) ?? [])
  expect(told.map(({ bps }) => bps)).toEqual(rates)
  expect(told.map(({ atS }) => Math.floor(atS))).toEqual([0, 1])
})

test.each([
  ['[  5]   0.00-1.00   sec  0.00 Bytes  0.00 bits/sec', 0],
  ['[  5]   1.00-2.00   sec  4.12 GBytes  35.4 Gbits/sec                  ', 35.4e9],
  ['[  5]   0.00-2.00   sec  1.25 MBytes  5.24 Mbits/sec                  receiver', undefined],
  ['[  5]   0.00-2.00   sec  1.25 MBytes  5.24 Mbits/sec    0             sender', undefined],
  ['[SUM]   0.00-1.00   sec  1.25 MBytes  9.90 Mbits/sec', undefined],
  ['[  5]   0.00-1.00   sec  what', undefined],
  ['iperf3: error - the client has terminated', undefined],
  ['', undefined],
])('%s', (line, bps) => {
  expect(createIntervals({ parallel: 1 })(line)?.bps).toBe(bps)
})

test('what one interval lacks is not taken from the next', () => {
  const intervalIn = createIntervals({ parallel: 2 })
  const line = (stream: string, from: number, rate: number): string =>
    `[${stream}]   ${from}.00-${from + 1}.00   sec  1.25 MBytes  ${rate} Mbits/sec`
  const lines = [line('  5', 0, 3), line('SUM', 0, 3), line('  5', 1, 4), line('  8', 1, 5), line('SUM', 1, 9)]
  expect(lines.flatMap((one) => intervalIn(one) ?? [])).toEqual([{ atS: 1, bps: 9e6 }])
})
