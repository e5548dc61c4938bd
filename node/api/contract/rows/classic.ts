import { z } from 'zod'
import { createLabBody, importBody } from '../../classic/routes.ts'
import { consoleQuery } from '../../routes/console.ts'
import { labNodeParams, labParams } from '../../schemas.ts'
import type { Rows } from '../row.ts'
import { agentRow, classicLab, imported, job, linksReconciled, mappings } from '../shapes/classic.ts'

/** Paths that scripts for lab controllers know. */
export const CLASSIC_ROWS: Rows = {
  'GET /agents': { summary: 'Hosts of the mesh.', status: 200, answer: z.array(agentRow), isPaged: true },
  'GET /labs': {
    summary: 'Labs that run, and those that are only written.',
    status: 200,
    answer: z.strictObject({ labs: z.array(classicLab) }),
  },
  'POST /labs': { summary: 'Keeps a name for a lab.', body: createLabBody, status: 201, answer: classicLab },
  'GET /labs/:lab': { summary: 'One lab; its id is its name.', params: labParams, status: 200, answer: classicLab },
  'DELETE /labs/:lab': { summary: 'Takes it down and forgets what was written.', params: labParams, status: 204 },
  'POST /labs/:lab/import-yaml': {
    summary: 'Writes its topology.',
    params: labParams,
    body: importBody,
    status: 200,
    answer: imported,
  },
  'POST /labs/:lab/up': { summary: 'Brings it up.', params: labParams, status: 200, answer: job },
  'POST /labs/:lab/down': { summary: 'Takes it down.', params: labParams, status: 200, answer: job },
  'GET /labs/:lab/jobs': {
    summary: 'How bringing it up and taking it down went, newest first.',
    params: labParams,
    status: 200,
    answer: z.strictObject({ jobs: z.array(job) }),
  },
  'GET /labs/:lab/interface-mappings': {
    summary: 'Its interfaces in Open vSwitch, Linux and the software inside.',
    params: labParams,
    status: 200,
    answer: mappings,
  },
  'GET /labs/:lab/nodes/:node/interfaces': {
    summary: 'Those of one node.',
    params: labNodeParams,
    status: 200,
    answer: mappings,
  },
  'POST /labs/:lab/links/reconcile': {
    summary: 'Looks at its links at once, and mends what is wrong.',
    params: labParams,
    status: 200,
    answer: linksReconciled,
  },
  'GET /labs/:lab/nodes/:node/console': {
    summary: 'A terminal in a node, as a WebSocket.',
    params: labNodeParams,
    query: consoleQuery,
    status: 200,
    isSocket: true,
  },
}
