import type { ComponentChildren } from 'preact'
import type { TestView } from '#agent/port-iperf.ts'
import { showBps } from '#core/iperf/rate-text.ts'
import type { Flow, Rtt, TestResult } from '#core/model/iperf.ts'
import { Badge } from '../parts/badge.tsx'
import { Drawer } from '../parts/dialog.tsx'
import { Trouble } from '../parts/error-box.tsx'
import { Facts } from '../parts/field.tsx'
import { clockText, count, dateText, msText } from '../time-text.ts'
import { seriesOfTest } from './chart-data.ts'
import { History } from './history.tsx'
import { Chart } from './lazy-chart.ts'
import { Raw } from './raw.tsx'
import { changeOf, paramsText, taskWord, toneOfTask, verdictBadge } from './words.ts'

/** One test: what came of it, second by second, and what iperf3 said. */
export function TestDrawer({ test, onClose }: { readonly test: TestView; onClose(): void }) {
  const { source, destination, result, error, state } = test
  return (
    <Drawer title={`${source} → ${destination}`} onClose={onClose}>
      {error === undefined ? null : <Trouble what={error} tone={state === 'canceled' ? 'warn' : 'error'} />}
      {result?.isCpuBound === true ? (
        <Trouble
          tone="warn"
          what="A processor of one end was full."
          cause="The rate says what that machine can do, not what the way carries."
        />
      ) : null}
      {result?.isPartial === true ? <p class="hint">It was stopped before its time: this is how far it came.</p> : null}
      <Facts rows={[...resultRows(test), ...taskRows(test)]} />
      {result === undefined || result.intervals.length === 0 ? null : (
        <Chart title={`${source} to ${destination}`} series={seriesOfTest(test)} x="test" />
      )}
      <History source={source} destination={destination} not={test.id} />
      {test.params.tool === 'iperf3' && (result !== undefined || state === 'failed') ? <Raw test={test} /> : null}
    </Drawer>
  )
}

type Rows = readonly (readonly [name: string, value: ComponentChildren])[]

function resultRows({ result, params }: TestView): Rows {
  if (result === undefined) return []
  const { baseline, back, confidenceBps, samplesBps, retests, idle, loaded, rtt } = result
  const verdict = verdictBadge(baseline?.verdict ?? null)
  return [
    ...(params.tool === 'ping' ? [] : flowRows(result, '')),
    ...(back === undefined ? [] : flowRows(back, ', back')),
    ...(confidenceBps === undefined ? [] : [['Confidence', `± ${showBps(confidenceBps)} (95 %)`] as const]),
    ...(samplesBps === undefined ? [] : [['Samples', samplesBps.map(showBps).join(', ')] as const]),
    ...(verdict === null || baseline === undefined
      ? [['Compared', 'nothing to compare it with yet: three results of this pair are needed'] as const]
      : [
          [
            'Compared',
            <span key="verdict">
              <Badge state={verdict.word} tone={verdict.tone} />
              {comparedText(baseline)}
            </span>,
          ] as const,
        ]),
    ...(retests === 0 ? [] : [['Measured again', `${count(retests, 'time')}, since it looked bad`] as const]),
    ...rttRow('RTT idle', idle),
    ...rttRow('RTT under load', loaded),
    ...(loaded === undefined || loaded.lossRatio === 0
      ? []
      : [['Pings lost under load', percent(loaded.lossRatio)] as const]),
    ...rttRow('RTT as TCP saw it', rtt),
  ]
}

function comparedText({ ratio, bps }: NonNullable<TestResult['baseline']>): string {
  const { arrow, words } = changeOf(ratio)
  return `: ${arrow === '→' ? '' : `${words}, `}${showBps(bps)} is usual`
}

const percent = (ratio: number): string => `${(ratio * 100).toFixed(ratio < 0.1 ? 2 : 1)} %`

const rttRow = (name: string, rtt: Rtt | undefined): Rows =>
  rtt === undefined ? [] : [[name, `${msText(rtt.meanMs)} (${msText(rtt.minMs)} to ${msText(rtt.maxMs)})`]]

const flowRows = ({ receivedBps, sentBps, retransmits, jitterMs, lossRatio }: Flow, back: string): Rows => [
  [`Received${back}`, <strong key="rate">{showBps(receivedBps)}</strong>],
  [`Sent${back}`, showBps(sentBps)],
  ...(retransmits === undefined ? [] : [[`Retransmits${back}`, String(retransmits)] as const]),
  ...(jitterMs === undefined ? [] : [[`Jitter${back}`, `${jitterMs.toFixed(3)} ms`] as const]),
  ...(lossRatio === undefined ? [] : [[`Lost${back}`, percent(lossRatio)] as const]),
]

function taskRows({ id, state, round, params, client, server }: TestView): Rows {
  const from = client.startedAtMs
  return [
    ['State', <Badge key="state" state={taskWord(state)} tone={toneOfTask(state)} />],
    ['How', paramsText(params)],
    ['Round', String(round + 1)],
    ['Began', from === undefined ? 'not yet' : `${dateText(from).slice(0, 10)} ${clockText(from)}`],
    ['Client', `${client.host}, ${taskWord(client.state)}${client.error === undefined ? '' : `: ${client.error}`}`],
    [
      'Server',
      `${server.host}${server.port === undefined ? '' : `, port ${server.port}`}, ${taskWord(server.state)}${server.error === undefined ? '' : `: ${server.error}`}`,
    ],
    ['Test', String(id)],
  ]
}
