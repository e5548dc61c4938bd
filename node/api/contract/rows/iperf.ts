import { z } from 'zod'
import {
  exerciseBody,
  historyQuery,
  machineBody,
  machinesQuery,
  numberParams,
  outcomeBody,
  planBody,
  registerBody,
  resultsQuery,
  scheduleBody,
  scheduleParams,
  tasksQuery,
  testBody,
  testParams,
} from '../../iperf-schemas.ts'
import type { Rows } from '../row.ts'
import {
  attachedMade,
  attachedView,
  claimedTask,
  exercisePlan,
  exerciseSummary,
  exerciseView,
  liveTest,
  matrixView,
  resultRow,
  scheduleView,
  taskView,
  testReservation,
  testView,
} from '../shapes/iperf.ts'

const one = { params: numberParams, status: 200 } as const

const EXERCISES: Rows = {
  'POST /v1/exercises/plan': {
    summary: 'What would be measured, in which rounds, and how long it takes.',
    body: planBody,
    status: 200,
    answer: exercisePlan,
  },
  'POST /v1/exercises': {
    summary: 'Makes an exercise, and starts it if asked to.',
    body: exerciseBody,
    status: 201,
    answer: exerciseView,
  },
  'GET /v1/exercises': {
    summary: 'Exercises, newest first.',
    status: 200,
    answer: z.array(exerciseSummary),
    isPaged: true,
  },
  'GET /v1/exercises/:id': { summary: 'One exercise, its tests and tasks.', ...one, answer: exerciseView },
  'GET /v1/exercises/:id/live': {
    summary: 'What goes through now: intervals of the tests that run.',
    ...one,
    answer: z.array(liveTest),
  },
  'DELETE /v1/exercises/:id': { summary: 'Forgets it and what came of it.', params: numberParams, status: 204 },
  'POST /v1/exercises/:id/tests': {
    summary: 'Adds a test to one that was not started; numbers are those of attached machines.',
    params: numberParams,
    body: testBody,
    status: 201,
    answer: testView,
  },
  'POST /v1/exercises/:id/start': { summary: 'Starts it.', ...one, answer: exerciseView },
  'POST /v1/exercises/:id/stop': {
    summary: 'Stops it; what was measured is kept.',
    ...one,
    answer: exerciseView,
  },
  'GET /v1/exercises/:id/results': {
    summary: 'What its tests came to, a row each; `format=csv` for a table.',
    params: numberParams,
    query: resultsQuery,
    status: 200,
    answer: z.array(resultRow),
    isPaged: true,
  },
  'GET /v1/exercises/:id/matrix': { summary: 'The result of each of its pairs.', ...one, answer: matrixView },
  'GET /v1/exercises/:id/tests/:test/raw': {
    summary: 'What iperf3 printed for each sample of a test.',
    params: testParams,
    status: 200,
    answer: z.array(z.unknown()),
  },
  'GET /v1/iperf/matrix': { summary: 'The newest result of each pair.', status: 200, answer: matrixView },
  'GET /v1/iperf/results': {
    summary: 'What tests of a pair came to, newest exercise first.',
    query: historyQuery,
    status: 200,
    answer: z.array(resultRow),
  },
}

const TASKS: Rows = {
  'GET /v1/tasks': {
    summary: 'What has to be done for tests, and by whom.',
    query: tasksQuery,
    status: 200,
    answer: z.array(taskView),
    isPaged: true,
  },
  'GET /v1/tasks/:id': { summary: 'One task.', ...one, answer: taskView },
  'POST /v1/tasks/:id/cancel': { summary: 'Ends both tasks of its test.', ...one, answer: taskView },
  'GET /v1/ports/reservations': {
    summary: 'NICs and ports that tests hold now.',
    status: 200,
    answer: z.array(testReservation),
  },
  'GET /v1/iperf/schedules': {
    summary: 'What is measured again and again.',
    status: 200,
    answer: z.array(scheduleView),
    isPaged: true,
  },
  'PUT /v1/iperf/schedules/:name': {
    summary: 'Makes a schedule, or changes it; its times are those of crontab, in UTC.',
    params: scheduleParams,
    body: scheduleBody,
    status: 200,
    answer: scheduleView,
  },
  'DELETE /v1/iperf/schedules/:name': { summary: 'Removes a schedule.', params: scheduleParams, status: 204 },
}

/** Those under `/v1/agent` take the headers X-AGENT-NAME, X-AGENT-KEY and X-API-Version in place of a login. */
const MACHINES: Rows = {
  'POST /v1/agents': {
    summary: 'Makes an attached machine; its key is told this once.',
    body: machineBody,
    status: 201,
    answer: attachedMade,
  },
  'GET /v1/agents': {
    summary: 'Attached machines.',
    query: machinesQuery,
    status: 200,
    answer: z.array(attachedView),
    isPaged: true,
  },
  'GET /v1/agents/:id': { summary: 'One attached machine.', ...one, answer: attachedView },
  'DELETE /v1/agents/:id': { summary: 'Removes an attached machine.', params: numberParams, status: 204 },
  'POST /v1/agent/register': {
    summary: 'An attached machine says that it is there, and where.',
    body: registerBody,
    status: 200,
    answer: attachedView,
  },
  'POST /v1/agent/heartbeat': {
    summary: 'An attached machine says that it is still there.',
    status: 200,
    answer: attachedView,
  },
  'POST /v1/agent/tasks/claim': {
    summary: 'The next task of an attached machine; 204 where there is none.',
    status: 200,
    answer: claimedTask,
  },
  'POST /v1/agent/tasks/:id/started': {
    summary: 'A client began, or a server listens.',
    ...one,
    answer: taskView,
  },
  'POST /v1/agent/tasks/:id/result': {
    summary: 'What a task came to.',
    ...one,
    body: outcomeBody,
    answer: taskView,
  },
}

/** Measuring: exercises, tests and tasks, schedules, attached machines. */
export const IPERF_ROWS: Rows = { ...EXERCISES, ...TASKS, ...MACHINES }
