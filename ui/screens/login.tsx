import { useEffect, useState } from 'preact/hooks'
import { type ApiError, asApiError, clockSkewMs, get, post } from '../api.ts'
import { Button } from '../parts/button.tsx'
import { ErrorBox, Trouble } from '../parts/error-box.tsx'
import { Facts, Field } from '../parts/field.tsx'
import { useSubmit } from '../parts/use-submit.ts'
import { checkMe } from '../stores.ts'
import { ageText } from '../time-text.ts'

/** What a host tells to everybody, `GET /v1/first-login`. */
interface FirstLogin {
  readonly host: string
  readonly version: string
  readonly needsCode: boolean
  readonly fingerprint: string | null
}

/** Sign in; in a new mesh: the one-time code, and a password of one's own. */
export function Login() {
  const [about, setAbout] = useState<FirstLogin>()
  const [error, setError] = useState<unknown>()
  useEffect(() => {
    document.title = 'Sign in · Skein'
    get<FirstLogin>('/v1/first-login').then(setAbout, setError)
  }, [])
  return (
    <main class="login">
      <section class="card">
        <p class="brand">
          <img src="/assets/skein.svg" alt="" width="30" height="30" /> Skein
        </p>
        {about === undefined ? null : <Ways needsCode={about.needsCode} />}
        {error === undefined ? null : <ErrorBox error={error} />}
        <Clock />
        {about === undefined ? null : <About about={about} />}
      </section>
    </main>
  )
}

/** Sessions and certificates have ends; with clocks this far apart they come at odd times. */
const SKEW_MS = 120_000

function Clock() {
  const skewMs = clockSkewMs.value
  if (Math.abs(skewMs) < SKEW_MS) return null
  return (
    <Trouble
      tone="warn"
      what={`This browser's clock is ${ageText(Math.abs(skewMs))} ${skewMs > 0 ? 'ahead of' : 'behind'} the host's.`}
      next="Compare both with the right time; sessions and certificates may seem to be over."
    />
  )
}

function About({ about: { host, version, fingerprint } }: { readonly about: FirstLogin }) {
  return (
    <Facts
      rows={[
        ['Host', host],
        ['Version', version],
        ...(fingerprint === null ? [] : [['Certificate', <code key="f">{fingerprint}</code>] as const]),
      ]}
    />
  )
}

/** Somebody may have an account although the code of the bootstrap is still open. */
function Ways({ needsCode }: { readonly needsCode: boolean }) {
  const [isFirst, setFirst] = useState(needsCode)
  return (
    <>
      {isFirst ? <FirstRun /> : <SignIn />}
      {needsCode ? (
        <p class="other">
          <Button kind="quiet" onClick={() => setFirst(!isFirst)}>
            {isFirst ? 'I have an account already' : 'I have the one-time code'}
          </Button>
        </p>
      ) : null}
    </>
  )
}

function SignIn() {
  const [username, setName] = useState('')
  const [password, setPassword] = useState('')
  const { error, waitS, isBusy, submit } = useLogin(() => ({ username, password }))
  return (
    <form onSubmit={submit}>
      <h1>Sign in</h1>
      <Field label="Name" value={username} onInput={setName} autocomplete="username" required autofocus />
      <Field
        label="Password"
        type="password"
        value={password}
        onInput={setPassword}
        autocomplete="current-password"
        required
      />
      <LoginError error={error} waitS={waitS} />
      <Button type="submit" kind="primary" disabled={isBusy || waitS > 0}>
        {waitS > 0 ? `Wait ${waitS} s` : 'Sign in'}
      </Button>
    </form>
  )
}

function FirstRun() {
  const [code, setCode] = useState('')
  const [username, setName] = useState('admin')
  const [password, setPassword] = useState('')
  const [again, setAgain] = useState('')
  const differ = again !== '' && again !== password
  const { error, waitS, isBusy, submit } = useLogin(() => ({ code: code.trim(), username, password }))
  return (
    <form onSubmit={submit}>
      <h1>First sign-in</h1>
      <p>
        The one-time code of this mesh has not been used yet. Whoever has it makes the first account, an
        administrator's.
      </p>
      <Field
        label="One-time code"
        hint="It was printed by: skein bootstrap"
        value={code}
        onInput={setCode}
        autocomplete="one-time-code"
        required
        autofocus
      />
      <Field label="Your name" value={username} onInput={setName} autocomplete="username" required />
      <Field
        label="Your new password"
        hint="At least 10 characters."
        type="password"
        value={password}
        onInput={setPassword}
        autocomplete="new-password"
        minLength={10}
        required
      />
      <Field
        label="The same again"
        type="password"
        value={again}
        onInput={setAgain}
        autocomplete="new-password"
        required
      />
      {differ ? <p class="hint error">The two differ.</p> : null}
      <LoginError error={error} waitS={waitS} />
      <Button type="submit" kind="primary" disabled={isBusy || differ || waitS > 0}>
        {waitS > 0 ? `Wait ${waitS} s` : 'Make the account'}
      </Button>
    </form>
  )
}

function LoginError({ error, waitS }: { readonly error: ApiError | undefined; readonly waitS: number }) {
  if (error === undefined) return null
  if (error.retryAfterS !== null && waitS === 0) return <p class="hint">You may try again now.</p>
  return <ErrorBox error={error} />
}

/** Sends a login; after too many, counts down to the next try. */
function useLogin(body: () => Readonly<Record<string, string>>) {
  const [waitS, setWait] = useState(0)
  useEffect(() => {
    if (waitS <= 0) return
    const timer = setTimeout(() => setWait(waitS - 1), 1_000)
    return () => clearTimeout(timer)
  }, [waitS])
  const { error, isBusy, submit } = useSubmit(async () => {
    try {
      await post('/auth/login', body())
      await checkMe()
    } catch (problem) {
      setWait(Math.ceil(asApiError(problem).retryAfterS ?? 0))
      throw problem
    }
  })
  return { error: error === undefined ? undefined : asApiError(error), waitS, isBusy, submit }
}
