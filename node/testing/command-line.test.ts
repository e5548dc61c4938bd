import { expect, test } from 'vitest'
import { onlyAsks } from './command-line.ts'

test.each([
  [['lab', 'show', 'x'], true],
  [['events', '--lab', 'x'], true],
  [['lab', 'exec', 'x', 'a', '--', 'cat', '/etc/hosts'], true],
  [['lab', 'up', '/tmp/x.clab.yml'], false],
  [['lab', 'down', 'x'], true],
  [['lab', 'down', '/tmp/x.clab.yml'], false],
  [['lab', 'down', 'x', '--cleanup'], false],
  [['lab'], false],
  [['bootstrap', '--name', 'a'], false],
])('%j only asks the agent: %s', (args, asks) => {
  expect(onlyAsks(args)).toBe(asks)
})
