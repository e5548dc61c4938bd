import type { KeySet } from './key-row.ts'
import {
  ENDPOINT_KEYS,
  IMPAIRMENT_KEYS,
  LINK_KEYS,
  MGMT_KEYS,
  NAMED_END_KEYS,
  NODE_KEYS,
  ONE_END_KEYS,
  TOP_KEYS,
  TOPOLOGY_KEYS,
} from './keys.ts'
import {
  DNS_KEYS,
  HEALTHCHECK_KEYS,
  STAGE_EXEC_KEYS,
  STAGE_KEYS,
  STAGE_PHASE_KEYS,
  STAGES_KEYS,
  WAIT_KEYS,
} from './node-keys.ts'

/** Every place of a lab file that holds keys, in the order of the docs. */
export const ALL_KEYS: readonly KeySet[] = [
  ...[
    TOP_KEYS,
    TOPOLOGY_KEYS,
    NODE_KEYS,
    STAGES_KEYS,
    STAGE_KEYS,
    WAIT_KEYS,
    STAGE_EXEC_KEYS,
    STAGE_PHASE_KEYS,
    HEALTHCHECK_KEYS,
    DNS_KEYS,
  ],
  ...[LINK_KEYS, IMPAIRMENT_KEYS, ENDPOINT_KEYS, NAMED_END_KEYS, ...Object.values(ONE_END_KEYS), MGMT_KEYS],
]

const STATES = { same: 'yes', differs: 'yes, differs', unsupported: 'no' } as const

/** All keys as Markdown, a table for each place. */
export const keyTables = (): string =>
  ALL_KEYS.map(({ place, rows }) => {
    const lines = rows.map(({ key, state, says }) => `| \`${key}\` | ${STATES[state]} | ${says} |`)
    return [
      `### Keys of ${place}`,
      '',
      '| key | supported | what it means here |',
      '| --- | --- | --- |',
      ...lines,
    ].join('\n')
  }).join('\n\n')
