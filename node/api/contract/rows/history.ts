import { z } from 'zod'
import { forgetQuery, saveBody, savedQuery } from '../../routes/saves.ts'
import { removeQuery, restoreBody, snapshotParams, takeBody } from '../../routes/snapshots.ts'
import { diffQuery, labNodeParams, labParams, labRevisionParams, rollbackBody } from '../../schemas.ts'
import type { Rows } from '../row.ts'
import { count } from '../shapes/common.ts'
import { labSnapshot, savedText, saveOutcome, saveView, snapshotOutcome } from '../shapes/kept.ts'
import { revisionDetail, revisionDiff, revisionView, submitted } from '../shapes/plan.ts'

const exported = z.strictObject({
  lab: z.string(),
  revision: count,
  fileName: z.string().nullable(),
  topology: z.string(),
})

/** What is kept of labs: revisions, saved configurations, snapshots. */
export const HISTORY_ROWS: Rows = {
  'GET /v1/labs/:lab/revisions': {
    summary: 'States it was asked for in, oldest first.',
    params: labParams,
    status: 200,
    answer: z.array(revisionView),
    isPaged: true,
  },
  'GET /v1/labs/:lab/revisions/:revision': {
    summary: 'One of them, whole.',
    params: labRevisionParams,
    status: 200,
    answer: revisionDetail,
  },
  'GET /v1/labs/:lab/export': { summary: 'The newest topology.', params: labParams, status: 200, answer: exported },
  'GET /v1/labs/:lab/diff': {
    summary: 'What differs from one revision to another.',
    params: labParams,
    query: diffQuery,
    status: 200,
    answer: revisionDiff,
  },
  'POST /v1/labs/:lab/rollback': {
    summary: 'Asks for a former state again.',
    params: labParams,
    body: rollbackBody,
    status: 202,
    answer: z.strictObject({ lab: z.string(), ...submitted.shape }),
  },
  'GET /v1/labs/:lab/saves': {
    summary: 'Configurations that were saved, oldest first.',
    params: labParams,
    status: 200,
    answer: z.array(saveView),
    isPaged: true,
  },
  'POST /v1/labs/:lab/saves': {
    summary: 'Saves the configuration of nodes.',
    params: labParams,
    body: saveBody,
    status: 200,
    answer: saveOutcome,
  },
  'DELETE /v1/labs/:lab/saves': {
    summary: 'Forgets what was saved.',
    params: labParams,
    query: forgetQuery,
    status: 204,
  },
  'GET /v1/labs/:lab/saves/:node': {
    summary: 'The saved configuration of a node.',
    params: labNodeParams,
    query: savedQuery,
    status: 200,
    answer: savedText,
  },
  'GET /v1/labs/:lab/snapshots': {
    summary: 'Snapshots of its nodes.',
    params: labParams,
    status: 200,
    answer: z.array(labSnapshot),
    isPaged: true,
  },
  'POST /v1/labs/:lab/snapshots': {
    summary: 'Keeps the files of nodes.',
    params: labParams,
    body: takeBody,
    status: 200,
    answer: snapshotOutcome,
  },
  'POST /v1/labs/:lab/snapshots/:name/restore': {
    summary: 'Puts them back.',
    params: snapshotParams,
    body: restoreBody,
    status: 200,
    answer: snapshotOutcome,
  },
  'DELETE /v1/labs/:lab/snapshots/:name': {
    summary: 'Removes a snapshot.',
    params: snapshotParams,
    query: removeQuery,
    status: 200,
    answer: snapshotOutcome,
  },
}
