import { z } from 'zod'
import { consoleQuery } from '../../routes/console.ts'
import { impairBody, interfaceParams } from '../../routes/links.ts'
import { captureQuery, logsQuery } from '../../routes/streams.ts'
import { execBody, labBody, labNodeParams, labParams, planQuery } from '../../schemas.ts'
import { NDJSON, type Rows } from '../row.ts'
import { topologyProblem } from '../shapes/common.ts'
import {
  execResult,
  impairedLink,
  interfaceView,
  labImage,
  labReconciled,
  labSummary,
  labView,
  linkView,
  restarted,
} from '../shapes/labs.ts'
import { planView, submitted } from '../shapes/plan.ts'

const warnings = z.array(topologyProblem)
const checked = z.strictObject({ valid: z.boolean(), problems: warnings })
const pcap = { type: 'application/vnd.tcpdump.pcap', what: 'Frames as they come.' } as const

/** Labs that are wanted, their nodes and links. */
export const LAB_ROWS: Rows = {
  'GET /v1/labs': { summary: 'All labs, in a row each.', status: 200, answer: z.array(labSummary), isPaged: true },
  'POST /v1/labs': {
    summary: 'Asks for a lab, or for what is different in it.',
    body: labBody,
    status: 202,
    answer: z.strictObject({ lab: z.string(), ...submitted.shape, warnings }),
  },
  'POST /v1/labs/validate': { summary: 'Checks a topology.', body: labBody, status: 200, answer: checked },
  'POST /v1/labs/plan': {
    summary: 'What would come of a topology.',
    query: planQuery,
    body: labBody,
    status: 200,
    answer: z.strictObject({ ...planView.shape, warnings }),
  },
  'GET /v1/images': { summary: 'Images of labs that run.', status: 200, answer: z.array(labImage), isPaged: true },
  'GET /v1/labs/:lab': { summary: 'A lab as the mesh has it.', params: labParams, status: 200, answer: labView },
  'DELETE /v1/labs/:lab': {
    summary: 'Takes a lab down.',
    params: labParams,
    status: 202,
    answer: z.strictObject({ lab: z.string() }),
  },
  'GET /v1/labs/:lab/links': {
    summary: 'Its links, as they were read back.',
    params: labParams,
    status: 200,
    answer: z.array(linkView),
    isPaged: true,
  },
  'GET /v1/labs/:lab/interfaces': {
    summary: 'Ends of its links, under all their names.',
    params: labParams,
    status: 200,
    answer: z.array(interfaceView),
    isPaged: true,
  },
  'POST /v1/labs/:lab/reconcile': {
    summary: 'Looks at once, and mends what is wrong.',
    params: labParams,
    status: 200,
    answer: labReconciled,
  },
  'POST /v1/labs/:lab/nodes/:node/exec': {
    summary: 'Runs a command in a node.',
    params: labNodeParams,
    body: execBody,
    status: 200,
    answer: execResult,
  },
  'POST /v1/labs/:lab/nodes/:node/restart': {
    summary: 'Ends a node and starts it again.',
    params: labNodeParams,
    status: 200,
    answer: restarted,
  },
  'GET /v1/labs/:lab/nodes/:node/logs': {
    summary: 'What a node prints.',
    params: labNodeParams,
    query: logsQuery,
    status: 200,
    answer: NDJSON,
  },
  'GET /v1/labs/:lab/nodes/:node/console': {
    summary: 'A terminal in a node, as a WebSocket.',
    params: labNodeParams,
    query: consoleQuery,
    status: 200,
    isSocket: true,
  },
  'POST /v1/labs/:lab/nodes/:node/interfaces/:interface/impairment': {
    summary: 'Makes a link worse on purpose, or whole again.',
    params: interfaceParams,
    body: impairBody,
    status: 202,
    answer: impairedLink,
  },
  'GET /v1/labs/:lab/nodes/:node/interfaces/:interface/capture': {
    summary: 'Frames at one end of a link.',
    params: interfaceParams,
    query: captureQuery,
    status: 200,
    answer: pcap,
  },
}
