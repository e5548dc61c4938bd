import { useEffect, useState } from 'preact/hooks'
import type { ExerciseView } from '#agent/port-iperf.ts'
import { get } from '../api.ts'
import { Button } from '../parts/button.tsx'
import { EmptyState } from '../parts/empty-state.tsx'
import { ErrorBox } from '../parts/error-box.tsx'
import { Field } from '../parts/field.tsx'
import { place } from '../router.ts'
import { may, view } from '../stores.ts'
import { exerciseName, exercisePath, measure } from '../tests/actions.ts'
import { EndsPicker } from '../tests/ends-picker.tsx'
import { Estimate, useEstimate } from '../tests/estimate.tsx'
import { ParamsFields } from '../tests/params-fields.tsx'
import { formOf, readParams } from '../tests/params-form.ts'
import { askOf } from '../tests/picker.ts'
import { PickerMatrix } from '../tests/picker-matrix.tsx'
import { ScheduleForm } from '../tests/schedule-form.tsx'
import { type Start, startOfExercise, startOfHosts, startOfPairs, withEnds } from '../tests/start.ts'
import '../styles/labs.css'
import '../styles/tests.css'

/** A new exercise: from nothing, as another one (`?from=12`), or of these pairs (`?pair=a,b`). */
export function TestNewScreen() {
  const { query } = place.value
  const from = query.get('from')
  const [start, setStart] = useState<Start>()
  const [error, setError] = useState<unknown>()
  const hosts = view.value?.hosts
  useEffect(() => {
    if (start !== undefined || hosts === undefined) return
    if (from === null) {
      const pairs = query.getAll('pair').map((pair) => pair.split(','))
      setStart(pairs.length > 0 ? startOfPairs(pairs) : startOfHosts(hosts))
    } else
      get<ExerciseView>(exercisePath(Number(from))).then(
        (one) => setStart(startOfExercise(one, exerciseName(one))),
        setError,
      )
  }, [hosts === undefined])
  return (
    <>
      <div class="row head">
        <a href="/tests">Tests</a> <span aria-hidden="true">/</span>
        <h1>New test</h1>
      </div>
      {error === undefined ? null : <ErrorBox error={error} />}
      {!may('operator') ? (
        <EmptyState title="You may look at tests, not begin them.">
          <p>It needs the role operator.</p>
        </EmptyState>
      ) : start === undefined ? (
        error === undefined ? (
          <p class="loading">Asking this host …</p>
        ) : null
      ) : (
        <NewTest start={start} />
      )}
    </>
  )
}

function NewTest({ start }: { readonly start: Start }) {
  const [name, setName] = useState(start.name)
  const [{ ends, chosen }, setPicked] = useState({ ends: start.ends, chosen: start.chosen })
  const [form, setForm] = useState(formOf(start.params))
  const [isKeeping, setKeeping] = useState(false)
  const { params, mistakes } = readParams(form)
  const ask = params === null ? null : askOf(chosen, ends, params)
  const estimate = useEstimate(ask)
  const isReady = ask !== null && !estimate.isOld && estimate.plan !== undefined
  const named = ask === null ? null : { ...ask, ...(name.trim() === '' ? {} : { name: name.trim() }) }
  return (
    <div class="new-test">
      <section class="card" aria-label="Who">
        <h2>Who</h2>
        <EndsPicker ends={ends} onChange={(next) => setPicked(withEnds({ ends, chosen }, next))} />
      </section>
      <section class="card" aria-label="Pairs">
        <h2>Source × destination</h2>
        <p class="hint">Choose a place, a row, a column, or all. From the keyboard: arrows move, Space chooses.</p>
        {ends.length < 2 ? (
          <EmptyState title="A test has two ends: choose them." />
        ) : (
          <PickerMatrix ends={ends} chosen={chosen} onChange={(next) => setPicked({ ends, chosen: next })} />
        )}
      </section>
      <section class="card whole" aria-label="How">
        <h2>How</h2>
        <ParamsFields form={form} mistakes={mistakes} onChange={setForm} />
      </section>
      <section class="card whole" aria-label="What it will be">
        <h2>What it will be</h2>
        {mistakes === null ? <Estimate {...estimate} /> : <p class="hint error">There are mistakes above.</p>}
        <Field label="Name (may be empty)" value={name} onInput={setName} />
        <p class="actions">
          <Button disabled={!isReady} onClick={() => setKeeping(true)}>
            Keep as a schedule …
          </Button>
          <Button disabled={!isReady} onClick={() => named !== null && measure({ ...named, start: false })}>
            Make it, start later
          </Button>
          <Button
            kind="primary"
            disabled={!isReady}
            onClick={() => named !== null && measure({ ...named, start: true })}
          >
            Start
          </Button>
        </p>
      </section>
      {isKeeping && ask !== null ? <ScheduleForm ask={ask} onClose={() => setKeeping(false)} /> : null}
    </div>
  )
}
