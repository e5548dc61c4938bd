import { useState } from 'preact/hooks'
import { post } from '../api.ts'
import { Button } from '../parts/button.tsx'
import { ErrorBox } from '../parts/error-box.tsx'
import { Field } from '../parts/field.tsx'
import { useSubmit } from '../parts/use-submit.ts'
import { checkMe, me } from '../stores.ts'
import { done } from '../toasts.ts'

/** Who is signed in, and a new password. */
export function Account() {
  const [old, setOld] = useState('')
  const [next, setNext] = useState('')
  const [again, setAgain] = useState('')
  const differ = again !== '' && again !== next
  const { error, isBusy, submit } = useSubmit(async () => {
    await post('/v1/me/password', { old, new: next })
    done('the password is changed; sign in with it')
    for (const clear of [setOld, setNext, setAgain]) clear('')
    await checkMe()
  })
  return (
    <section class="card">
      <h2>Account</h2>
      <p>
        Signed in as <strong>{me.value?.name}</strong>, {me.value?.role}.
      </p>
      <form class="narrow" onSubmit={submit}>
        <Field
          label="Password now"
          type="password"
          autocomplete="current-password"
          value={old}
          onInput={setOld}
          required
        />
        <Field
          label="New password"
          type="password"
          autocomplete="new-password"
          value={next}
          onInput={setNext}
          minLength={10}
          required
          hint="At least 10 characters. Every session of yours ends, on all hosts."
        />
        <Field
          label="The new one again"
          type="password"
          autocomplete="new-password"
          value={again}
          onInput={setAgain}
          required
        />
        {differ ? <p class="hint error">The two differ.</p> : null}
        {error === undefined ? null : <ErrorBox error={error} />}
        <Button type="submit" disabled={isBusy || differ || next === ''}>
          Change the password
        </Button>
      </form>
    </section>
  )
}
