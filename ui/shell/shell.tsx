import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { Dock } from '../console/dock.tsx'
import { navigate, place } from '../router.ts'
import { matchPath } from '../routing.ts'
import { SCREENS } from '../screens/index.ts'
import { bindKeys } from '../shortcuts.ts'
import { view } from '../stores.ts'
import { Announcer } from './announcer.tsx'
import { Banner } from './banner.tsx'
import { KeyHelp } from './key-help.tsx'
import { Palette } from './palette.tsx'
import { Problems } from './problems.tsx'
import { Status } from './status.tsx'
import { UserMenu } from './user-menu.tsx'

type Open = 'palette' | 'keys' | 'problems' | undefined

/** What is around every screen: where one is, whose view it is, how fresh, what is wrong. */
export function Shell({ children }: { readonly children: ComponentChildren }) {
  const [open, setOpen] = useState<Open>()
  const close = (): void => setOpen(undefined)
  useShellKeys(setOpen)
  useTitle()
  return (
    <div class="shell">
      <button type="button" class="skip" onClick={skip}>
        Skip to the content
      </button>
      <header class="top">
        <a class="brand" href="/mesh">
          <img src="/assets/skein.svg" alt="" width="22" height="22" />
          Skein
        </a>
        <Menu />
        <Status onProblems={() => setOpen('problems')} onPalette={() => setOpen('palette')} />
        <UserMenu onKeys={() => setOpen('keys')} />
      </header>
      <Banner />
      <main id="content" tabIndex={-1}>
        {children}
      </main>
      <Announcer />
      <Dock />
      {open === 'palette' ? <Palette onClose={close} /> : null}
      {open === 'keys' ? <KeyHelp onClose={close} /> : null}
      {open === 'problems' ? <Problems onClose={close} /> : null}
    </div>
  )
}

const skip = (): void => document.getElementById('content')?.focus()

function Menu() {
  const isHere = (path: string): boolean =>
    `${place.value.path}/`.startsWith(`${path}/`) || (path === '/mesh' && place.value.path === '/')
  return (
    <nav aria-label="Pages">
      {SCREENS.filter(({ menu }) => menu !== undefined).map(({ path, title, menu }) => (
        <a key={path} href={path} aria-current={isHere(path) ? 'page' : undefined} title={`${title} (${menu?.keys})`}>
          {title}
        </a>
      ))}
    </nav>
  )
}

function useShellKeys(setOpen: (what: Open) => void): void {
  useEffect(
    () =>
      bindKeys([
        { keys: 'Ctrl+k', what: 'find a page, a lab or a host', always: true, run: () => setOpen('palette') },
        { keys: '?', what: 'these keys', run: () => setOpen('keys') },
        { keys: '!', what: 'what is wrong', run: () => setOpen('problems') },
        { keys: '/', what: 'filter', run: focusFilter },
        ...SCREENS.flatMap(({ path, title, menu }) =>
          menu === undefined ? [] : [{ keys: menu.keys, what: `go to ${title}`, run: () => navigate(path) }],
        ),
      ]),
    [],
  )
}

const focusFilter = (): void => document.querySelector<HTMLElement>('main input[type=search]')?.focus()

function useTitle(): void {
  const { path } = place.value
  const host = view.value?.self.name
  useEffect(() => {
    const title = SCREENS.find((screen) => matchPath(screen.path, path) !== undefined)?.title ?? 'Skein'
    document.title = host === undefined ? `${title} · Skein` : `${title} · ${host} · Skein`
  }, [path, host])
}
