import type { Row } from '../row.ts'
import { ACCESS_ROWS } from './access.ts'
import { CLASSIC_ROWS } from './classic.ts'
import { HISTORY_ROWS } from './history.ts'
import { IPERF_ROWS } from './iperf.ts'
import { LAB_ROWS } from './labs.ts'
import { MESH_ROWS } from './mesh.ts'

const GROUPS = {
  labs: LAB_ROWS,
  history: HISTORY_ROWS,
  iperf: IPERF_ROWS,
  mesh: MESH_ROWS,
  access: ACCESS_ROWS,
  'without /v1': CLASSIC_ROWS,
}

/** A row, and what it is about. */
export type TaggedRow = Row & { readonly tag: string }

/** Every route, by `METHOD /path` as it is registered. */
export const CONTRACT: ReadonlyMap<string, TaggedRow> = new Map(
  Object.entries(GROUPS).flatMap(([tag, rows]) =>
    Object.entries(rows).map(([route, row]): readonly [string, TaggedRow] => [route, { ...row, tag }]),
  ),
)
