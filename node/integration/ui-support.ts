import type { Locator, Page } from 'playwright-core'
import { expect } from 'vitest'
import type { TestBrowser } from '#testing/browser.ts'
import { type SkeinHosts, until } from '#testing/skein-hosts.ts'

/** Longer than anything takes that a page waits for. */
const SLOW_MS = 60_000
/** Of the user `ann`, whom these tests log in as. */
export const PASSWORD = 'correct horse battery'

/** What people do in pages, whichever host they are of. */
export interface UiSteps {
  page(): Page
  /** By its whole name, or by a part of it. */
  button(name: string | RegExp): Locator
  row(name: RegExp): Locator
  /** Both themes: nothing that axe finds, and a picture. */
  look(name: string): Promise<void>
  /** Fills in the form of the login. */
  signIn(): Promise<void>
  /** Logs in without the form, as soon as the host knows the user. */
  logIn(): Promise<void>
  /** Replaces what the editor has by this. */
  write(text: string): Promise<void>
  /** Waits until the terminal shows it. */
  says(text: RegExp): Promise<void>
  screenText(): Promise<string>
}

/** `browser` is asked each time: a test may go on in another one. */
export const uiSteps = (browser: () => TestBrowser): UiSteps => {
  const page = (): Page => browser().page
  const button = (name: string | RegExp): Locator =>
    page().getByRole('button', { name, exact: typeof name === 'string' })
  const screenText = (): Promise<string> =>
    page().evaluate<string>(
      `[...document.querySelectorAll('.xterm-rows > *')].map((row) => row.textContent.trimEnd()).join('\\n')`,
    )
  return {
    page,
    button,
    row: (name) => page().getByRole('row', { name }),
    look: async (name) => {
      for (const scheme of ['light', 'dark'] as const) {
        await browser().scheme(scheme)
        await browser().picture(`${name}-${scheme}`)
        expect(await browser().axe(), `${name}, ${scheme}`).toEqual([])
      }
    },
    signIn: async () => {
      await page().getByLabel('Name').fill('ann')
      await page().getByLabel('Password').fill(PASSWORD)
      await button('Sign in').click()
    },
    logIn: async () => {
      await page().getByLabel('Password').waitFor()
      await until('ann logs in', SLOW_MS, () => page().evaluate<boolean>(LOGIN))
    },
    write: (text) => write(page(), text),
    screenText,
    says: async (text) => {
      await until(`the terminal says ${text}`, SLOW_MS, async () => text.test(await screenText()))
    },
  }
}

const LOGIN = `fetch('/auth/login', { method: 'POST', headers: { 'content-type': 'application/json' }, body: ${JSON.stringify(
  JSON.stringify({ username: 'ann', password: PASSWORD }),
)} }).then(({ ok }) => ok)`

async function write(page: Page, text: string): Promise<void> {
  await page.locator('.cm-content').click()
  await page.keyboard.press('Control+A')
  await page.keyboard.type('#')
  await page.keyboard.press('Control+A')
  await page.evaluate(`(() => {
    const data = new DataTransfer()
    data.setData('text/plain', ${JSON.stringify(text)})
    document.querySelector('.cm-content').dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
  })()`)
}

/** Types what the shell answers and what is not ASCII into the terminal that is open. */
export async function typeInTerminal({ page, says }: UiSteps): Promise<void> {
  // The line editors of small images drop what is not ASCII, where they know no such locale; cat drops nothing.
  await page().keyboard.type('stty size; cat\n')
  await says(/^\d+ \d+$/m)
  await page().keyboard.type('grün ✓\n')
  await says(/^grün ✓\ngrün ✓$/m)
  await page().keyboard.press('Control+D')
}

/** Makes the window smaller, and waits until the node's shell has the size that the page shows. */
export async function resizeTerminal({ page, says, screenText }: UiSteps): Promise<void> {
  await page().setViewportSize({ width: 1200, height: 860 })
  await until('the node knows its size', SLOW_MS, async () => {
    const shown = (await page().locator('.terminal-bar .hint').first().textContent())?.match(/(\d+) × (\d+)/)
    await page().keyboard.type('clear; stty size\n')
    await says(/^\d+ \d+$/m)
    return (await screenText()).includes(`${shown?.[2]} ${shown?.[1]}\n`)
  })
}

/** Much comes, the shell ends and says how, and its terminal is put away. */
export async function fillTerminal({ page, button, says }: UiSteps): Promise<void> {
  await page().locator('.xterm-helper-textarea').focus()
  await page().keyboard.type('seq 100000\n')
  await says(/^99999\n100000$/m)
  await page().keyboard.type('exit 7\n')
  await page().getByText('The shell ended with code 7.').waitFor()
  await button('Close this terminal').click()
  await page().setViewportSize({ width: 1440, height: 900 })
}

export interface SpoiledEnd {
  readonly lab: string
  /** Where the node runs. */
  readonly host: string
  readonly node: string
  readonly interface: string
}

/**
 * While `act` runs the VLAN tag of one end of a link is a wrong one. It is mended so fast that a page may never see it: so it is taken away
 * again and again.
 */
export async function whileSpoiled(hosts: SkeinHosts, at: SpoiledEnd, act: () => Promise<void>): Promise<void> {
  const ends = await hosts.json<{ node: string; interface: string; port: string }[]>(
    at.host,
    ...['lab', 'interfaces', at.lab],
  )
  const end = ends.find((one) => one.node === at.node && one.interface === at.interface)
  const spoil = `while :; do ovs-vsctl set port ${end?.port} tag=7; sleep 0.2; done`
  const spoiler = await hosts.bed.spawn(at.host, ['sh', '-c', spoil])
  try {
    await act()
  } finally {
    await hosts.bed.run(at.host, ['kill', String(spoiler)])
  }
}
