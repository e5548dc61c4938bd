import { useState } from 'preact/hooks'
import type { ExerciseAsk, ScheduleView } from '#agent/port-iperf.ts'
import { part, put } from '../api.ts'
import { Button } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { ErrorBox } from '../parts/error-box.tsx'
import { Field } from '../parts/field.tsx'
import { useSubmit } from '../parts/use-submit.ts'
import { navigate } from '../router.ts'
import { done } from '../toasts.ts'

/** Keeps what is asked for as a schedule. */
export function ScheduleForm({ ask, onClose }: { readonly ask: ExerciseAsk; onClose(): void }) {
  const [name, setName] = useState('')
  const [cron, setCron] = useState('0 3 * * *')
  const { error, isBusy, submit } = useSubmit(async () => {
    // A schedule's name is what its exercises are called by.
    const { name: _, ...rest } = ask
    const made = await put<ScheduleView>(`/v1/iperf/schedules/${part(name)}`, { ...rest, cron })
    done(`schedule ${made.name} is kept`)
    navigate('/tests')
  })
  return (
    <Dialog title="Keep as a schedule" onClose={onClose}>
      <form onSubmit={submit}>
        <Field label="Name" value={name} onInput={setName} required autofocus hint="One of that name is replaced." />
        <Field
          label="When, as in a crontab (UTC)"
          value={cron}
          onInput={setCron}
          required
          hint="minute hour day month weekday: 0 3 * * * is each night at three."
        />
        {error === undefined ? null : <ErrorBox error={error} />}
        <p class="actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" disabled={isBusy || name === ''}>
            Keep
          </Button>
        </p>
      </form>
    </Dialog>
  )
}
