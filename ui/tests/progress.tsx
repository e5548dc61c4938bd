import type { ExerciseView, LiveTest, TestReservation } from '#agent/port-iperf.ts'
import { showBps } from '#core/iperf/rate-text.ts'
import { Trouble } from '../parts/error-box.tsx'
import { StateIcon } from '../parts/icon.tsx'
import type { Tone } from '../states.ts'
import { view } from '../stores.ts'
import { ageText, clockText, count } from '../time-text.ts'
import { exercisePath } from './actions.ts'
import { seriesOfLive } from './chart-data.ts'
import { Chart } from './lazy-chart.ts'
import { usePoll } from './poll.ts'
import { type RoundNow, roundsOf, waitingFor } from './waits.ts'
import { durationText, overOf } from './words.ts'

/** How far it is: round of rounds, what runs now, what waits and for whom. */
export function Progress({ exercise }: { readonly exercise: ExerciseView }) {
  const { state, tests, states, rounds, round, estimatedS } = exercise
  const over = overOf(states)
  const isOn = state === 'running' || state === 'stopping'
  return (
    <section class="card" aria-label="Progress">
      <h2>
        {isOn && round < rounds ? `Round ${round + 1} of ${rounds}` : count(rounds, 'round')}
        <span class="hint">
          {' '}
          · {over} of {count(tests, 'test')} over · {timeText(exercise)}
        </span>
      </h2>
      <progress class="wide" max={Math.max(1, tests)} value={over} aria-label={`${over} of ${tests} tests are over`} />
      <Rounds rounds={roundsOf(exercise)} />
      {isOn ? <Now exercise={exercise} /> : null}
      {state === 'created' ? (
        <p class="hint">It waits for its start; it will take about {durationText(estimatedS)}.</p>
      ) : null}
    </section>
  )
}

function timeText({ state, startedAtMs, endedAtMs, estimatedS, tests, states }: ExerciseView): string {
  const hostMs = view.value?.atMs
  if (startedAtMs === null) return 'not begun'
  if (endedAtMs !== null) return `took ${durationText((endedAtMs - startedAtMs) / 1000)}`
  if (hostMs === undefined) return state
  const share = tests === 0 ? 0 : 1 - overOf(states) / tests
  return `for ${ageText(hostMs - startedAtMs)}, about ${durationText(estimatedS * share)} left`
}

function toneOfRound({ tests, over, wrong, canceled, isOn }: RoundNow): Tone {
  if (wrong > 0) return 'error'
  if (over === tests) return canceled > 0 ? 'unknown' : 'ok'
  return isOn || over > 0 ? 'busy' : 'unknown'
}

const Rounds = ({ rounds }: { readonly rounds: readonly RoundNow[] }) => (
  <ol class="rounds" aria-label="Rounds">
    {rounds.map((one) => {
      const words = `round ${one.round + 1}: ${one.over} of ${count(one.tests, 'test')} over${one.wrong > 0 ? `, ${one.wrong} failed` : ''}${one.canceled > 0 ? `, ${one.canceled} canceled` : ''}`
      return (
        <li key={one.round} title={words}>
          <StateIcon tone={toneOfRound(one)} />
          <span aria-hidden="true">{one.round + 1}</span>
          <span class="hidden">{words}</span>
        </li>
      )
    })}
  </ol>
)

const SHOWN = 8
/** More lines than that nobody tells apart. */
const DRAWN = 3

function Now({ exercise }: { readonly exercise: ExerciseView }) {
  const { value: held = [] } = usePoll<readonly TestReservation[]>('/v1/ports/reservations', () => 2_000)
  const { value: live = [] } = usePoll<readonly LiveTest[]>(`${exercisePath(exercise.id)}/live`, () => 1_000)
  const hostMs = view.value?.atMs
  const running = exercise.all.filter(({ state }) => state === 'running' || state === 'accepted')
  const waiting = waitingFor(exercise, held)
  return (
    <>
      <ul class="plain-list">
        {running.slice(0, SHOWN).map(({ id, source, destination, client }) => (
          <li key={id} class="row">
            <StateIcon tone="busy" /> {source} → {destination}
            <span class="hint">
              {client.startedAtMs === undefined || hostMs === undefined
                ? 'begins'
                : `for ${ageText(hostMs - client.startedAtMs)}`}
            </span>
            {rateNow(live, id)}
          </li>
        ))}
        {running.length > SHOWN ? <li class="hint">and {running.length - SHOWN} more</li> : null}
      </ul>
      {live.length === 0 ? null : (
        <Chart title="Going through now" series={seriesOfLive(live.slice(0, DRAWN))} x="test" />
      )}
      {waiting.slice(0, 3).map(({ test, nic }) => (
        <Trouble
          key={test.id}
          tone="warn"
          what={`${test.source} → ${test.destination} waits.`}
          cause={`The NIC of ${nic.of} is used by test ${nic.test} of another exercise, until ${clockText(nic.untilMs)} at the latest.`}
          next="Nothing: it begins by itself once the NIC is free."
        />
      ))}
    </>
  )
}

/** Of the last second that is over. */
const rateNow = (live: readonly LiveTest[], test: number): string => {
  const last = live.find((one) => one.test === test)?.intervals.at(-1)
  return last === undefined ? '' : showBps(last.bps)
}
