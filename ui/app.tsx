import { Button } from './parts/button.tsx'
import { EmptyState } from './parts/empty-state.tsx'
import { Toasts } from './parts/toasts.tsx'
import { place } from './router.ts'
import { matchPath } from './routing.ts'
import { SCREENS } from './screens/index.ts'
import { Login } from './screens/login.tsx'
import { Shell } from './shell/shell.tsx'
import { liveState, me, retryLive } from './stores.ts'

/** The login, or the shell with the screen of the place. */
export function App() {
  return (
    <>
      {me.value === undefined ? <Waiting /> : me.value === null ? <Login /> : <Inside />}
      <Toasts />
    </>
  )
}

function Inside() {
  for (const { path, Screen, isBare } of SCREENS) {
    const params = matchPath(path, place.value.path)
    if (params === undefined) continue
    const screen = <Screen key={place.value.path} params={params} />
    return isBare === true ? screen : <Shell>{screen}</Shell>
  }
  return (
    <Shell>
      <h1>No such page</h1>
      <EmptyState title={`There is no page ${place.value.path}.`}>
        <a href="/mesh">Go to the mesh</a>
      </EmptyState>
    </Shell>
  )
}

function Waiting() {
  return (
    <main class="waiting">
      {liveState.value === 'connecting' ? (
        <p class="loading">Asking this host …</p>
      ) : (
        <Button onClick={retryLive}>Try again</Button>
      )}
    </main>
  )
}
