import { expect, it } from 'vitest'
import type { HostId } from '../model/ids.ts'
import { MAX_RECORD_BYTES } from '../model/record.ts'
import { assign } from '../plan/testdata/host.ts'
import { labNode, sampleLab } from '../plan/testdata/lab.ts'
import { canonical } from './canonical.ts'

it('an intent and an assignment of 1,000 links fit into a record', () => {
  const names = Array.from({ length: 500 }, (_, at) => `router-${at}`)
  const cables = Array.from({ length: 1_000 }, (_, at) => [
    `router-${at % 500}:eth${1 + Math.floor(at / 500) * 2}`,
    `router-${(at + 1) % 500}:eth${2 + Math.floor(at / 500) * 2}`,
  ])
  const nodes = names.map((name) => labNode(name))
  const intent = sampleLab('large', nodes, cables)
  const longId = (id: HostId): string => `${id}${'K'.repeat(50)}`
  const assignment = assign(intent, Object.fromEntries(names.map((name, at) => [name, 1 + (at % 3)])))
  const text = canonical(assignment).replaceAll(/"H\d"/g, (id) => JSON.stringify(longId(JSON.parse(id))))
  for (const json of [canonical(intent), text]) expect(json.length).toBeLessThan(MAX_RECORD_BYTES / 2)
})
