import { CopyButton } from '../parts/button.tsx'
import { Facts } from '../parts/field.tsx'
import { Account } from '../settings/account.tsx'
import { ApiTokens } from '../settings/api-tokens.tsx'
import { Users } from '../settings/users.tsx'
import { singleKeys } from '../settings.ts'
import { ThemeChoice } from '../shell/user-menu.tsx'
import { may, me, view } from '../stores.ts'
import { dateText } from '../time-text.ts'

/** One's account, how the UI looks, and for admins who may use the mesh. */
export function SettingsScreen() {
  return (
    <>
      <h1>Settings</h1>
      <div class="two">
        <div>
          <Account />
          <Looks />
        </div>
        <div>
          <Metrics />
          <About />
        </div>
      </div>
      {may('admin') ? (
        <>
          <Users />
          <ApiTokens />
        </>
      ) : null}
    </>
  )
}

const Looks = () => (
  <section class="card">
    <h2>This browser</h2>
    <ThemeChoice />
    <label class="check below">
      <input
        type="checkbox"
        checked={singleKeys.value}
        onChange={(event) => {
          singleKeys.value = event.currentTarget.checked
        }}
      />
      Single keys do something (<kbd>?</kbd> lists them)
    </label>
  </section>
)

function Metrics() {
  const url = `${location.origin}/metrics`
  const discovery = `${location.origin}/api/v1/sd`
  return (
    <section class="card">
      <h2>Metrics</h2>
      <p class="hint">
        For Prometheus, with an API token of the role metrics. The second address names all hosts, from any one of them.
      </p>
      {[url, discovery].map((one) => (
        <p key={one} class="row">
          <code>{one}</code> <CopyButton text={one} />
        </p>
      ))}
    </section>
  )
}

function About() {
  const mesh = view.value
  return (
    <section class="card">
      <h2>About</h2>
      <Facts
        rows={[
          ['Skein', me.value?.version ?? ''],
          ['Host', me.value?.host ?? ''],
          ['Mesh', <code key="mesh">{me.value?.mesh}</code>],
          ['Hosts', mesh === null ? '' : String(mesh.hosts.filter(({ state }) => state !== 'left').length)],
          ['Session ends', me.value?.expiresAtMs == null ? 'never' : dateText(me.value.expiresAtMs)],
          ['Licence', 'Apache-2.0'],
        ]}
      />
      {may('admin') ? (
        <p>
          <a class="button" href="/v1/support-bundle" download>
            Support bundle
          </a>
          <span class="hint"> How this host does, in one file without secrets, for whoever helps.</span>
        </p>
      ) : null}
    </section>
  )
}
