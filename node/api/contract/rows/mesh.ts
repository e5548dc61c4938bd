import { z } from 'zod'
import { recordParams } from '../../routes/records.ts'
import {
  addressesBody,
  eventsQuery,
  hostParams,
  idParams,
  ownerParams,
  recoverBody,
  removeQuery,
  reserveBody,
  tokenBody,
} from '../../schemas.ts'
import { NDJSON, type Rows } from '../row.ts'
import { names } from '../shapes/common.ts'
import {
  addressesView,
  hostDetail,
  hostView,
  hostWays,
  leaderView,
  namesView,
  peerPathsView,
  quorumView,
  recovered,
  selfView,
  tokenInfo,
  tokenView,
} from '../shapes/hosts.ts'
import { allocationView, eventsPage, reservation } from '../shapes/kept.ts'

const counters = z.record(z.string(), z.number())
const sdGroups = z.array(z.strictObject({ targets: names, labels: z.record(z.string(), z.string()) }))
const health = z.strictObject({ status: z.literal('ok'), version: z.string() })
const ready = z.strictObject({
  status: z.literal('ready'),
  version: z.string(),
  checks: z.array(z.strictObject({ name: z.string(), ok: z.boolean(), why: z.string().nullable() })),
})
/** A record as it was signed; its body depends on the kind. */
const record = z.looseObject({ kind: z.string(), key: z.string(), author: z.string(), signature: z.string() })

/** The mesh: its hosts, who leads, what was given out, what happened. */
export const MESH_ROWS: Rows = {
  'GET /healthz': { summary: 'Whether this agent lives.', status: 200, answer: health },
  'GET /readyz': { summary: 'Whether this host can do its work; 503 says why not.', status: 200, answer: ready },
  'GET /metrics': {
    summary: 'Numbers for Prometheus.',
    status: 200,
    answer: { type: 'text/plain', what: 'The text format of Prometheus.' },
  },
  'GET /api/v1/sd': {
    summary: 'All hosts, for the HTTP service discovery of Prometheus.',
    status: 200,
    answer: sdGroups,
  },
  'GET /v1/self': { summary: 'The host that answers.', status: 200, answer: selfView },
  'GET /v1/live': { summary: 'What is so now and each change of it, as a WebSocket.', status: 200, isSocket: true },
  'GET /v1/leader': { summary: 'Who leads, and whether a majority is there.', status: 200, answer: leaderView },
  'GET /v1/quorum': { summary: 'Voters, their logs, what works and what waits.', status: 200, answer: quorumView },
  'POST /v1/quorum/recover': {
    summary: 'Begins a new epoch on this host alone, after the majority was lost for good.',
    body: recoverBody,
    status: 200,
    answer: recovered,
  },
  'GET /v1/counters': { summary: 'Counters of this host, by name.', status: 200, answer: counters },
  'GET /v1/names': { summary: 'Names of lab nodes and hosts.', status: 200, answer: namesView },
  'GET /v1/paths': { summary: 'How this host reaches each other one.', status: 200, answer: z.array(peerPathsView) },
  'GET /v1/ways': { summary: 'How each host reaches each other one.', status: 200, answer: z.array(hostWays) },
  'POST /v1/self/addresses': {
    summary: 'Says where this host is reached.',
    body: addressesBody,
    status: 200,
    answer: addressesView,
  },
  'GET /v1/hosts': { summary: 'Hosts of the mesh.', status: 200, answer: z.array(hostView), isPaged: true },
  'GET /v1/hosts/:host': {
    summary: 'One host, and what is to leave with it.',
    params: hostParams,
    status: 200,
    answer: hostDetail,
  },
  'POST /v1/hosts/:host/drain': {
    summary: 'Gives it nothing new and moves away what it has.',
    params: hostParams,
    status: 200,
    answer: hostDetail,
  },
  'POST /v1/hosts/:host/undrain': { summary: 'Uses it again.', params: hostParams, status: 200, answer: hostDetail },
  'DELETE /v1/hosts/:host': {
    summary: 'Removes a host for good.',
    params: hostParams,
    query: removeQuery,
    status: 200,
    answer: z.strictObject({ name: z.string(), id: z.string() }),
  },
  'GET /v1/support-bundle': {
    summary: 'All that tells how this host does, without secrets, for whoever helps.',
    status: 200,
    answer: { type: 'application/gzip', what: 'A tar archive, gzipped.' },
  },
  'GET /v1/tokens': { summary: 'Tokens to join with.', status: 200, answer: z.array(tokenInfo), isPaged: true },
  'POST /v1/tokens': { summary: 'Makes a token to join with.', body: tokenBody, status: 201, answer: tokenView },
  'DELETE /v1/tokens/:id': { summary: 'Revokes a token to join with.', params: idParams, status: 204 },
  'GET /v1/allocations': {
    summary: 'Numbers that are given out, and to whom.',
    status: 200,
    answer: z.array(allocationView),
    isPaged: true,
  },
  'POST /v1/allocations': { summary: 'Reserves numbers.', body: reserveBody, status: 201, answer: reservation },
  'DELETE /v1/allocations/:owner': {
    summary: 'Gives back all that an owner reserved.',
    params: ownerParams,
    status: 200,
    answer: z.strictObject({ freed: z.number() }),
  },
  'GET /v1/events': { summary: 'What happened, newest last.', query: eventsQuery, status: 200, answer: eventsPage },
  'GET /v1/events/follow': {
    summary: 'All that happens from now on.',
    query: eventsQuery,
    status: 200,
    answer: NDJSON,
  },
  'GET /v1/records/:kind/*': {
    summary: 'A record as its author signed it.',
    params: recordParams,
    status: 200,
    answer: record,
  },
}
